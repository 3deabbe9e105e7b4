"""Questions about one process, answered in a thread of their own."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any

from monitor.collectors.process_detail import read_process
from monitor.collectors.process_reading import ProcessGone
from monitor.wire.details import cleaned

Details = dict[str, Any]
Read = Callable[[int], Details]

# Details take 0.5 ms, and 50 with a thousand threads and files; who has none by then is told so.
PATIENCE_S = 2.0
# Questions that wait or are being answered, of all viewers together.
MAX_QUESTIONS = 8
# One thread answers. Where it hangs there is one more; where both do, nobody is answered.
MAX_THREADS = 2


class InquiryFailed(Exception):
    """There is no answer: a code for programs and a sentence for people.

    Codes: no-process, busy, timeout, unreadable.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


def read_details(pid: int) -> Details:
    """What is read of a process, fit to be sent."""
    details: Details = cleaned(read_process(pid))
    return details


@dataclass(eq=False)
class _Question:
    """Shared between the loop and a thread; the lock is held for an instant."""

    pid: int
    answer: "asyncio.Future[Details]"
    loop: asyncio.AbstractEventLoop
    lock: threading.Lock = field(default_factory=threading.Lock)
    begun: bool = False
    given_up: bool = False
    # Whether its thread has come back, and whether it was counted as hanging before it did.
    returned: bool = False
    hung: bool = False

    def begin(self) -> bool:
        """A thread takes it. False where nobody waits for the answer any more."""
        with self.lock:
            self.begun = not self.given_up
            return self.begun

    def give_up(self) -> bool:
        """Nobody waits any more. True where a thread has begun with it."""
        with self.lock:
            self.given_up = True
            return self.begun


class Inquiry:
    """Asks `read` about processes, for viewers.

    Not an executor: a process that waits for a device may hold its memory map for ever, and who
    reads it hangs with it. The threads are daemons, and never more than two.
    """

    def __init__(self, read: Read = read_details, patience: float = PATIENCE_S) -> None:
        self._read = read
        self._patience = patience
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._open = 0
        self._threads = 0
        self._hanging = 0

    async def ask(self, pid: int) -> Details:
        """The details of a process. Raises InquiryFailed, after `patience` seconds at the latest.
        Cancelled, it takes back a question that no thread has begun with.
        """
        if self._open >= MAX_QUESTIONS or self._hanging >= MAX_THREADS:
            raise InquiryFailed("busy", "too many processes are being asked about; try again")
        self._need_thread()
        loop = asyncio.get_running_loop()
        question = _Question(pid, loop.create_future(), loop)
        self._open += 1
        try:
            self._questions.put(question)
            await asyncio.wait([question.answer], timeout=self._patience)
        except asyncio.CancelledError:
            # Whoever asked has another question: that the thread is still at this one is no fault
            # of the process, until it has had its time.
            if question.give_up():
                loop.call_later(self._patience, self._overdue, question)
            raise
        finally:
            self._open -= 1
        if not question.answer.done():
            if question.give_up():
                self._overdue(question)
            raise InquiryFailed("timeout", f"process {pid} has not answered in time")
        return question.answer.result()

    def _overdue(self, question: _Question) -> None:
        if not question.returned:
            question.hung = True
            self._hanging += 1

    def stop(self) -> None:
        """Let the threads end after what they are reading. Does not wait: that may be for ever."""
        for _ in range(self._threads):
            self._questions.put(None)
        self._threads = 0

    def _need_thread(self) -> None:
        """One that does not hang."""
        if self._threads > self._hanging:
            return
        try:
            threading.Thread(target=self._serve, name="inquiry", daemon=True).start()
        except RuntimeError as fault:  # "can't start new thread"
            raise InquiryFailed("busy", "this machine has no more threads; try again") from fault
        self._threads += 1

    def _serve(self) -> None:
        while (question := self._questions.get()) is not None:
            if not question.begin():
                continue
            details, failure = self._answer(question.pid)
            # RuntimeError: the loop was closed meanwhile; nobody is left to tell.
            with suppress(RuntimeError):
                question.loop.call_soon_threadsafe(self._answered, question, details, failure)

    def _answer(self, pid: int) -> tuple[Details, InquiryFailed | None]:
        try:
            return self._read(pid), None
        except ProcessGone as gone:
            return {}, InquiryFailed("no-process", str(gone))
        except OSError as fault:
            return {}, InquiryFailed("unreadable", f"process {pid}: {fault.strerror}")
        except (ArithmeticError, LookupError, TypeError, ValueError):
            return {}, InquiryFailed("unreadable", f"process {pid}: the kernel's words are strange")

    def _answered(
        self, question: _Question, details: Details, failure: InquiryFailed | None
    ) -> None:
        question.returned = True
        if question.hung:
            self._hanging -= 1
        if question.given_up:
            return
        if failure is not None:
            question.answer.set_exception(failure)
        else:
            question.answer.set_result(details)
