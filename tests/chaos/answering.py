"""A program of viewers that answer every ping: `python -m tests.chaos.answering HOST PORT`.

They join all through one second, the last one just after its end, and it then prints their ports.
That way there is one for each moment at which a server may look at its own timers.
"""

import asyncio
import contextlib
import math
import sys
from collections.abc import AsyncIterator, Sequence

from websockets.asyncio.client import ClientConnection, connect

from tests.chaos import kernel
from tests.support.peers import reset_on_close
from tests.support.subject import ROOT, Subject

VIEWERS = 9


async def main(host: str, port: str) -> None:
    clock = asyncio.get_running_loop().time
    second = math.ceil(clock() + 0.5)
    viewers: list[ClientConnection] = []
    tasks = []
    for number in range(VIEWERS):
        moment = second + number / (VIEWERS - 1) + 0.01
        await asyncio.sleep(moment - clock())
        # It pings nobody itself: what it says would count as a sign of life.
        url = f"ws://{host}:{port}/ws/metrics"
        viewer = await connect(url, compression=None, ping_interval=None)
        # When it is killed its sockets go with it: they would hold the namespace that they are in.
        reset_on_close(viewer.transport.get_extra_info("socket"))
        viewers.append(viewer)
        tasks.append(asyncio.create_task(read(viewer)))
    print(*(viewer.local_address[1] for viewer in viewers), flush=True)
    await asyncio.gather(*tasks)


async def read(viewer: ClientConnection) -> None:
    async for _ in viewer:
        pass


@contextlib.asynccontextmanager
async def answering(
    subject: Subject, where: Sequence[str] = ()
) -> AsyncIterator[tuple[asyncio.subprocess.Process, list[int]]]:
    """The program of viewers that answer, and their ports once they have joined."""
    module = ("-m", "tests.chaos.answering", subject.setup.host, str(subject.port))
    process = await asyncio.create_subprocess_exec(
        *where, sys.executable, *module, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            ports = [int(port) for port in (await process.stdout.readline()).split()]
        assert len(kernel.entries(subject, ports)) == len(ports) > 0
        yield process, ports
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
