"""`python -m monitor`, and the command `monitor`."""

import signal
import sys


def main() -> int:
    """Run the program; the exit code."""
    try:
        from monitor import cli

        code = cli.main()
    except KeyboardInterrupt:
        code = 130  # as cli.INTERRUPTED, which may not have been imported yet
    # What is left is the interpreter's own end; a second signal must not make a mess of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return code


if __name__ == "__main__":
    sys.exit(main())
