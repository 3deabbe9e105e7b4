"""Debian's nginx as a proxy with HTTPS, set up as the docs have it."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.subject import free_port

ROOT = Path(__file__).parents[2]
START_S = 20.0
CONFIG = """\
daemon off;
pid {directory}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    proxy_temp_path {directory}/proxy;
    fastcgi_temp_path {directory}/fastcgi;
    uwsgi_temp_path {directory}/uwsgi;
    scgi_temp_path {directory}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {cert};
        ssl_certificate_key {key};
{location}
    }}
}}
"""


def location(upstream: int, base_path: str) -> str:
    """The block that docs/SECURITY.md shows, for these."""
    text = (ROOT / "docs" / "SECURITY.md").read_text(encoding="utf-8")
    found = re.search(r"```nginx\n(.*?)```", text, re.DOTALL)
    assert found
    return (
        found[1]
        .replace("127.0.0.1:9050", f"127.0.0.1:{upstream}")
        .replace("location /monitor/", f"location {base_path}/")
    )


@contextlib.asynccontextmanager
async def nginx(
    directory: Path, pair: tuple[Path, Path], upstream: int, base_path: str, *, own_host: str = ""
) -> AsyncIterator[int]:
    """Its port. It passes the name on that it was asked by, or `own_host`."""
    port = free_port()
    block = location(upstream, base_path)
    if own_host:
        block = block.replace("Host $http_host", f"Host {own_host}")
    config = directory / "nginx.conf"
    config.write_text(
        CONFIG.format(directory=directory, port=port, cert=pair[0], key=pair[1], location=block)
    )
    process = await asyncio.create_subprocess_exec(
        "nginx", "-c", str(config), "-p", str(directory), stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(START_S):
            while True:
                assert process.returncode is None, "it has ended"
                with contextlib.suppress(ConnectionRefusedError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.02)  # between two attempts
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()
