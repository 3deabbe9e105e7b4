"""Run on the machine under test: says as JSON what the page and the stream there show."""

import asyncio
import json
import sys
from typing import Any

import aiohttp

ADDRESS = "http://127.0.0.1:9050/"


async def main() -> None:
    seen: dict[str, Any] = {}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30)) as session:
        async with session.get(ADDRESS) as answer:
            seen["status"], seen["page"] = answer.status, await answer.text()
        stream = await session.ws_connect(ADDRESS + "ws/metrics")
        for topic in ("processes", "services"):
            await stream.send_json({"type": "subscribe", "topic": topic})
        async with asyncio.timeout(30):
            while not {"host", "processes"} <= seen.keys():
                message = await stream.receive_json()
                if message["type"] == "snapshot" and message["data"]:
                    seen[message["topic"]] = message["data"]
        await stream.close()
    json.dump(seen, sys.stdout)


asyncio.run(main())
