"""Errors of the memory that its controllers found: those that they put right, and the others."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar

from monitor.collectors.collector import need_linux
from monitor.collectors.sysfs import names, read_number
from monitor.model.metric import COUNT, KERNEL, TEXT, Record, counter, info, key, record
from monitor.model.sample import Unavailable

EDAC = Path("/sys/devices/system/edac/mc")
_CONTROLLER = re.compile("mc([0-9]+)")
_ROW = re.compile("csrow([0-9]+)")


@record
class MemoryController(Record):
    """Each memory controller, and the errors that it found (kernel: admin-guide/ras.rst)."""

    FAMILY = "edac"
    TOPIC = KERNEL
    controller: str = key("The kernel's number of the controller")
    corrected: int | None = counter(
        COUNT, "Errors put right", prom="node_edac_correctable_errors_total"
    )
    uncorrected: int | None = counter(
        COUNT, "Errors that stayed", prom="node_edac_uncorrectable_errors_total"
    )


@record
class MemoryRow(Record):
    """Each row of memory chips; the errors of which the row is not known are in row `unknown`."""

    FAMILY = "edac_row"
    TOPIC = KERNEL
    LABELS: ClassVar[Mapping[str, str]] = {"controller": "controller", "csrow": "row"}
    place: str = key("The controller and the row, `controller/row`")
    controller: str | None = info(TEXT, "The kernel's number of the controller")
    row: str | None = info(TEXT, "The number of the row")
    corrected: int | None = counter(
        COUNT, "Errors put right", prom="node_edac_csrow_correctable_errors_total"
    )
    uncorrected: int | None = counter(
        COUNT, "Errors that stayed", prom="node_edac_csrow_uncorrectable_errors_total"
    )


class EdacCollector:
    """/sys/devices/system/edac/mc."""

    name: ClassVar[str] = "edac"
    records: ClassVar[tuple[type[Record], ...]] = (MemoryController, MemoryRow)
    period: ClassVar[float] = 10.0

    def __init__(self, root: Path = EDAC) -> None:
        self._root = root

    def collect(self) -> Iterable[Record]:
        need_linux("the count of memory errors")
        controllers = [m for name in names(self._root) if (m := _CONTROLLER.fullmatch(name))]
        if not controllers:
            raise Unavailable("no memory controller tells of errors")
        for controller in controllers:
            number, directory = controller[1], self._root / controller[0]
            yield MemoryController(
                controller=number,
                corrected=read_number(f"{directory}/ce_count"),
                uncorrected=read_number(f"{directory}/ue_count"),
            )
            yield _row(
                number, "unknown", f"{directory}/ce_noinfo_count", f"{directory}/ue_noinfo_count"
            )
            for row in (m for name in names(directory) if (m := _ROW.fullmatch(name))):
                where = directory / row[0]
                yield _row(number, row[1], f"{where}/ce_count", f"{where}/ue_count")


def _row(controller: str, row: str, corrected: str, uncorrected: str) -> MemoryRow:
    return MemoryRow(
        place=f"{controller}/{row}",
        controller=controller,
        row=row,
        corrected=read_number(corrected),
        uncorrected=read_number(uncorrected),
    )
