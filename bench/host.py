"""What the monitor costs beside its peers, with 200, 500 and 2,000 processes: docs/BENCH.md."""

import argparse
import asyncio
import datetime as dt
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil

import monitor
from bench import report
from bench.arena import Arena, Timing
from bench.contest import GLANCES_PROGRAM, absent, contestants, install_glances, node_exporter
from bench.crowd import LEAST
from bench.peers import ROOT, crowd

SIZES, QUICK_SIZES = (200, 500, 2000), (200, 2000)
FULL = Timing(windows=3, window=20.0, settle=12.0, resume=2.0)
QUICK = Timing(windows=3, window=3.0, settle=6.0, resume=0.7)
RESULTS = ROOT / "bench" / "results" / "host.md"


def main(options: argparse.Namespace) -> bool:
    """Print the tables, and keep them where the run was a full one. Whether all targets are met."""
    if not sys.platform.startswith("linux"):
        print("this one reads /proc: Linux only")
        return True
    install_glances()
    timing = QUICK if options.quick else FULL
    if options.window:
        timing = Timing(timing.windows, options.window, timing.settle, timing.resume)
    sizes = options.sizes or (QUICK_SIZES if options.quick else SIZES)
    title = _title(timing)
    try:
        measured = asyncio.run(_all(sizes, timing))
    except asyncio.CancelledError:  # SIGTERM; all that was started has ended
        raise KeyboardInterrupt from None
    text = report.page(title, measured)
    print(text)
    if not options.quick:
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(text, encoding="utf-8")
    return all(target.met for target in report.targets(measured))


async def _all(sizes: Sequence[int], timing: Timing) -> list[report.Size]:
    # A bench that is told to end ends what it started, as with Ctrl-C.
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    measured = []
    for processes in sizes:
        print(f"bench: {processes} processes ...", file=sys.stderr)
        size = report.Size(processes)
        with tempfile.TemporaryDirectory(prefix="bench-host-") as directory:
            async with Arena(size, timing, directory) as arena:
                await arena.start(contestants(directory))
                missing = processes - len(psutil.pids())
                async with crowd(max(LEAST, missing)):
                    await arena.measure()
        measured.append(size)
    return measured


def _title(timing: Timing) -> list[str]:
    """When, where and what."""
    now = dt.datetime.now(dt.UTC)
    load = ", ".join(f"{figure:.2f}" for figure in os.getloadavg())
    where = f"Linux {platform.release()}, {os.cpu_count()} processors ({_processor()})"
    ours = f"monitor {monitor.__version__}, Python {platform.python_version()}"
    theirs = (
        f"psutil {psutil.__version__}, {_version(GLANCES_PROGRAM)}, {_version(node_exporter())}"
    )
    return [
        f"- {now:%Y-%m-%d %H:%M} UTC, {where}, load {load} before the run",
        f"- {ours}, {theirs}",
        f"- did not take part: {', '.join(absent())}",
        f"- {timing.windows} windows of {timing.window:g} s: the median (the least to the most)",
    ]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(program: Path | str | None) -> str:
    """The first line of what it says of its version."""
    if program is None or not Path(program).exists():
        return "no other"
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    first = (said.stdout or said.stderr).splitlines()[0]
    return first.partition("(")[0].replace("\t", " ").strip()
