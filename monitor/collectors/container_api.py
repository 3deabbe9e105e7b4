"""What runtimes say of their containers: docker's and podman's API, others' bundles. Pure but for
`fetch`.
"""

import io
import json
import socket
from http.client import HTTPException, HTTPResponse
from typing import Any, NamedTuple

from monitor.clock import Clock

PATIENCE_S = 0.5
# 10,000 containers are some 10 MB.
MAX_BYTES = 16 << 20
CHUNK_BYTES = 1 << 16
# As much of a name, in characters, as is kept.
MAX_TITLE = 256

REQUEST = (
    b"GET /containers/json HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n"
    b"Connection: close\r\n\r\n"
)
_OK = 200


class Title(NamedTuple):
    """What people call a container, and the image that it is made of."""

    name: str | None
    image: str | None


class _Come:
    """Bytes that have come already, as HTTPResponse wants them."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, mode: str) -> io.BytesIO:
        return io.BytesIO(self._raw)


def fetch(path: str, clock: Clock, patience: float = PATIENCE_S) -> bytes:
    """A runtime's whole answer. Raises OSError, and ValueError for one that is too long.

    The seconds are for all of it: who sends a byte now and then takes no more than others.
    """
    deadline = clock.monotonic() + patience
    chunks: list[bytes] = []
    room = MAX_BYTES
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as connection:
        connection.settimeout(patience)
        connection.connect(path)
        connection.sendall(REQUEST)
        while True:
            left = deadline - clock.monotonic()
            if left <= 0:
                raise TimeoutError("no answer in time")
            connection.settimeout(left)
            chunk = connection.recv(CHUNK_BYTES)
            if not chunk:
                return b"".join(chunks)
            room -= len(chunk)
            if room < 0:
                raise ValueError(f"it says more than {MAX_BYTES >> 20} MiB")
            chunks.append(chunk)


def parse(raw: bytes) -> dict[str, Title]:
    """Titles by id from an answer to `GET /containers/json` (Docker Engine API, ContainerList).

    Raises ValueError for anything else.
    """
    try:
        response = HTTPResponse(_Come(raw))  # type: ignore[arg-type]  # all that it asks of one
        response.begin()
        body = response.read()
        if response.status != _OK:
            raise ValueError(f"status {response.status}")
        listed = json.loads(body)
    except (HTTPException, RecursionError) as fault:
        raise ValueError(type(fault).__name__) from fault
    if not isinstance(listed, list):
        raise ValueError("no list")
    return {one["Id"]: _title(one) for one in listed if isinstance(one, dict) and _text(one, "Id")}


def parse_bundle(raw: bytes) -> Title:
    """From the config.json of an OCI bundle, as containerd and CRI-O annotate it.

    In Kubernetes the name is that of its namespace, its pod and itself. Raises ValueError.
    """
    try:
        config = json.loads(raw)
    except RecursionError as fault:
        raise ValueError("nested too deep") from fault
    notes = config.get("annotations") if isinstance(config, dict) else None
    if not isinstance(notes, dict):
        return Title(None, None)
    space = _text(notes, "io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace")
    pod = _text(notes, "io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name")
    own = _text(
        notes, "io.kubernetes.cri.container-name", "io.kubernetes.container.name", "nerdctl/name"
    )
    image = _text(notes, "io.kubernetes.cri.image-name", "io.kubernetes.cri-o.ImageName")
    return Title("/".join(filter(None, (space, pod, own))) or None, image)


def _title(told: dict[str, Any]) -> Title:
    names = told.get("Names")
    first = names[0] if isinstance(names, list) and names else None
    name = first.removeprefix("/")[:MAX_TITLE] if isinstance(first, str) else None
    return Title(name or None, _text(told, "Image"))


def _text(told: dict[str, Any], *keys: str) -> str | None:
    """The first of these that is a text, and not an empty one."""
    texts = (told.get(key) for key in keys)
    return next((text[:MAX_TITLE] for text in texts if isinstance(text, str) and text), None)
