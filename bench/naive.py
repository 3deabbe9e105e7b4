"""Plain psutil doing what the monitor does: every process and the whole host, each second.

The process fields are those of the monitor's family `process` that psutil has. Command lines,
units, containers and PSS are left out, which is in psutil's favour. Started by `bench.host`.
"""

import sys
import time

import psutil

FIELDS = [
    "pid",
    "ppid",
    "username",
    "status",
    "name",
    "nice",
    "create_time",
    "cpu_times",
    "memory_info",
    "num_threads",
    "num_fds",
    "io_counters",
]


def machine() -> None:
    """The system-wide calls that the monitor's other collectors stand for."""
    psutil.cpu_times()
    psutil.cpu_times(percpu=True)
    psutil.cpu_stats()
    psutil.cpu_freq(percpu=True)
    psutil.getloadavg()
    psutil.virtual_memory()
    psutil.swap_memory()
    psutil.disk_io_counters(perdisk=True, nowrap=False)
    for mount in psutil.disk_partitions():
        psutil.disk_usage(mount.mountpoint)
    psutil.net_io_counters(pernic=True, nowrap=False)
    psutil.net_if_stats()
    psutil.sensors_temperatures()
    psutil.users()


def look() -> int:
    """All of it once; how many processes there were."""
    machine()
    return sum(1 for _ in psutil.process_iter(FIELDS))


def main() -> None:
    """For ever, each second; a round that takes longer is followed by the next at once."""
    period = float(sys.argv[1])
    due = time.monotonic()
    while True:
        look()
        now = time.monotonic()
        due = max(due + period, now)
        time.sleep(due - now)


if __name__ == "__main__":
    main()
