"""Arrays of disks that the kernel keeps together: are they whole, and what is being copied."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from monitor.collectors.collector import need_linux, read_text
from monitor.model.export import UNEXPORTED, scaled
from monitor.model.metric import (
    BYTES,
    BYTES_PER_SECOND,
    COUNT,
    FLAG,
    RATIO,
    SECONDS,
    TEXT,
    Record,
    gauge,
    info,
    key,
    record,
)
from monitor.model.sample import Unavailable

MDSTAT = Path("/proc/mdstat")
BLOCK_BYTES = 1024
SECONDS_A_MINUTE = 60
# Levels without redundancy: nothing is said of which disks are there.
STRIPES = ("raid0", "linear")
INACTIVE = "inactive"
# What node_exporter tells apart from an array that is merely active.
PASSES = ("recovery", "resync", "check")

_ARRAY = re.compile(r"(?P<device>\S+) : (?P<state>[a-z]+)(?: \([a-z-]+\))?(?P<rest>.*)")
_MEMBER = re.compile(r"\S+\[\d+\]((?:\([A-Z]\))*)", re.ASCII)
_BLOCKS = re.compile(r"\s*(\d+) blocks", re.ASCII)
_DISKS = re.compile(r"\[(\d+)/(\d+)\] \[[U_]+\]", re.ASCII)
_PASS = re.compile(
    r"\b(?P<what>recovery|resync|check|reshape) ?= ?"
    r"(?:(?P<waiting>PENDING|DELAYED|REMOTE)|.*\((?P<done>\d+)/(?P<whole>\d+)\)(?P<rest>.*))",
    re.ASCII,
)
_FINISH = re.compile(r"finish=(\d+(?:\.\d+)?)min", re.ASCII)
_SPEED = re.compile(r"speed=(\d+)K/sec", re.ASCII)


@record
class Raid(Record):
    """Each array of the kernel's RAID (md(4))."""

    FAMILY = "raid"
    device: str = key("The array's name")
    level: str | None = info(TEXT, "How its data lies on the disks")
    state: str | None = info(
        TEXT,
        "active, inactive, or what is going on: recovery, resync, check, reshape",
        prom=UNEXPORTED,
    )
    degraded: bool | None = info(FLAG, "Disks are missing")
    size: int | None = gauge(BYTES, "All of it", prom=scaled("node_md_blocks", 1 / BLOCK_BYTES))
    synced: int | None = gauge(
        BYTES,
        "In sync: of what goes on, so far",
        prom=scaled("node_md_blocks_synced", 1 / BLOCK_BYTES),
    )
    sync_share: float | None = gauge(RATIO, "How far that is")
    sync_speed: int | None = gauge(BYTES_PER_SECOND, "How fast it goes on")
    sync_left: float | None = gauge(SECONDS, "How long it still takes, as the kernel guesses")
    disks_required: int | None = gauge(
        COUNT, "Disks that it has when it is whole", prom="node_md_disks_required"
    )
    disks_active: int | None = gauge(COUNT, "Disks in use", prom='node_md_disks{state="active"}')
    disks_failed: int | None = gauge(
        COUNT, "Disks that failed", prom='node_md_disks{state="failed"}'
    )
    disks_spare: int | None = gauge(COUNT, "Disks in reserve", prom='node_md_disks{state="spare"}')
    is_active: bool | None = info(
        FLAG, "It is in use, and none of what follows", prom='node_md_state{state="active"}'
    )
    is_inactive: bool | None = info(
        FLAG, "It is not in use", prom='node_md_state{state="inactive"}'
    )
    is_recovering: bool | None = info(
        FLAG, "A new disk is being filled", prom='node_md_state{state="recovering"}'
    )
    is_resyncing: bool | None = info(
        FLAG, "The disks are being made alike", prom='node_md_state{state="resync"}'
    )
    is_checking: bool | None = info(
        FLAG, "The disks are being compared", prom='node_md_state{state="check"}'
    )


class RaidCollector:
    """/proc/mdstat."""

    name: ClassVar[str] = "raid"
    records: ClassVar[tuple[type[Record], ...]] = (Raid,)
    period: ClassVar[float] = 5.0

    def __init__(self, mdstat: Path = MDSTAT) -> None:
        self._mdstat = mdstat

    def collect(self) -> Iterable[Record]:
        need_linux("md")
        try:
            text = read_text(self._mdstat)
        except FileNotFoundError as fault:
            raise Unavailable("the kernel's RAID is not loaded") from fault
        arrays = parse_mdstat(text)
        if not arrays:
            raise Unavailable("no RAID arrays")
        yield from arrays


def parse_mdstat(text: str) -> list[Raid]:
    """All arrays of /proc/mdstat. Raises ValueError where it is something else.

    The kernel gives sizes in KiB. An array is a line that begins at the margin, and those below it
    that do not.
    """
    if not text.startswith("Personalities"):
        raise ValueError(f"/proc/mdstat reads {text[:60]!r}")
    found: list[Raid] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        match = _ARRAY.fullmatch(line)
        if match is not None:
            below = number + 1
            while below < len(lines) and lines[below][:1].isspace():
                below += 1
            found.append(_array(match, lines[number + 1 : below]))
    return found


def _array(match: re.Match[str], below: list[str]) -> Raid:
    members = [member[1] for member in _MEMBER.finditer(match["rest"])]
    running = match["state"] != INACTIVE
    level = match["rest"].split()[0] if running and match["rest"].strip() else None
    about = "\n".join(below)
    blocks = _BLOCKS.match(about)
    size = int(blocks[1]) * BLOCK_BYTES if blocks else None
    going_on = _PASS.search(about)
    state = going_on["what"] if going_on else match["state"]
    synced: dict[str, Any] = {"synced": size if running else None}
    if going_on is not None:
        synced = _synced(going_on)
    return Raid(
        device=match["device"],
        level=level,
        state=state,
        size=size,
        **synced,
        **_disks(level, len(members), about),
        disks_failed=sum("(F)" in flags for flags in members),
        disks_spare=sum("(S)" in flags for flags in members),
        is_active=state not in (INACTIVE, *PASSES),
        is_inactive=state == INACTIVE,
        is_recovering=state == "recovery",
        is_resyncing=state == "resync",
        is_checking=state == "check",
    )


def _disks(level: str | None, members: int, about: str) -> Mapping[str, Any]:
    """How many disks there are and should be. Of an array that is not running nobody says."""
    if level is None:
        return {"disks_active": 0}
    if level in STRIPES:
        return {"disks_active": members, "disks_required": members, "degraded": False}
    told = _DISKS.search(about)
    if told is None:
        return {}
    required, active = int(told[1]), int(told[2])
    return {"disks_active": active, "disks_required": required, "degraded": active < required}


def _synced(going_on: re.Match[str]) -> dict[str, Any]:
    """How far a resync and its like is. One that waits has yet to begin."""
    if going_on["waiting"] is not None:
        return {"synced": 0}
    done, whole = int(going_on["done"]), int(going_on["whole"])
    finish, speed = _FINISH.search(going_on["rest"]), _SPEED.search(going_on["rest"])
    return {
        "synced": done * BLOCK_BYTES,
        "sync_share": done / whole if whole else None,
        "sync_left": float(finish[1]) * SECONDS_A_MINUTE if finish else None,
        "sync_speed": int(speed[1]) * BLOCK_BYTES if speed else None,
    }
