"""`python -m bench [sampling|startup ...]`: run all of them, or those named."""

import sys

from bench import sampling, startup

ALL = {"sampling": sampling.main, "startup": startup.main}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"bench: unknown {', '.join(unknown)}; there are: {', '.join(ALL)}", file=sys.stderr)
        return 2
    for name in names or ALL:
        print(f"== {name}")
        ALL[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
