"""From the command to the first page, and from the page to the first figures.

The floor is a Python process that imports aiohttp, the template engine and psutil, and ends.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time

import aiohttp

ROUNDS = 5
IMPORTS = "import aiohttp.web, aiohttp_jinja2, psutil"


def main() -> None:
    """Print seconds (medians of ROUNDS, in turn with the floor)."""
    floors: list[float] = []
    pages: list[float] = []
    figures: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", IMPORTS], check=True)
        floors.append(time.perf_counter() - began)
        page, figure = asyncio.run(start_and_look())
        pages.append(page)
        figures.append(figure)
    floor, page, figure = map(statistics.median, (floors, pages, figures))
    print(f"imports alone (floor)      {floor:6.3f} s")
    print(f"command to page served     {page:6.3f} s = {page / floor:.2f} x the floor")
    print(f"page to first CPU figure   {figure:6.3f} s")


async def start_and_look() -> tuple[float, float]:
    """Start the monitor: seconds to its page, and from there to a CPU figure on the stream."""
    state = tempfile.TemporaryDirectory()
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "monitor", "--port", "0", "--log-level", "error"),
        *("--data-dir", state.name),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().split()[-1]
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as answer:
                await answer.read()
            served = time.perf_counter()
            async with session.ws_connect(url + "ws/metrics") as ws:
                async for message in ws:
                    if "usage" in json.loads(message.data).get("data", {}).get("cpu", {}):
                        break
            seen = time.perf_counter()
    finally:
        process.terminate()
        await process.wait()
        state.cleanup()
    return served - began, seen - served
