"""A viewer on a slow link: behind, but there."""

import asyncio

from tests.support import peers
from tests.support.subject import running

# More than the kernel takes for a peer whose window is closed; each snapshot has some kilobytes.
ENOUGH_SNAPSHOTS = 60


async def test_a_history_that_was_asked_for_while_behind_comes_when_there_is_room() -> None:
    loop = asyncio.get_running_loop()
    async with running("real") as subject, peers.Crowd() as crowd:
        slow = await crowd.raw(subject.port, receive_buffer=2048)
        snapshot = peers.text({"type": "snapshot", "topic": "host"})
        history = peers.text({"type": "history", "metrics": ["cpu.usage"]})
        await loop.sock_sendall(slow, snapshot * ENOUGH_SNAPSHOTS + history)
        # Another viewer sees two ticks go by: by then the wish has been heard, and put off.
        async with peers.viewer(subject.url) as witness:
            for _ in range(4):
                await asyncio.wait_for(witness.recv(), 10)
        got = b""
        async with asyncio.timeout(10):
            while b'{"type":"history"' not in got:
                chunk = await loop.sock_recv(slow, 1 << 16)
                assert chunk, "it was cut off"
                got += chunk
        assert got.count(b'{"type":"snapshot"') < ENOUGH_SNAPSHOTS, "it was never behind"
        assert b'{"type":"error"' not in got
    subject.assert_log_clean()
