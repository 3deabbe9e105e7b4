"""How many TCP sockets are in each state."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.inet_diag import STATES
from monitor.collectors.kernel_file import PROC
from monitor.collectors.socket_sums import Sums, sum_tcp
from monitor.model.metric import BYTES, COUNT, KERNEL, Record, gauge, record


@record
class TcpStates(Record):
    """TCP sockets of this network namespace, by state (tcp(7), RFC 9293)."""

    FAMILY = "tcp_states"
    TOPIC = KERNEL
    established: int | None = gauge(
        COUNT, "Connected", prom='node_tcp_connection_states{state="established"}'
    )
    syn_sent: int | None = gauge(
        COUNT, "Asked for", prom='node_tcp_connection_states{state="syn_sent"}'
    )
    syn_recv: int | None = gauge(
        COUNT, "Being taken", prom='node_tcp_connection_states{state="syn_recv"}'
    )
    fin_wait1: int | None = gauge(
        COUNT,
        "Ended from here, the other side has not said so",
        prom='node_tcp_connection_states{state="fin_wait1"}',
    )
    fin_wait2: int | None = gauge(
        COUNT,
        "Ended from here, the other side has not",
        prom='node_tcp_connection_states{state="fin_wait2"}',
    )
    time_wait: int | None = gauge(
        COUNT, "Ended, and lingering", prom='node_tcp_connection_states{state="time_wait"}'
    )
    close: int | None = gauge(COUNT, "Closed", prom='node_tcp_connection_states{state="close"}')
    close_wait: int | None = gauge(
        COUNT,
        "Ended from the other side, the program here has not",
        prom='node_tcp_connection_states{state="close_wait"}',
    )
    last_ack: int | None = gauge(
        COUNT,
        "Ended from both sides, the other has not said so",
        prom='node_tcp_connection_states{state="last_ack"}',
    )
    listen: int | None = gauge(
        COUNT, "Listening", prom='node_tcp_connection_states{state="listen"}'
    )
    closing: int | None = gauge(
        COUNT,
        "Ended from both sides at once",
        prom='node_tcp_connection_states{state="closing"}',
    )
    rx_queued: int | None = gauge(
        BYTES,
        "Received, and not yet read",
        prom='node_tcp_connection_states{state="rx_queued_bytes"}',
    )
    tx_queued: int | None = gauge(
        BYTES,
        "Sent, and not yet acknowledged",
        prom='node_tcp_connection_states{state="tx_queued_bytes"}',
    )


class TcpStatesCollector:
    """inet_diag; /proc/net/tcp and tcp6 where netlink is refused."""

    name: ClassVar[str] = "tcpstat"
    records: ClassVar[tuple[type[Record], ...]] = (TcpStates,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._net = f"{proc}/net"

    def collect(self) -> Iterable[Record]:
        yield states_of(sum_tcp(self._net))


def states_of(sums: Sums) -> TcpStates:
    """The record of what was counted."""
    counts = {STATES[state].lower(): sums.states[state] for state in range(1, 12)}
    return TcpStates(rx_queued=sums.receive_queue, tx_queued=sums.send_queue, **counts)
