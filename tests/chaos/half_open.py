"""Viewers that are gone without a word: their process stands still, or their packets are lost."""

import asyncio
import signal

from tests.chaos import kernel
from tests.chaos.answering import answering
from tests.chaos.namespaces import namespace
from tests.chaos.stream import following
from tests.support.observed import Setup
from tests.support.subject import Subject, running

# The default heartbeat and half of it, for the answer.
NOTICED_S = 15.0
GONE_S = 2.0
# How often is looked, and how much a busy machine may add.
LOOK_S = 0.02
SLACK_S = 0.25
# As people run it.
INTERVAL_S = 1.0


async def stopped(kind: str) -> str:
    """A process that is stopped: its kernel acknowledges what comes, and nobody reads it."""
    setup = Setup(interval=INTERVAL_S)
    async with (
        running(kind, setup, strict=False) as subject,
        following(subject.url),
        answering(subject) as (peer, ports),
    ):
        peer.send_signal(signal.SIGSTOP)
        return await _noticed(subject, ports)


async def dropped(kind: str) -> str:
    """A network that loses all packets: nobody acknowledges anything any more."""
    async with namespace() as net:
        setup = Setup(host=net.host, interval=INTERVAL_S, unlocked=True)
        async with (
            running(kind, setup, strict=False) as subject,
            following(subject.url),
            answering(subject, net.command()) as (_, ports),
        ):
            await net.drop()
            return await _noticed(subject, ports)


async def _noticed(subject: Subject, ports: list[int]) -> str:
    """How long it takes to be noticed, and until nothing is left of each of them."""
    clock = asyncio.get_running_loop().time
    began = clock()
    noticed: dict[int, float] = {}
    gone: dict[int, float] = {}
    while len(gone) < len(ports):
        now = clock() - began
        there = {entry.peer: entry.state for entry in kernel.entries(subject, ports)}
        for port in ports:
            if there.get(port) != kernel.ESTABLISHED:
                noticed.setdefault(port, now)
            if port not in there:
                gone.setdefault(port, now)
        late = len(ports) - len(noticed)
        assert now <= NOTICED_S + SLACK_S or not late, f"{late} not noticed after {now:.2f} s"
        left = [port for port in noticed if port not in gone and now - noticed[port] > GONE_S]
        assert not left, f"{len(left)} still in the kernel, in state {there[left[0]]}"
        await asyncio.sleep(LOOK_S)
    rest = max(gone[port] - noticed[port] for port in ports)
    return f"noticed after {max(noticed.values()):.2f} s, gone from the kernel {rest:.2f} s later"
