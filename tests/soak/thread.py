"""What viewers note of the stream, and what the program that they are in tells of it."""

import contextlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Message = dict[str, Any]


@dataclass
class Tally:
    """What has happened since it was told last, and how many are here now."""

    count: Counter[str] = field(default_factory=Counter)
    here: int = 0
    # The longest time between two ticks of one viewer, seconds.
    longest: float = 0.0
    # What the server says of itself.
    server: Message = field(default_factory=dict)

    @contextlib.contextmanager
    def present(self) -> Iterator[None]:
        """One is here."""
        self.count["came"] += 1
        self.here += 1
        try:
            yield
        finally:
            self.here -= 1

    def tell(self) -> None:
        """Print it as one line of JSON, and begin anew."""
        print(json.dumps(vars(self)), flush=True)
        self.count.clear()
        self.longest = 0.0


class Thread:
    """What one viewer has of the topic `host`, over all its connections; it sees what is wrong."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._session: str | None = None
        self._seq: int | None = None
        self._time = 0.0
        self._came: float | None = None
        # The whole documents that it was sent.
        self.snapshots = 0

    @property
    def query(self) -> str:
        """With what it comes back."""
        if self._seq is None or self._session is None:
            return ""
        return f"?session={self._session}&since={self._seq}&time={self._time}"

    def take(self, message: Message) -> None:
        """One more message."""
        count = self._tally.count
        match message["type"]:
            case "welcome":
                self._session = message.get("session")
            case "gap":
                count["gap " + message["reason"]] += 1
                self._seq = None
            # The naive server also sends what has no figures in it.
            case "snapshot" | "patch" if message["topic"] == "host" and "data" in message:
                self._note_time()
                seq, whole = message["seq"], message["type"] == "snapshot"
                count["ticks"] += 1
                count["broken"] += not whole and message["base"] != self._seq
                count["missed"] += seq - self._seq - 1 if self._seq is not None else 0
                self.snapshots += whole
                self._seq, self._time = seq, message["time"]
                self._tally.server.update(message["data"].get("monitor", {}))

    def _note_time(self) -> None:
        now = time.monotonic()
        if self._came is not None:
            self._tally.longest = max(self._tally.longest, now - self._came)
        self._came = now

    def lost(self) -> None:
        """The connection ended: what comes next comes late."""
        self._came = None
