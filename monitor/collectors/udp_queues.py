"""What waits in the queues of all UDP sockets together."""

from collections.abc import Callable, Iterable
from socket import AF_INET, AF_INET6
from typing import ClassVar

from monitor.collectors.inet_diag import UDP
from monitor.collectors.kernel_file import PROC
from monitor.collectors.socket_sums import Sums, sum_sockets
from monitor.model.metric import BYTES, KERNEL, Record, gauge, key, record
from monitor.model.sample import Unavailable

PROTOCOLS = (("v4", AF_INET, "udp"), ("v6", AF_INET6, "udp6"))


@record
class UdpQueues(Record):
    """What waits in the queues of UDP sockets of this network namespace (udp(7))."""

    FAMILY = "udp_queues"
    TOPIC = KERNEL
    ip: str = key("v4 or v6")
    rx: int | None = gauge(BYTES, "Received, and not yet read", prom='node_udp_queues{queue="rx"}')
    tx: int | None = gauge(BYTES, "Not yet sent", prom='node_udp_queues{queue="tx"}')


class UdpQueuesCollector:
    """inet_diag; /proc/net/udp and udp6 where netlink is refused."""

    name: ClassVar[str] = "udp_queues"
    records: ClassVar[tuple[type[Record], ...]] = (UdpQueues,)
    period: ClassVar[float] = 0.0

    def __init__(
        self, proc: str = PROC, sums: Callable[[int, int, str], Sums] = sum_sockets
    ) -> None:
        self._net = f"{proc}/net"
        self._sums = sums

    def collect(self) -> Iterable[Record]:
        for ip, family, table in PROTOCOLS:
            try:
                sums = self._sums(family, UDP, f"{self._net}/{table}")
            except Unavailable:
                if family == AF_INET:
                    raise
                continue  # a kernel without IPv6
            yield UdpQueues(ip=ip, rx=sums.receive_queue, tx=sums.send_queue)
