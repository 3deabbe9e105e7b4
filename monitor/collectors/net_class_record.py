"""The record of `net_class`."""

from collections.abc import Mapping
from typing import ClassVar

from monitor.model.metric import (
    COUNT,
    FLAG,
    KERNEL,
    PACKETS,
    TEXT,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)


@record
class NetClass(Record):
    """Each network interface, in full (linux/if_link.h, kernel: ABI/testing/sysfs-class-net)."""

    FAMILY = "net_class"
    TOPIC = KERNEL
    LABELS: ClassVar[Mapping[str, str]] = {"device": "interface"}
    interface: str = key("The interface's name")
    address: str | None = info(TEXT, "Its hardware address", prom="node_network_info{address}")
    broadcast: str | None = info(
        TEXT, "The hardware address of all", prom="node_network_info{broadcast}"
    )
    duplex: str | None = info(
        TEXT, "Whether it sends while it receives", prom="node_network_info{duplex}"
    )
    operstate: str | None = info(
        TEXT, "What state it is in (RFC 2863)", prom="node_network_info{operstate}"
    )
    adminstate: str | None = info(
        TEXT, "What state it was put in: up or down", prom="node_network_info{adminstate}"
    )
    alias: str | None = info(TEXT, "What somebody calls it", prom="node_network_info{ifalias}")
    up: bool | None = info(FLAG, "Its state is up", prom="node_network_up")
    carrier: int | None = gauge(
        COUNT, "1 where something is at the other end", prom="node_network_carrier"
    )
    dormant: bool | None = info(
        FLAG, "It waits for something, such as a password", prom="node_network_dormant"
    )
    flags: int | None = gauge(COUNT, "Its flags (netdevice(7))", prom="node_network_flags")
    index: int | None = gauge(COUNT, "The kernel's number", prom="node_network_iface_id")
    link: int | None = gauge(
        COUNT, "The number of the one that it goes through", prom="node_network_iface_link"
    )
    link_mode: int | None = gauge(
        COUNT, "1 where it waits to be let in", prom="node_network_iface_link_mode"
    )
    group: int | None = gauge(COUNT, "Its group", prom="node_network_net_dev_group")
    type: int | None = gauge(COUNT, "Its kind (linux/if_arp.h)", prom="node_network_protocol_type")
    address_assign_type: int | None = gauge(
        COUNT, "Where its address is from", prom="node_network_address_assign_type"
    )
    name_assign_type: int | None = gauge(
        COUNT, "Where its name is from", prom="node_network_name_assign_type"
    )
    device_id: int | None = gauge(
        COUNT, "Tells those apart that share an address", prom="node_network_device_id"
    )
    transmit_queue_length: int | None = gauge(
        PACKETS, "How many may wait to be sent", prom="node_network_transmit_queue_length"
    )
    carrier_changes: int | None = counter(
        COUNT, "Times that it was plugged in or out", prom="node_network_carrier_changes_total"
    )
    carrier_up_changes: int | None = counter(
        COUNT, "Times that it was plugged in", prom="node_network_carrier_up_changes_total"
    )
    carrier_down_changes: int | None = counter(
        COUNT, "Times that it was plugged out", prom="node_network_carrier_down_changes_total"
    )
    receive_fifo: int | None = counter(
        PACKETS, "Lost as a queue was full", prom="node_network_receive_fifo_total"
    )
    receive_frame: int | None = counter(
        PACKETS, "Came in with a wrong form", prom="node_network_receive_frame_total"
    )
    receive_compressed: int | None = counter(
        PACKETS, "Came in compressed", prom="node_network_receive_compressed_total"
    )
    receive_multicast: int | None = counter(
        PACKETS, "Came in for many", prom="node_network_receive_multicast_total"
    )
    receive_nohandler: int | None = counter(
        PACKETS, "Came in for nobody here", prom="node_network_receive_nohandler_total"
    )
    transmit_fifo: int | None = counter(
        PACKETS, "Not sent as a queue was full", prom="node_network_transmit_fifo_total"
    )
    transmit_colls: int | None = counter(
        COUNT, "Collisions", prom="node_network_transmit_colls_total"
    )
    transmit_carrier: int | None = counter(
        PACKETS, "Not sent for want of a carrier", prom="node_network_transmit_carrier_total"
    )
    transmit_compressed: int | None = counter(
        PACKETS, "Sent compressed", prom="node_network_transmit_compressed_total"
    )
