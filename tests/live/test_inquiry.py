"""One process is asked about at a time, and one that never answers holds up nobody for long."""

import asyncio
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from monitor.collectors.process_reading import ProcessGone
from monitor.live.inquiry import MAX_QUESTIONS, MAX_THREADS, Inquiry, InquiryFailed
from tests.collectors.sources import on_linux

PATIENCE_S = 0.05
LONG_S = 30.0
NEVER = 2**31


class Hanging:
    """Reads that hang for the pids that are told, until they are released."""

    def __init__(self, *pids: int) -> None:
        self.pids = set(pids)
        self.release = threading.Event()
        self.began = threading.Event()
        self.begun: list[int] = []
        self.threads: set[int] = set()

    def __call__(self, pid: int) -> dict[str, Any]:
        self.begun.append(pid)
        self.began.set()
        self.threads.add(threading.get_ident())
        if pid in self.pids:
            assert self.release.wait(LONG_S)
        return {"pid": pid}


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "inquiry"]


Make = Callable[..., Inquiry]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    """Makes inquiries of which no thread is left after the test."""
    made: list[tuple[Inquiry, Any]] = []

    def one(read: Any, patience: float = LONG_S) -> Inquiry:
        made.append((Inquiry(read, patience), read))
        return made[-1][0]

    yield one
    for inquiry, read in made:
        if isinstance(read, Hanging):
            read.release.set()
        inquiry.stop()
    for thread in workers():
        await asyncio.to_thread(thread.join, LONG_S)
        assert not thread.is_alive()


async def code_of(question: Any) -> str:
    with pytest.raises(InquiryFailed) as failed:
        await question
    assert failed.value.text
    return failed.value.code


@on_linux
async def test_a_process_is_read_in_a_thread_that_is_not_the_loops() -> None:
    inquiry = Inquiry()
    details = await inquiry.ask(os.getpid())
    assert details["pid"] == os.getpid()
    assert [thread.daemon for thread in workers()] == [True]
    assert await code_of(inquiry.ask(NEVER)) == "no-process"
    inquiry.stop()
    for thread in workers():
        await asyncio.to_thread(thread.join, LONG_S)


async def test_many_questions_take_one_thread(make: Make) -> None:
    read = Hanging()
    inquiry = make(read)
    answers = await asyncio.gather(*(inquiry.ask(pid) for pid in range(1, MAX_QUESTIONS + 1)))
    assert [answer["pid"] for answer in answers] == list(range(1, MAX_QUESTIONS + 1))
    assert len(read.threads) == 1 and threading.get_ident() not in read.threads


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (ProcessGone(1), "no-process"),
        (OSError(24, "Too many open files"), "unreadable"),
        (ValueError("x"), "unreadable"),
        (KeyError("x"), "unreadable"),
        (TypeError("x"), "unreadable"),
    ],
)
async def test_what_goes_wrong_is_told_and_the_thread_goes_on(
    make: Make, fault: Exception, code: str
) -> None:
    def read(pid: int) -> dict[str, Any]:
        if pid == 1:
            raise fault
        return {"pid": pid}

    inquiry = make(read)
    assert await code_of(inquiry.ask(1)) == code
    assert await inquiry.ask(2) == {"pid": 2}
    assert len(workers()) == 1


async def test_one_that_hangs_is_given_up_and_others_are_answered(make: Make) -> None:
    read = Hanging(1)
    inquiry = make(read, PATIENCE_S)
    assert await code_of(inquiry.ask(1)) == "timeout"
    assert await inquiry.ask(2) == {"pid": 2}
    assert len(workers()) == 2


async def test_however_many_hang_there_are_two_threads_and_then_it_is_busy(make: Make) -> None:
    read = Hanging(*range(1, 100))
    inquiry = make(read, PATIENCE_S)
    for pid in range(1, MAX_THREADS + 1):
        assert await code_of(inquiry.ask(pid)) == "timeout"
    for _ in range(5):
        assert await code_of(inquiry.ask(50)) == "busy"
    assert len(workers()) == MAX_THREADS and read.begun == [1, 2]
    # What hung comes back: there is somebody to ask again.
    read.pids.clear()
    read.release.set()
    async with asyncio.timeout(LONG_S):
        while await answer_or_code(inquiry) == "busy":
            await asyncio.to_thread(time.sleep, 0)
    assert await inquiry.ask(51) == {"pid": 51}
    assert len(workers()) == MAX_THREADS


async def answer_or_code(inquiry: Inquiry) -> Any:
    try:
        return await inquiry.ask(50)
    except InquiryFailed as failed:
        return failed.code


async def test_a_question_that_nobody_waits_for_is_never_asked(make: Make) -> None:
    read = Hanging(1)
    inquiry = make(read, PATIENCE_S)
    first = asyncio.create_task(inquiry.ask(1))
    second = asyncio.create_task(inquiry.ask(2))
    # It waited behind the one that hangs, and so is given up with it.
    assert await code_of(first) == await code_of(second) == "timeout"
    read.release.set()
    assert await inquiry.ask(3) == {"pid": 3}
    assert read.begun == [1, 3]


async def test_more_than_are_taken_are_refused_at_once(make: Make) -> None:
    read = Hanging(1)
    inquiry = make(read)
    asked = [asyncio.create_task(inquiry.ask(1)) for _ in range(MAX_QUESTIONS)]
    await asyncio.sleep(0)
    assert await code_of(inquiry.ask(2)) == "busy"
    read.release.set()
    assert await asyncio.gather(*asked) == [{"pid": 1}] * MAX_QUESTIONS
    assert await inquiry.ask(2) == {"pid": 2}


async def test_a_viewer_that_leaves_meanwhile_leaves_nothing_behind(make: Make) -> None:
    read = Hanging(1)
    inquiry = make(read)
    for _ in range(3):
        gone = asyncio.create_task(inquiry.ask(1))
        assert await asyncio.to_thread(read.began.wait, LONG_S)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        read.release.set()
        async with asyncio.timeout(LONG_S):
            while await answer_or_code(inquiry) == "busy":  # until its thread has come back
                await asyncio.to_thread(time.sleep, 0)
        read.began.clear()
        read.release.clear()


async def test_without_a_thread_to_be_had_it_is_busy(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    inquiry = make(Hanging())
    with monkeypatch.context() as short:
        short.setattr(threading.Thread, "start", refuse)
        assert await code_of(inquiry.ask(1)) == "busy"
    assert await inquiry.ask(1) == {"pid": 1}


def test_an_answer_that_comes_when_the_loop_is_gone_bothers_nobody(
    capfd: pytest.CaptureFixture[str],
) -> None:
    read = Hanging(1)

    async def main() -> None:
        inquiry = Inquiry(read, PATIENCE_S)
        assert await code_of(inquiry.ask(1)) == "timeout"
        inquiry.stop()

    asyncio.run(main())
    stuck = workers()
    read.release.set()
    for thread in stuck:
        thread.join(LONG_S)
        assert not thread.is_alive()
    assert capfd.readouterr().err == ""
