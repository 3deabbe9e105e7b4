"""Tasks that the kernel found to hang."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, read_file
from monitor.model.export import untyped
from monitor.model.metric import COUNT, KERNEL, Record, counter, record


@record
class KernelHung(Record):
    """Tasks found to hang (kernel: admin-guide/sysctl/kernel.rst, hung_task_detect_count)."""

    FAMILY = "kernel_hung"
    TOPIC = KERNEL
    # Without a type: in OpenMetrics a counter's name would end in _total.
    tasks: int | None = counter(
        COUNT,
        "Tasks that waited for a device for two minutes or more",
        prom=untyped("node_kernel_hung_tasks"),
    )


class KernelHungCollector:
    """A counter that came with Linux 6.13 and needs CONFIG_DETECT_HUNG_TASK."""

    name: ClassVar[str] = "kernel_hung"
    records: ClassVar[tuple[type[Record], ...]] = (KernelHung,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._path = f"{proc}/sys/kernel/hung_task_detect_count"

    def collect(self) -> Iterable[Record]:
        yield KernelHung(tasks=int(read_file(self._path)))
