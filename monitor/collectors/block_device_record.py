"""The records of `block_device`."""

from monitor.model.export import Export
from monitor.model.metric import (
    BYTES,
    COUNT,
    KERNEL,
    OPERATIONS,
    RPM,
    SECONDS,
    TEXT,
    Record,
    counter,
    gauge,
    info,
    key,
    record,
)


@record
class BlockDevice(Record):
    """Each block device of node_exporter's choice (kernel: admin-guide/iostats.rst)."""

    FAMILY = "block_device"
    TOPIC = KERNEL
    device: str = key("The device's name")
    major: str | None = info(TEXT, "The number of its driver", prom="node_disk_info{major}")
    minor: str | None = info(TEXT, "Its number there", prom="node_disk_info{minor}")
    path: str | None = info(TEXT, "Where it is plugged in", prom="node_disk_info{path}")
    wwn: str | None = info(TEXT, "Its name in the world", prom="node_disk_info{wwn}")
    model: str | None = info(TEXT, "What its maker calls it", prom="node_disk_info{model}")
    serial: str | None = info(TEXT, "Its serial number", prom="node_disk_info{serial}")
    revision: str | None = info(TEXT, "Its firmware", prom="node_disk_info{revision}")
    rotational: str | None = info(
        TEXT, "1 where it turns, 0 where it does not", prom="node_disk_info{rotational}"
    )
    reads: int | None = counter(
        OPERATIONS, "Reads completed", prom="node_disk_reads_completed_total"
    )
    reads_merged: int | None = counter(
        OPERATIONS, "Reads that became part of another", prom="node_disk_reads_merged_total"
    )
    read_bytes: int | None = counter(BYTES, "Read", prom="node_disk_read_bytes_total")
    read_time: float | None = counter(
        SECONDS, "Time that reads took, summed", prom="node_disk_read_time_seconds_total"
    )
    writes: int | None = counter(
        OPERATIONS, "Writes completed", prom="node_disk_writes_completed_total"
    )
    writes_merged: int | None = counter(
        OPERATIONS, "Writes that became part of another", prom="node_disk_writes_merged_total"
    )
    written_bytes: int | None = counter(BYTES, "Written", prom="node_disk_written_bytes_total")
    write_time: float | None = counter(
        SECONDS, "Time that writes took, summed", prom="node_disk_write_time_seconds_total"
    )
    io_now: int | None = gauge(OPERATIONS, "Under way now", prom="node_disk_io_now")
    busy: float | None = counter(
        SECONDS,
        "Time with at least one operation under way",
        prom="node_disk_io_time_seconds_total",
    )
    busy_weighted: float | None = counter(
        SECONDS,
        "The same, times the operations under way",
        prom="node_disk_io_time_weighted_seconds_total",
    )
    discards: int | None = counter(
        OPERATIONS, "Discards completed", prom="node_disk_discards_completed_total"
    )
    discards_merged: int | None = counter(
        OPERATIONS, "Discards that became part of another", prom="node_disk_discards_merged_total"
    )
    discarded_sectors: int | None = counter(
        COUNT, "Sectors of 512 bytes discarded", prom="node_disk_discarded_sectors_total"
    )
    discard_time: float | None = counter(
        SECONDS, "Time that discards took, summed", prom="node_disk_discard_time_seconds_total"
    )
    flushes: int | None = counter(
        OPERATIONS, "Flushes completed", prom="node_disk_flush_requests_total"
    )
    flush_time: float | None = counter(
        SECONDS,
        "Time that flushes took, summed",
        prom="node_disk_flush_requests_time_seconds_total",
    )
    write_cache: int | None = gauge(
        COUNT, "1 where it has a cache of writes", prom="node_disk_ata_write_cache"
    )
    write_cache_enabled: int | None = gauge(
        COUNT, "1 where that is used", prom="node_disk_ata_write_cache_enabled"
    )
    rotation_rate: int | None = gauge(
        RPM, "How fast it turns; 0 where it does not", prom="node_disk_ata_rotation_rate_rpm"
    )


def _filesystem(label: str) -> Export:
    return Export.of(f"node_disk_filesystem_info{{{label}}}")


@record
class DiskFilesystem(Record):
    """What udev says of the filesystem on a block device."""

    FAMILY = "disk_filesystem"
    TOPIC = KERNEL
    device: str = key("The device's name")
    type: str | None = info(TEXT, "The kind of filesystem", prom=_filesystem("type"))
    usage: str | None = info(TEXT, "What it is used as", prom=_filesystem("usage"))
    uuid: str | None = info(TEXT, "Its own name", prom=_filesystem("uuid"))
    version: str | None = info(TEXT, "The version of its format", prom=_filesystem("version"))


def _mapper(label: str) -> Export:
    return Export.of(f"node_disk_device_mapper_info{{{label}}}")


@record
class DeviceMapper(Record):
    """What udev says of a device that is made of others by the device mapper."""

    FAMILY = "device_mapper"
    TOPIC = KERNEL
    device: str = key("The device's name")
    name: str | None = info(TEXT, "What it was called", prom=_mapper("name"))
    uuid: str | None = info(TEXT, "Its own name", prom=_mapper("uuid"))
    vg_name: str | None = info(TEXT, "Its volume group", prom=_mapper("vg_name"))
    lv_name: str | None = info(TEXT, "Its logical volume", prom=_mapper("lv_name"))
    lv_layer: str | None = info(TEXT, "Its layer of that", prom=_mapper("lv_layer"))
