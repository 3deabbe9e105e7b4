"""What is read of processes: of each one, and of all together."""

from typing import ClassVar

from monitor.model.export import UNEXPORTED
from monitor.model.metric import (
    BYTES,
    COMMANDS,
    COUNT,
    FLAG,
    PROCESSES,
    RATIO,
    SECONDS,
    TEXT,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)


@record
class Process(Record):
    """Each process (proc(5)).

    What its user may not know of it is named in `denied`; what is not known for another reason is
    just absent.
    """

    FAMILY = "process"
    TOPIC = PROCESSES
    EXPORTED: ClassVar[bool] = False  # one series for each process that ever was
    pid: str = key("Its number")
    started: float | None = info(
        SECONDS, "When it began, as Unix time; another one under its number differs", identity=True
    )
    new: bool | None = info(FLAG, "It began since the reading before", birth=True)
    parent: int | None = info(COUNT, "The process that it is a child of")
    user: str | None = info(TEXT, "Whose rights it has")
    state: str | None = info(TEXT, "R runs, S sleeps, D waits for a device, Z has ended, T stopped")
    name: str | None = info(TEXT, "What it calls itself; the kernel keeps 15 bytes of it")
    kernel: bool | None = info(FLAG, "It is a thread of the kernel")
    nice: int | None = info(COUNT, "-20 is most favoured, 19 least")
    cpu: float | None = counter(SECONDS, "Processor time of its own; 1 is one core, all the time")
    children: float | None = counter(
        SECONDS, "Processor time of children that it reaped and that lived too briefly to be seen"
    )
    rss: int | None = gauge(BYTES, "Resident memory; what it shares with others is counted whole")
    pss: int | None = gauge(BYTES, "Its share of resident memory; read for the largest, in turn")
    threads: int | None = gauge(COUNT, "Threads")
    files: int | None = gauge(COUNT, "Open descriptors")
    read_bytes: int | None = counter(BYTES, "Read from storage")
    written_bytes: int | None = counter(BYTES, "Written to storage")
    unit: str | None = info(TEXT, "The systemd unit that it is a part of")
    container: str | None = info(TEXT, "The container that it is in")
    denied: str | None = info(TEXT, "What this monitor may not read of it: files, io, pss")


@record
class Command(Record):
    """The command line of each process."""

    FAMILY = "command"
    TOPIC = COMMANDS
    EXPORTED: ClassVar[bool] = False  # it tells what people do
    pid: str = key("The process's number")
    line: str | None = info(
        TEXT, "Its arguments, `***` for what is a secret; at most 4,096 characters"
    )


@record
class Processes(Record):
    """All processes together, and what the sweep of them saw of the processors' time."""

    FAMILY = "processes"
    total: int | None = gauge(COUNT, "Processes", prom="node_processes_pids")
    threads: int | None = gauge(COUNT, "Their threads", prom="node_processes_threads")
    running: int | None = gauge(
        COUNT, "On a processor or waiting for one", prom='node_processes_state{state="R"}'
    )
    sleeping: int | None = gauge(
        COUNT, "Waiting for something", prom='node_processes_state{state="S"}'
    )
    blocked: int | None = gauge(
        COUNT,
        "Waiting for a device, undisturbed",
        prom='node_processes_state{state="D"}',
    )
    idle: int | None = gauge(
        COUNT, "Threads of the kernel with nothing to do", prom='node_processes_state{state="I"}'
    )
    zombie: int | None = gauge(
        COUNT, "Ended, and not yet reaped by their parent", prom='node_processes_state{state="Z"}'
    )
    stopped: int | None = gauge(
        COUNT, "Stopped, or being traced", prom='node_processes_state{state="T"}'
    )
    unread: int | None = gauge(COUNT, "Those that are there and could not be read")
    hidden: bool | None = info(FLAG, "Those of others are hidden from this user (hidepid)")
    forks: int | None = counter(COUNT, "Processes and threads begun", prom=UNEXPORTED)
    cpu_seen: float | None = counter(SECONDS, "Processor time of all processes, each one's own")
    cpu_reaped: float | None = counter(SECONDS, "Processor time of children too brief to be seen")
    cpu_rest: float | None = gauge(
        RATIO,
        "Busy cores that are neither: interrupts, what ended unseen; hundredths are clocks' noise",
    )
    sweep_period: float | None = gauge(SECONDS, "Time between the last two sweeps")
    sweep_cpu: float | None = counter(SECONDS, "Processor time that the sweeps took")
