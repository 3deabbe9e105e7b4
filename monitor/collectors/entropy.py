"""The kernel's pool of random bits."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, read_file, read_number
from monitor.model.metric import COUNT, KERNEL, Record, gauge, record


@record
class Entropy(Record):
    """Random bits (random(4)). Since Linux 5.18 the pool is always full, and 256 bits large."""

    FAMILY = "entropy"
    TOPIC = KERNEL
    available: int | None = gauge(COUNT, "Bits in the pool", prom="node_entropy_available_bits")
    pool_size: int | None = gauge(
        COUNT, "Bits that the pool can hold", prom="node_entropy_pool_size_bits"
    )


class EntropyCollector:
    """Two files of /proc/sys/kernel/random."""

    name: ClassVar[str] = "entropy"
    records: ClassVar[tuple[type[Record], ...]] = (Entropy,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._random = f"{proc}/sys/kernel/random"

    def collect(self) -> Iterable[Record]:
        yield Entropy(
            available=int(read_file(f"{self._random}/entropy_avail")),
            pool_size=read_number(f"{self._random}/poolsize"),
        )
