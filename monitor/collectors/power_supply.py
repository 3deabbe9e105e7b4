"""What the machine runs on: mains, batteries, and the batteries of what is attached to it."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import psutil

from monitor.collectors.power_supply_record import PowerSupply
from monitor.collectors.sysfs import names, parse_number, read_line
from monitor.model.metric import Record
from monitor.model.sample import Unavailable

POWER_SUPPLY = Path("/sys/class/power_supply")
PREFIX = "POWER_SUPPLY_"
SECONDS_AN_HOUR = 3600
# The kernel counts in millionths of volts, amperes, watts and their hours, in tenths of degrees
# and in hundredths of a full charge.
MILLIONTHS = 1_000_000
TENTHS = 10
HUNDREDTHS = 100
# The fields, by the kernel's names (kernel: ABI, sysfs-class-power), and what they are divided by.
NUMBERS: Mapping[str, tuple[str, int]] = {
    "ONLINE": ("online", 1),
    "PRESENT": ("present", 1),
    "CAPACITY": ("charge_share", HUNDREDTHS),
    "CYCLE_COUNT": ("cycles", 1),
    "ENERGY_NOW": ("energy", MILLIONTHS),
    "ENERGY_FULL": ("energy_full", MILLIONTHS),
    "ENERGY_FULL_DESIGN": ("energy_full_design", MILLIONTHS),
    "POWER_NOW": ("power", MILLIONTHS),
    "CHARGE_NOW": ("charge", MILLIONTHS),
    "CHARGE_FULL": ("charge_full", MILLIONTHS),
    "CHARGE_FULL_DESIGN": ("charge_full_design", MILLIONTHS),
    "CURRENT_NOW": ("current", MILLIONTHS),
    "CURRENT_MAX": ("current_max", MILLIONTHS),
    "VOLTAGE_NOW": ("voltage", MILLIONTHS),
    "VOLTAGE_MIN_DESIGN": ("voltage_min_design", MILLIONTHS),
    "VOLTAGE_MAX": ("voltage_max", MILLIONTHS),
    "TEMP": ("temperature", TENTHS),
    "TIME_TO_EMPTY_NOW": ("time_to_empty_told", 1),
    "TIME_TO_FULL_NOW": ("time_to_full_told", 1),
}
TEXTS = {
    "TYPE": "type",
    "STATUS": "status",
    "HEALTH": "condition",
    "CAPACITY_LEVEL": "level",
    "CHARGE_TYPE": "charge_type",
    "TECHNOLOGY": "technology",
    "MANUFACTURER": "manufacturer",
    "MODEL_NAME": "model",
    "SERIAL_NUMBER": "serial_number",
    "SCOPE": "scope",
    "USB_TYPE": "usb_type",
}


class PowerSupplyCollector:
    """The uevent of each of /sys/class/power_supply, which has all in one read; else psutil's."""

    name: ClassVar[str] = "power_supply"
    records: ClassVar[tuple[type[Record], ...]] = (PowerSupply,)
    period: ClassVar[float] = 5.0

    def __init__(self, root: Path = POWER_SUPPLY) -> None:
        self._root = root

    def collect(self) -> Iterable[Record]:
        linux = sys.platform.startswith("linux")
        found = list(self._supplies() if linux else _portable())
        if not found:
            raise Unavailable("the machine tells of no power supply and no battery")
        yield from found

    def _supplies(self) -> Iterator[PowerSupply]:
        for name in names(self._root):
            uevent = read_line(f"{self._root}/{name}/uevent")
            if uevent is None:
                continue  # taken out since it was listed
            told = parse_uevent(uevent)
            if "TYPE" not in told:  # Linux before 5.9
                told["TYPE"] = read_line(f"{self._root}/{name}/type") or ""
            yield supply_of(name, told)


def parse_uevent(text: str) -> dict[str, str]:
    """Lines of POWER_SUPPLY_<property>=<value>; others, such as DEVTYPE, are left out."""
    told: dict[str, str] = {}
    for line in text.split("\n"):
        name, given, value = line.partition("=")
        if given and name.startswith(PREFIX):
            told[name.removeprefix(PREFIX)] = value
    return told


def supply_of(name: str, told: Mapping[str, str]) -> PowerSupply:
    """The record of what the kernel tells of a supply."""
    fields: dict[str, Any] = {
        field: told.get(label, "").strip() or None for label, field in TEXTS.items()
    }
    for figure, (field, divisor) in NUMBERS.items():
        number = parse_number(told.get(figure, ""))
        if number is not None:
            fields[field] = number if divisor == 1 else number / divisor
    if (present := fields.get("present")) is not None:
        fields["present"] = present != 0
    fields["health_share"] = _ratio(fields, "energy_full", "energy_full_design") or _ratio(
        fields, "charge_full", "charge_full_design"
    )
    fields |= times_left(fields)
    return PowerSupply(power_supply=name, **fields)


def times_left(fields: Mapping[str, Any]) -> dict[str, float | None]:
    """Seconds until a battery is empty or full: as it says, else at the power of this moment.

    Nothing where it neither gives nor takes. Some drivers say with a sign which way it flows.
    """
    field = {"Discharging": "time_to_empty", "Charging": "time_to_full"}.get(
        fields.get("status") or ""
    )
    if field is None:
        return {}
    if told := fields.get(f"{field}_told"):
        return {field: float(told)}
    for amount, flow in (("energy", "power"), ("charge", "current")):
        now, full, flowing = fields.get(amount), fields.get(f"{amount}_full"), fields.get(flow)
        if field == "time_to_full":
            now = full - now if full is not None and now is not None else None
        if now is not None and now >= 0 and flowing:
            return {field: now / abs(flowing) * SECONDS_AN_HOUR}
    return {}


def _ratio(fields: Mapping[str, Any], of: str, over: str) -> float | None:
    part, whole = fields.get(of), fields.get(over)
    return part / whole if part is not None and whole else None


def _portable() -> Iterator[PowerSupply]:
    """psutil's battery, and the mains, of which it says whether they are there."""
    ask = getattr(psutil, "sensors_battery", None)
    battery = ask() if ask is not None else None
    if battery is None:
        return
    if battery.power_plugged is not None:
        yield _supply("mains", type="Mains", online=int(battery.power_plugged))
    known = battery.secsleft not in (psutil.POWER_TIME_UNKNOWN, psutil.POWER_TIME_UNLIMITED)
    yield _supply(
        "battery",
        type="Battery",
        charge_share=battery.percent / HUNDREDTHS,
        time_to_empty=float(battery.secsleft) if known else None,
    )


def _supply(name: str, **fields: Any) -> PowerSupply:
    return PowerSupply(power_supply=name, **fields)
