"""`python -m bench [NAME ...]`: run all benchmarks, or those named."""

import argparse
import sys
from collections.abc import Callable

from bench import browser, fanout, history, host, page, sampling, startup

# What each prints is all there is to it; those below also say whether their targets were met.
PLAIN: dict[str, Callable[[], None]] = {"sampling": sampling.main, "startup": startup.main}
JUDGED: dict[str, Callable[[argparse.Namespace], bool]] = {
    "fanout": fanout.main,
    "history": history.main,
    "host": host.main,
    "page": page.main,
    "browser": browser.main,
}
ALL = (*PLAIN, *JUDGED)
INTERRUPTED = 130


def main(arguments: list[str]) -> int:
    """0; 1 where a target was missed and --check was given; 2 for wrong arguments."""
    parser = argparse.ArgumentParser(prog="bench", description="Run all benchmarks, or some.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--quick", action="store_true", help="short windows; nothing is kept")
    parser.add_argument("--check", action="store_true", help="exit with 1 if a target is missed")
    parser.add_argument("--window", type=float, metavar="SECONDS", help="length of a window")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="processes, of `host`")
    parser.add_argument("--minutes", type=float, help="how long pages stay open, of `browser`")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in ALL]
    if unknown:
        parser.error(f"unknown {', '.join(unknown)}; there are: {', '.join(ALL)}")
    try:
        judged = [_run(name, options) for name in options.names or ALL]
    except KeyboardInterrupt:
        return INTERRUPTED
    return 1 if options.check and not all(judged) else 0


def _run(name: str, options: argparse.Namespace) -> bool:
    print(f"== {name}", flush=True)
    if name in PLAIN:
        PLAIN[name]()
        return True
    return JUDGED[name](options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
