"""What this machine is called, what runs on it and who made it, as node_exporter tells it."""

import calendar
import datetime as dt
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from monitor.collectors.collector import read_text
from monitor.collectors.kernel_file import PROC
from monitor.collectors.sysfs import read_line
from monitor.model.export import Export
from monitor.model.metric import COUNT, KERNEL, SECONDS, TEXT, Record, gauge, info, record

OS_RELEASE = (Path("/etc/os-release"), Path("/usr/lib/os-release"))
DMI = Path("/sys/class/dmi/id")
_VARIABLE = re.compile(
    r"""(?P<name>[A-Za-z0-9_]+)=(?:(?P<quote>["'])(?P<quoted>.*)(?P=quote)|(?P<bare>[^"']*))"""
)
_ESCAPE = re.compile(r"""\\([\\$"'`])""")
# The part of a version that is a number: 24.04 of "24.04.1".
_VERSION = re.compile(r"[0-9]+(\.[0-9]+)?")


def _uname(label: str) -> Export:
    return Export.of(f"node_uname_info{{{label}}}")


def _os(label: str) -> Export:
    return Export.of(f"node_os_info{{{label}}}")


def _dmi(label: str) -> Export:
    return Export.of(f"node_dmi_info{{{label}}}")


@record
class Uname(Record):
    """What the kernel is called, and what it calls this machine (uname(2))."""

    FAMILY = "uname"
    TOPIC = KERNEL
    sysname: str | None = info(TEXT, "The kernel's name", prom=_uname("sysname"))
    release: str | None = info(TEXT, "Its release", prom=_uname("release"))
    version: str | None = info(TEXT, "Its version", prom=_uname("version"))
    machine: str | None = info(TEXT, "The kind of hardware", prom=_uname("machine"))
    nodename: str | None = info(TEXT, "The machine's name", prom=_uname("nodename"))
    domainname: str | None = info(TEXT, "The NIS domain's name", prom=_uname("domainname"))


@record
class OsRelease(Record):
    """The operating system (os-release(5))."""

    FAMILY = "os_release"
    TOPIC = KERNEL
    LABELS: ClassVar[Mapping[str, str]] = {"id": "id", "id_like": "id_like", "name": "name"}
    id: str | None = info(TEXT, "Its name, for programs", prom=_os("id"))
    id_like: str | None = info(TEXT, "What it is made of", prom=_os("id_like"))
    name: str | None = info(TEXT, "Its name", prom=_os("name"))
    pretty_name: str | None = info(TEXT, "Its name and version", prom=_os("pretty_name"))
    variant: str | None = info(TEXT, "Its edition", prom=_os("variant"))
    variant_id: str | None = info(TEXT, "Its edition, for programs", prom=_os("variant_id"))
    version: str | None = info(TEXT, "Its version", prom=_os("version"))
    version_id: str | None = info(TEXT, "Its version, for programs", prom=_os("version_id"))
    version_codename: str | None = info(
        TEXT, "What the version is called", prom=_os("version_codename")
    )
    build_id: str | None = info(TEXT, "Its build", prom=_os("build_id"))
    image_id: str | None = info(TEXT, "The image that it was made from", prom=_os("image_id"))
    image_version: str | None = info(TEXT, "The version of that", prom=_os("image_version"))
    number: float | None = gauge(
        COUNT, "The first two parts of its version", prom="node_os_version"
    )


@record
class OsSupport(Record):
    """Until when the operating system is looked after (os-release(5))."""

    FAMILY = "os_support"
    TOPIC = KERNEL
    end: int | None = gauge(
        SECONDS, "The first day after, as Unix time", prom="node_os_support_end_timestamp_seconds"
    )


@record
class Dmi(Record):
    """What the firmware says of this machine (kernel: ABI/testing/sysfs-class-dmi)."""

    FAMILY = "dmi"
    TOPIC = KERNEL
    bios_date: str | None = info(TEXT, "The firmware's date", prom=_dmi("bios_date"))
    bios_release: str | None = info(TEXT, "Its release", prom=_dmi("bios_release"))
    bios_vendor: str | None = info(TEXT, "Its maker", prom=_dmi("bios_vendor"))
    bios_version: str | None = info(TEXT, "Its version", prom=_dmi("bios_version"))
    board_asset_tag: str | None = info(TEXT, "The board's tag", prom=_dmi("board_asset_tag"))
    board_name: str | None = info(TEXT, "Its name", prom=_dmi("board_name"))
    board_serial: str | None = info(TEXT, "Its serial number", prom=_dmi("board_serial"))
    board_vendor: str | None = info(TEXT, "Its maker", prom=_dmi("board_vendor"))
    board_version: str | None = info(TEXT, "Its version", prom=_dmi("board_version"))
    chassis_asset_tag: str | None = info(TEXT, "The case's tag", prom=_dmi("chassis_asset_tag"))
    chassis_serial: str | None = info(TEXT, "Its serial number", prom=_dmi("chassis_serial"))
    chassis_vendor: str | None = info(TEXT, "Its maker", prom=_dmi("chassis_vendor"))
    chassis_version: str | None = info(TEXT, "Its version", prom=_dmi("chassis_version"))
    product_family: str | None = info(TEXT, "The machine's family", prom=_dmi("product_family"))
    product_name: str | None = info(TEXT, "Its name", prom=_dmi("product_name"))
    product_serial: str | None = info(TEXT, "Its serial number", prom=_dmi("product_serial"))
    product_sku: str | None = info(TEXT, "What it is sold as", prom=_dmi("product_sku"))
    product_uuid: str | None = info(TEXT, "Its own name", prom=_dmi("product_uuid"))
    product_version: str | None = info(TEXT, "Its version", prom=_dmi("product_version"))
    system_vendor: str | None = info(TEXT, "Its maker", prom=_dmi("system_vendor"))


RELEASE: tuple[str, ...] = OsRelease.__slots__
FIRMWARE: tuple[str, ...] = Dmi.__slots__


class MachineCollector:
    """uname(2), os-release(5) and what the firmware says, which not everybody may read."""

    name: ClassVar[str] = "machine"
    records: ClassVar[tuple[type[Record], ...]] = (Uname, OsRelease, OsSupport, Dmi)
    period: ClassVar[float] = 0.0

    def __init__(
        self, proc: str = PROC, os_release: Iterable[Path] = OS_RELEASE, dmi: Path = DMI
    ) -> None:
        self._domainname = Path(proc, "sys/kernel/domainname")
        self._os_release = tuple(os_release)
        self._dmi = dmi
        # What was read last of the second, and what it means; the third does not change.
        self._text: str | None = None
        self._release: tuple[Record, ...] = ()
        self._firmware: tuple[Record, ...] | None = None

    def collect(self) -> Iterable[Record]:
        yield uname(_read(self._domainname))
        text = next((t for path in self._os_release if (t := _read(path)) is not None), None)
        if text != self._text:
            self._text = text
            self._release = tuple(release_of(parse_os_release(text or "")))
        yield from self._release
        if self._firmware is None:
            self._firmware = tuple(firmware(self._dmi))
        yield from self._firmware


def _read(path: Path) -> str | None:
    try:
        return read_text(path)
    except OSError:
        return None


def uname(domainname: str | None) -> Uname:
    """The record; Python leaves the domain's name out."""
    told = os.uname()
    return Uname(
        sysname=told.sysname,
        release=told.release,
        version=told.version,
        machine=told.machine,
        nodename=told.nodename,
        domainname=domainname.strip() if domainname is not None else None,
    )


def parse_os_release(text: str) -> dict[str, str]:
    """Its variables (os-release(5)): lines of NAME=value, quoted as for a shell. A line that is
    none is left out.
    """
    matches = (_VARIABLE.fullmatch(line.strip()) for line in text.splitlines())
    return {m["name"]: _ESCAPE.sub(r"\1", m["quoted"] or m["bare"] or "") for m in matches if m}


def release_of(variables: Mapping[str, str]) -> Iterable[Record]:
    """The records of what /etc/os-release says; nothing where it says nothing."""
    if not variables:
        return
    texts = {name: variables.get(name.upper()) for name in RELEASE if name != "number"}
    version = _VERSION.match(variables.get("VERSION_ID", ""))
    described: dict[str, Any] = {**texts, "number": float(version[0]) if version else None}
    yield OsRelease(**described)
    end = _midnight(variables.get("SUPPORT_END", ""))
    if end is not None:
        yield OsSupport(end=end)


def _midnight(day: str) -> int | None:
    try:
        return calendar.timegm(dt.date.fromisoformat(day).timetuple())
    except ValueError:
        return None


def firmware(directory: Path) -> Iterable[Record]:
    """What may be read of it; nothing where that is nothing."""
    files = {name: name.replace("system_vendor", "sys_vendor") for name in FIRMWARE}
    told = {name: read_line(f"{directory}/{file}") for name, file in files.items()}
    if any(value is not None for value in told.values()):
        described: dict[str, Any] = told
        yield Dmi(**described)
