"""`python -m monitor`"""

import signal
import sys

if __name__ == "__main__":
    try:
        from monitor.cli import main

        code = main()
    except KeyboardInterrupt:
        code = 130  # as cli.INTERRUPTED, which may not have been imported yet
    # What is left is the interpreter's own end; a second signal must not make a mess of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit(code)
