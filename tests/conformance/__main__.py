"""`make conformance`: runs the suite and writes docs/CONFORMANCE.md. 1 where anything failed."""

import asyncio
import datetime as dt
import platform
import sys
from importlib.metadata import version

import monitor
from tests.conformance import report, suite
from tests.conformance.echo import BARE, OURS, serving

PAGE = suite.ROOT / "docs" / "CONFORMANCE.md"


async def conform() -> int:
    """The exit code."""
    try:
        suite.install()
        async with serving() as addresses:
            found = await suite.run(addresses)
    except suite.Missing as fault:
        print(f"conformance: Autobahn|Testsuite did not run: {fault}", file=sys.stderr)
        return 1
    ours, bare = found[OURS], found[BARE]
    versions = {
        "monitor": monitor.__version__,
        "aiohttp": version("aiohttp"),
        "Python": platform.python_version(),
        "autobahntestsuite": suite.VERSION,
    }
    today = dt.datetime.now(dt.UTC).date().isoformat()
    page = report.page(ours, bare, versions, today)
    PAGE.write_text(page, encoding="utf-8")
    print(page, end="")
    return 1 if report.faults(ours, bare) else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(conform()))
