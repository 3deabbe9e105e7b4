"""A monitor that freezes on SIGUSR1: `python -m tests.support.frozen reader|sampler|loop FLAG...`.

With `unread` instead nothing is read from the start.
"""

import asyncio
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any

from monitor import cli
from monitor.live.reader import Reader
from monitor.live.sampler import Sampler

FOR_EVER_S = 3600.0


def main(what: str, *flags: str) -> int:
    frozen = threading.Event()

    def freeze(number: int, frame: FrameType | None) -> None:
        if what == "loop":
            time.sleep(FOR_EVER_S)  # in the thread of the loop
        frozen.set()

    sample, tick = Reader.sample, Sampler._tick  # noqa: SLF001  (what is broken is not asked)

    def no_sample(self: Reader, *given: Any) -> Any:
        # Whichever thread it is: that of a hung collector is replaced, and so are all after it.
        if what == "unread" or (what == "reader" and frozen.is_set()):
            time.sleep(FOR_EVER_S)
        return sample(self, *given)

    async def no_tick(self: Sampler, *given: Any) -> None:
        if what == "sampler" and frozen.is_set():
            await asyncio.Event().wait()
        await tick(self, *given)

    setattr(Reader, sample.__name__, no_sample)
    setattr(Sampler, tick.__name__, no_tick)
    signal.signal(signal.SIGUSR1, freeze)
    return cli.main(flags)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
