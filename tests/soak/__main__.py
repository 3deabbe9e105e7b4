"""`make soak`: a server under load for an hour, what it held each minute, and a verdict."""

import argparse
import asyncio
import datetime as dt
import os
import platform
import sys
from importlib.metadata import version

import monitor
from monitor.live.replay import REPLAY_S
from tests.soak.measure import Minute, passed
from tests.soak.page import HEAD, page
from tests.soak.run import Plan, Soak
from tests.support.subject import ROOT

PAGE = ROOT / "docs" / "SOAK.md"
# A shorter run says nothing of the memory, and is not kept.
KEPT_MINUTES = 20


def title(plan: Plan) -> list[str]:
    """What was run, and where."""
    comers = plan.viewers - plan.steady - plan.slow - plan.still
    where = ", ".join(
        (
            dt.datetime.now(dt.UTC).date().isoformat(),
            f"monitor {monitor.__version__}",
            f"aiohttp {version('aiohttp')}",
            f"Python {platform.python_version()}",
            f"{platform.system()} {platform.release()}",
            f"{os.cpu_count()} processors",
            f"{plan.minutes} minutes",
        )
    )
    load = (
        f"About {plan.viewers} viewers: {plan.steady} that stay and look at every `seq`; some "
        f"{comers} of the {plan.a_second} a second that stay for {plan.stay:g} seconds, ask for "
        "this and that, and go with Close, with FIN or with RST, some of them to come back with "
        f"what they had; {plan.slow} that read too little or nothing; {plan.still} whose process "
        "is stopped for half of each minute, then killed and started again. The page is asked for "
        "each second, `/metrics` every 15. Afterwards the server is ended and started again under "
        "the same load."
    )
    return [
        "# Under load for long",
        "`make soak` wrote this (`make soak MINUTES=20` is the least that is kept).",
        where + ".",
        load,
    ]


def say(minute: Minute) -> None:
    widths = (max(len(name), 6) for name in HEAD)
    print(
        "  ".join(cell.rjust(w) for cell, w in zip(minute.cells, widths, strict=True)), flush=True
    )


async def soak(minutes: int) -> int:
    """The exit code."""
    plan = Plan(minutes)
    print("  ".join(name.rjust(6) for name in HEAD), flush=True)
    record = await Soak("real", plan, say).run()
    written = page(record, title(plan), REPLAY_S)
    if minutes >= KEPT_MINUTES:
        PAGE.write_text(written, encoding="utf-8")
    print("\n" + written, end="")
    return 0 if passed(record) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=60)
    try:
        sys.exit(asyncio.run(soak(parser.parse_args().minutes)))
    except KeyboardInterrupt:
        sys.exit(130)  # as a shell says it: 128 and the number of SIGINT
