"""What a hardware monitoring chip measures, by the names of its files (kernel:
hwmon/sysfs-interface.rst), under node_exporter's names.

Its numbers are thousandths of degrees, volts and amperes, and millionths of watts.
"""

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from monitor.model.export import UNEXPORTED, scaled
from monitor.model.metric import (
    AMPERES,
    CELSIUS,
    COUNT,
    FLAG,
    RATIO,
    RPM,
    TEXT,
    VOLTS,
    WATTS,
    Record,
    gauge,
    info,
    key,
    record,
)

# node_exporter takes such an alarm for a thousandth of a unit: rules look for more than 0.
MILLI = 0.001


@record
class Chip(Record):
    """Each chip that measures: its device, and the name that its driver gives it."""

    FAMILY = "chip"
    chip: str = key("The chip's device")
    name: str | None = info(TEXT, "Its driver's name", prom="node_hwmon_chip_names{chip_name}")


@record
class Sensor(Record):
    """One sensor of a chip."""

    LABELS: ClassVar[Mapping[str, str]] = {"chip": "chip", "sensor": "sensor"}
    place: str = key("The chip and the sensor, `chip/sensor`")
    chip: str | None = info(TEXT, "The chip's device")
    sensor: str | None = info(TEXT, "The sensor's kind and number")
    chip_name: str | None = info(TEXT, "The name that its driver gives it", prom=UNEXPORTED)
    label: str | None = info(TEXT, "What it measures", prom="node_hwmon_sensor_label{label}")


@record
class Temperature(Sensor):
    """Each temperature, and the limits that its chip has for it."""

    FAMILY = "temperature"
    now: float | None = gauge(CELSIUS, "How hot it is", prom="node_hwmon_temp_celsius")
    minimum: float | None = gauge(CELSIUS, "Lower limit", prom="node_hwmon_temp_min_celsius")
    maximum: float | None = gauge(CELSIUS, "Upper limit", prom="node_hwmon_temp_max_celsius")
    critical: float | None = gauge(CELSIUS, "Too hot", prom="node_hwmon_temp_crit_celsius")
    critical_hysteresis: float | None = gauge(
        CELSIUS, "No longer too hot", prom="node_hwmon_temp_crit_hyst_celsius"
    )
    critical_alarm: bool | None = info(
        FLAG, "It was too hot", prom=scaled("node_hwmon_temp_crit_alarm_celsius", MILLI)
    )
    alarm: bool | None = info(FLAG, "A limit was passed", prom="node_hwmon_temp_alarm")
    fault: bool | None = info(FLAG, "The sensor is broken", prom="node_hwmon_temp_fault")


@record
class Fan(Sensor):
    """Each fan, and the limits that its chip has for it."""

    FAMILY = "fan"
    speed: int | None = gauge(RPM, "How fast it turns", prom="node_hwmon_fan_rpm")
    minimum: int | None = gauge(RPM, "Lower limit", prom="node_hwmon_fan_min_rpm")
    maximum: int | None = gauge(RPM, "Upper limit", prom="node_hwmon_fan_max_rpm")
    target: int | None = gauge(RPM, "Wanted", prom="node_hwmon_fan_target_rpm")
    alarm: bool | None = info(FLAG, "A limit was passed", prom="node_hwmon_fan_alarm")
    fault: bool | None = info(FLAG, "The fan is broken", prom="node_hwmon_fan_fault")


@record
class Pwm(Sensor):
    """Each output that drives fans by the width of its pulses."""

    FAMILY = "pwm"
    duty: float | None = gauge(RATIO, "Of the full width", prom=scaled("node_hwmon_pwm", 255))
    mode: int | None = info(
        COUNT,
        "0: full width; 1: set by hand; 2 and more: by the chip",
        prom="node_hwmon_pwm_enable",
    )


@record
class Voltage(Sensor):
    """Each voltage, and the limits that its chip has for it."""

    FAMILY = "voltage"
    now: float | None = gauge(VOLTS, "What it is", prom="node_hwmon_in_volts")
    minimum: float | None = gauge(VOLTS, "Lower limit", prom="node_hwmon_in_min_volts")
    maximum: float | None = gauge(VOLTS, "Upper limit", prom="node_hwmon_in_max_volts")
    alarm: bool | None = info(FLAG, "A limit was passed", prom="node_hwmon_in_alarm")


@record
class Current(Sensor):
    """Each electric current, and the limits that its chip has for it."""

    FAMILY = "current"
    now: float | None = gauge(AMPERES, "What it is", prom="node_hwmon_curr_amps")
    maximum: float | None = gauge(AMPERES, "Upper limit", prom="node_hwmon_curr_max_amps")
    alarm: bool | None = info(FLAG, "A limit was passed", prom="node_hwmon_curr_alarm")


@record
class Power(Sensor):
    """What each chip's supply gives or its device takes."""

    FAMILY = "power"
    now: float | None = gauge(WATTS, "What it is", prom="node_hwmon_power_watt")
    average: float | None = gauge(WATTS, "On average", prom="node_hwmon_power_average_watt")
    cap: float | None = gauge(WATTS, "It may take no more", prom="node_hwmon_power_cap_watt")
    maximum: float | None = gauge(WATTS, "Upper limit", prom="node_hwmon_power_max_watt")
    alarm: bool | None = info(FLAG, "A limit was passed", prom="node_hwmon_power_alarm")


class Kind(NamedTuple):
    """A kind of sensor: its record, the files' numbers in one unit, and the fields by their files.

    `moving` are the files that are read each time. The others are limits, which somebody sets.
    """

    record: type[Sensor]
    in_a_unit: int
    moving: Mapping[str, str]
    limits: Mapping[str, str]


ALARM = {"alarm": "alarm"}
KINDS: Mapping[str, Kind] = {
    "temp": Kind(
        Temperature,
        1000,
        {"input": "now", "crit_alarm": "critical_alarm", "fault": "fault", **ALARM},
        {
            "min": "minimum",
            "max": "maximum",
            "crit": "critical",
            "crit_hyst": "critical_hysteresis",
        },
    ),
    "fan": Kind(
        Fan,
        1,
        {"input": "speed", "target": "target", "fault": "fault", **ALARM},
        {"min": "minimum", "max": "maximum"},
    ),
    "pwm": Kind(Pwm, 255, {"": "duty"}, {"enable": "mode"}),
    "in": Kind(Voltage, 1000, {"input": "now", **ALARM}, {"min": "minimum", "max": "maximum"}),
    "curr": Kind(Current, 1000, {"input": "now", **ALARM}, {"max": "maximum"}),
    "power": Kind(
        Power,
        1_000_000,
        {"input": "now", "average": "average", **ALARM},
        {"cap": "cap", "max": "maximum"},
    ),
}
# These are yes or no, or one of several, and no measurements.
FLAGS = frozenset(("alarm", "critical_alarm", "fault"))
CHOICES = frozenset(("mode",))
