"""What is known of a power supply, under node_exporter's names."""

from collections.abc import Mapping
from typing import ClassVar

from monitor.model.export import scaled
from monitor.model.metric import (
    AMPERES,
    CELSIUS,
    COUNT,
    FLAG,
    RATIO,
    SECONDS,
    TEXT,
    VOLTS,
    WATTS,
    Record,
    gauge,
    info,
    key,
    record,
)

# What a battery holds is counted in these, and not in joules and coulombs.
WATT_HOURS = "watt-hours"
AMPERE_HOURS = "ampere-hours"
PERCENT = 100


@record
class PowerSupply(Record):
    """Each power supply and battery (kernel: power/power_supply_class.rst)."""

    FAMILY = "power_supply"
    LABELS: ClassVar[Mapping[str, str]] = {"power_supply": "power_supply"}
    power_supply: str = key("The kernel's name of it")
    type: str | None = info(TEXT, "Mains, Battery, USB, UPS", prom="node_power_supply_info{type}")
    status: str | None = info(
        TEXT,
        "Charging, Discharging, Full, Not charging",
        prom="node_power_supply_info{status}",
    )
    scope: str | None = info(
        TEXT,
        "Device: it feeds something attached, and not the machine",
        prom="node_power_supply_info{scope}",
    )
    condition: str | None = info(TEXT, "Good, or why not", prom="node_power_supply_info{health}")
    level: str | None = info(
        TEXT, "Its charge in a word", prom="node_power_supply_info{capacity_level}"
    )
    charge_type: str | None = info(
        TEXT, "How it is charged", prom="node_power_supply_info{charge_type}"
    )
    technology: str | None = info(TEXT, "Its chemistry", prom="node_power_supply_info{technology}")
    manufacturer: str | None = info(
        TEXT, "Who made it", prom="node_power_supply_info{manufacturer}"
    )
    model: str | None = info(TEXT, "Its model", prom="node_power_supply_info{model_name}")
    serial_number: str | None = info(
        TEXT, "Its serial number", prom="node_power_supply_info{serial_number}"
    )
    usb_type: str | None = info(
        TEXT, "The kind of USB supply", prom="node_power_supply_info{usb_type}"
    )
    online: int | None = info(
        COUNT,
        "0: it does not feed the machine; 1: it does; 2: at a voltage that can be set",
        prom="node_power_supply_online",
    )
    present: bool | None = info(FLAG, "It is in its place", prom="node_power_supply_present")
    charge_share: float | None = gauge(
        RATIO, "How full it is", prom=scaled("node_power_supply_capacity", PERCENT)
    )
    health_share: float | None = gauge(RATIO, "What it holds when full, over what it once did")
    time_to_empty: float | None = gauge(SECONDS, "Until it is empty, if all stays as it is")
    time_to_full: float | None = gauge(SECONDS, "Until it is full, if all stays as it is")
    time_to_empty_told: int | None = gauge(
        SECONDS, "Until it is empty, as it says", prom="node_power_supply_time_to_empty_seconds"
    )
    time_to_full_told: int | None = gauge(
        SECONDS, "Until it is full, as it says", prom="node_power_supply_time_to_full_seconds"
    )
    cycles: int | None = gauge(
        COUNT, "Times that it was charged", prom="node_power_supply_cyclecount"
    )
    power: float | None = gauge(WATTS, "What flows in or out", prom="node_power_supply_power_watt")
    energy: float | None = gauge(
        WATT_HOURS, "What it holds", prom="node_power_supply_energy_watthour"
    )
    energy_full: float | None = gauge(
        WATT_HOURS, "What it holds when it is full", prom="node_power_supply_energy_full"
    )
    energy_full_design: float | None = gauge(
        WATT_HOURS, "What it held when it was new", prom="node_power_supply_energy_full_design"
    )
    charge: float | None = gauge(
        AMPERE_HOURS, "What it holds", prom="node_power_supply_charge_ampere"
    )
    charge_full: float | None = gauge(
        AMPERE_HOURS, "What it holds when it is full", prom="node_power_supply_charge_full"
    )
    charge_full_design: float | None = gauge(
        AMPERE_HOURS, "What it held when it was new", prom="node_power_supply_charge_full_design"
    )
    current: float | None = gauge(
        AMPERES, "What flows in or out", prom="node_power_supply_current_ampere"
    )
    current_max: float | None = gauge(
        AMPERES, "What may flow", prom="node_power_supply_current_max"
    )
    voltage: float | None = gauge(VOLTS, "Now", prom="node_power_supply_voltage_volt")
    voltage_max: float | None = gauge(VOLTS, "At most", prom="node_power_supply_voltage_max")
    voltage_min_design: float | None = gauge(
        VOLTS, "At least, by design", prom="node_power_supply_voltage_min_design"
    )
    temperature: float | None = gauge(CELSIUS, "Now", prom="node_power_supply_temp_celsius")
