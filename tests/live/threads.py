"""The reader's threads, as a test sees them."""

import asyncio
import threading

END_S = 20.0


def readers() -> list[threading.Thread]:
    """Those that are alive."""
    return [thread for thread in threading.enumerate() if thread.name == "reader"]


async def ended(threads: list[threading.Thread] | None = None) -> None:
    """Wait until these, or all, have ended, and what they said has arrived on the loop."""
    for thread in readers() if threads is None else threads:
        await asyncio.to_thread(thread.join, END_S)
        assert not thread.is_alive(), "a reader's thread goes on"
    await asyncio.sleep(0)
