"""Temperatures, fans, voltages, currents and powers, of the chips that measure them."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from monitor.collectors.collector import need_linux
from monitor.collectors.hwmon_sensors import CHOICES, FLAGS, KINDS, Chip, Kind, Sensor
from monitor.collectors.sysfs import names, read_line, read_number
from monitor.model.metric import Record
from monitor.model.sample import Unavailable

HWMON = Path("/sys/class/hwmon")
# More than the largest server has; what is beyond is not read.
MAX_SENSORS = 512
# Limits and labels stand still: they are read once a minute, and when a chip comes or goes.
READINGS_A_LAYOUT = 12

_ATTRIBUTE = re.compile(r"(?P<kind>[a-z]+)(?P<number>[0-9]{1,9})(_(?P<part>.+))?", re.ASCII)
_NO_NAME = re.compile("[^a-z0-9:_]")


@dataclass(frozen=True, slots=True)
class Place:
    """One sensor: what is known of it beforehand, and the files of what moves, by field."""

    kind: Kind
    known: Mapping[str, Any]
    moving: Mapping[str, str]


class HwmonCollector:
    """/sys/class/hwmon. psutil reads no voltages there, and it takes an error for no sensor."""

    name: ClassVar[str] = "hwmon"
    records: ClassVar[tuple[type[Record], ...]] = (Chip, *(kind.record for kind in KINDS.values()))
    period: ClassVar[float] = 5.0

    def __init__(self, root: Path = HWMON) -> None:
        self._root = root
        self._listed: list[str] = []
        self._readings = 0
        self._chips: list[Chip] = []
        self._places: list[Place] = []

    def collect(self) -> Iterable[Record]:
        need_linux("the kernel's hardware monitoring")
        self._look()
        if not self._places:
            raise Unavailable("no chip that measures temperatures, fans or voltages")
        yield from self._chips
        for place in self._places:
            yield read_sensor(place)

    def _look(self) -> None:
        """See which sensors there are, where that may have changed."""
        listed = names(self._root)
        self._readings += 1
        if listed == self._listed and self._readings < READINGS_A_LAYOUT:
            return
        self._listed, self._readings = listed, 0
        chips: dict[str, Chip] = {}
        places: dict[str, Place] = {}
        for entry in listed:
            directory = self._root / entry
            device = chip_of(directory)
            told = clean_name(read_line(f"{directory}/name") or "")
            if told:
                chips.setdefault(device, Chip(chip=device, name=told))
            for place in sensors_of(directory, device, told):
                places.setdefault(place.known["place"], place)
        self._chips = list(chips.values())
        self._places = list(places.values())[:MAX_SENSORS]


def read_sensor(place: Place) -> Sensor:
    """The sensor's record. What its chip does not answer, with EIO or ENODATA, is not known."""
    moving: dict[str, Any] = {
        field: _value(place.kind, field, path) for field, path in place.moving.items()
    }
    return place.kind.record(**place.known, **moving)


def sensors_of(directory: Path, chip: str, name: str) -> Iterator[Place]:
    """The sensors of a chip. Old drivers have their files in the directory of the device."""
    files: dict[str, str] = {}
    for where in (str(directory), f"{directory}/device"):
        files.update({entry: f"{where}/{entry}" for entry in names(Path(where))})
    for sensor, parts in parse_attributes(files).items():
        kind = KINDS[sensor.rstrip("0123456789")]
        moving = {kind.moving[p]: files[f] for p, f in parts.items() if p in kind.moving}
        if not moving:
            continue
        limits = {
            kind.limits[p]: _value(kind, kind.limits[p], files[f])
            for p, f in parts.items()
            if p in kind.limits
        }
        known: dict[str, Any] = {
            "place": f"{chip}/{sensor}",
            "chip": chip,
            "sensor": sensor,
            "chip_name": name or None,
            "label": read_line(files[parts["label"]]) if "label" in parts else None,
            **limits,
        }
        yield Place(kind, known, moving)


def parse_attributes(files: Iterable[str]) -> dict[str, dict[str, str]]:
    """Files by what they say, of each sensor: {"temp1": {"input": "temp1_input"}}.

    What is of no kind that is known is left out.
    """
    found: dict[str, dict[str, str]] = {}
    for file in files:
        match = _ATTRIBUTE.fullmatch(file)
        if match is not None and match["kind"] in KINDS:
            sensor = f"{match['kind']}{int(match['number'])}"
            found.setdefault(sensor, {})[match["part"] or ""] = file
    return found


def chip_of(directory: Path) -> str:
    """The chip's name as node_exporter makes it, of its device.

    hwmon3 may be hwmon4 after the next start, and the device stays where it is. Where there is
    none it is the driver's name, and without that hwmon3.
    """
    device = directory / "device"
    if device.exists():
        path = os.path.realpath(device)
        kind, own = (clean_name(part) for part in path.rsplit("/", 2)[-2:])
        if own:
            return f"{kind}_{own}" if kind else own
    own = clean_name(read_line(f"{directory}/name") or "")
    return own or clean_name(Path(os.path.realpath(directory)).name)


def clean_name(text: str) -> str:
    """The text in lower case, and an underscore for whatever is no part of a name."""
    return _NO_NAME.sub("_", text.lower()).strip("_")


def _value(kind: Kind, field: str, path: str) -> float | None:
    number = read_number(path)
    if number is None or field in CHOICES:
        return number
    if field in FLAGS:
        return number != 0
    return number if kind.in_a_unit == 1 else number / kind.in_a_unit
