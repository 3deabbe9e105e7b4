"""A process that records until it is killed: `python -m tests.history.victim DIRECTORY SECOND`.

Ticks are of one second each, a thousand times faster. It writes `a SECOND` before it adds a tick,
and `s SECOND` once all up to that second are acknowledged to be on disk.
"""

import sys
from pathlib import Path

from monitor.history.store import Store
from tests.history.figures import BEGAN, SCHEMA, SIZE, snapshot, wait_for
from tests.support.clock import HandClock


def main(directory: Path, second: int) -> None:
    """Until it is killed."""
    clock = HandClock()
    store = Store(directory, SIZE, SCHEMA, clock)
    store.open()
    wait_for(lambda: store.writer is not None, "it does not open")
    saved = None
    while True:
        print("a", second, flush=True)
        clock.advance(1.0)
        store.add(snapshot(BEGAN + second))
        # One tick at a time, as it is when a second lies between two.
        wait_for(lambda: store.idle, "it does not take the tick")
        if store.saved_until is not None and store.saved_until != saved:
            saved = store.saved_until
            print("s", int(saved - BEGAN), flush=True)
        second += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
