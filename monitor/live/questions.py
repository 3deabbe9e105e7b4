"""What viewers ask about single processes: each question is a task that ends with its viewer."""

import asyncio
from collections.abc import Callable

from monitor.live.inquiry import Inquiry, InquiryFailed
from monitor.live.viewer import Viewer
from monitor.wire import messages

Send = Callable[[Viewer, bytes], object]


class Questions:
    """One question a viewer at a time: the last one counts. Who leaves takes its question along."""

    def __init__(self, inquiry: Inquiry, send: Send) -> None:
        self._inquiry = inquiry
        self._send = send
        self._tasks: dict[Viewer, asyncio.Task[None]] = {}

    def ask(self, viewer: Viewer, pid: int) -> None:
        """Find out, and send the answer; that to the question before is no longer wanted."""
        self.drop(viewer)
        task = asyncio.create_task(self._answer(viewer, pid), name=f"process {pid}")
        self._tasks[viewer] = task

    async def _answer(self, viewer: Viewer, pid: int) -> None:
        try:
            frame = messages.process(pid, await self._inquiry.ask(pid))
        except InquiryFailed as failure:
            frame = messages.error(failure.code, failure.text)
        del self._tasks[viewer]
        self._send(viewer, frame)

    def drop(self, viewer: Viewer) -> None:
        """It has left, or wants to know something else."""
        task = self._tasks.pop(viewer, None)
        if task is not None:
            task.cancel()

    async def stop(self) -> None:
        """Cancel all that is still open, and await its end."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        self._inquiry.stop()
