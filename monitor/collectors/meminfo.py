"""What the memory is used for, as the kernel accounts for it."""

from collections.abc import Iterable
from typing import ClassVar

from monitor.collectors.kernel_file import PROC, Names, read_file
from monitor.model.metric import BYTES, COUNT, KERNEL, Record, gauge, record

BYTES_A_KIBIBYTE = 1024


@record
class Meminfo(Record):
    """What the memory is used for (proc_meminfo(5), kernel: filesystems/proc.rst).

    Which of it there is depends on the kernel and the processor. The rest is in `memory` and
    `swap`.
    """

    FAMILY = "meminfo"
    TOPIC = KERNEL
    cached: int | None = gauge(
        BYTES,
        "Cache of files, and tmpfs; `memory.cached` has reclaimable slab besides",
        prom="node_memory_Cached_bytes",
    )
    active: int | None = gauge(BYTES, "Used lately", prom="node_memory_Active_bytes")
    inactive: int | None = gauge(BYTES, "Not used lately", prom="node_memory_Inactive_bytes")
    active_anon: int | None = gauge(
        BYTES, "Of programs, used lately", prom="node_memory_Active_anon_bytes"
    )
    inactive_anon: int | None = gauge(
        BYTES, "Of programs, not used lately", prom="node_memory_Inactive_anon_bytes"
    )
    active_file: int | None = gauge(
        BYTES, "Of files, used lately", prom="node_memory_Active_file_bytes"
    )
    inactive_file: int | None = gauge(
        BYTES, "Of files, not used lately", prom="node_memory_Inactive_file_bytes"
    )
    unevictable: int | None = gauge(
        BYTES, "May not be taken back", prom="node_memory_Unevictable_bytes"
    )
    mlocked: int | None = gauge(BYTES, "Locked by mlock(2)", prom="node_memory_Mlocked_bytes")
    high_total: int | None = gauge(
        BYTES, "Not mapped by the kernel (32 bit)", prom="node_memory_HighTotal_bytes"
    )
    high_free: int | None = gauge(BYTES, "Free of that", prom="node_memory_HighFree_bytes")
    low_total: int | None = gauge(
        BYTES, "Mapped by the kernel (32 bit)", prom="node_memory_LowTotal_bytes"
    )
    low_free: int | None = gauge(BYTES, "Free of that", prom="node_memory_LowFree_bytes")
    swap_cached: int | None = gauge(
        BYTES, "In the memory and in the swap as well", prom="node_memory_SwapCached_bytes"
    )
    zswap: int | None = gauge(
        BYTES, "Taken by compressed swap pages", prom="node_memory_Zswap_bytes"
    )
    zswapped: int | None = gauge(
        BYTES, "Those pages, uncompressed", prom="node_memory_Zswapped_bytes"
    )
    dirty: int | None = gauge(BYTES, "Still to be written", prom="node_memory_Dirty_bytes")
    writeback: int | None = gauge(BYTES, "Being written", prom="node_memory_Writeback_bytes")
    writeback_tmp: int | None = gauge(
        BYTES, "FUSE's copies of what is being written", prom="node_memory_WritebackTmp_bytes"
    )
    nfs_unstable: int | None = gauge(
        BYTES,
        "Sent to an NFS server, not yet on its disk",
        prom="node_memory_NFS_Unstable_bytes",
    )
    anon_pages: int | None = gauge(
        BYTES, "Of programs, in their page tables", prom="node_memory_AnonPages_bytes"
    )
    mapped: int | None = gauge(BYTES, "Of files, mapped", prom="node_memory_Mapped_bytes")
    kernel_reclaimable: int | None = gauge(
        BYTES, "What the kernel gives back when pressed", prom="node_memory_KReclaimable_bytes"
    )
    slab: int | None = gauge(BYTES, "The kernel's own caches", prom="node_memory_Slab_bytes")
    slab_reclaimable: int | None = gauge(
        BYTES, "Of those, what it can give back", prom="node_memory_SReclaimable_bytes"
    )
    slab_unreclaimable: int | None = gauge(
        BYTES, "Of those, what it cannot", prom="node_memory_SUnreclaim_bytes"
    )
    kernel_stack: int | None = gauge(
        BYTES, "The threads' stacks in the kernel", prom="node_memory_KernelStack_bytes"
    )
    shadow_call_stack: int | None = gauge(
        BYTES, "Their shadow call stacks (ARM)", prom="node_memory_ShadowCallStack_bytes"
    )
    page_tables: int | None = gauge(BYTES, "Page tables", prom="node_memory_PageTables_bytes")
    secondary_page_tables: int | None = gauge(
        BYTES,
        "Page tables of virtual machines and devices",
        prom="node_memory_SecPageTables_bytes",
    )
    percpu: int | None = gauge(
        BYTES, "What each processor has for itself", prom="node_memory_Percpu_bytes"
    )
    bounce: int | None = gauge(
        BYTES, "Copies for devices that reach no further", prom="node_memory_Bounce_bytes"
    )
    balloon: int | None = gauge(
        BYTES, "Given back to the hypervisor", prom="node_memory_Balloon_bytes"
    )
    commit_limit: int | None = gauge(
        BYTES,
        "What may be promised under strict overcommitment",
        prom="node_memory_CommitLimit_bytes",
    )
    committed: int | None = gauge(
        BYTES, "What has been promised", prom="node_memory_Committed_AS_bytes"
    )
    vmalloc_total: int | None = gauge(
        BYTES, "The kernel's virtual addresses", prom="node_memory_VmallocTotal_bytes"
    )
    vmalloc_used: int | None = gauge(BYTES, "Used of them", prom="node_memory_VmallocUsed_bytes")
    vmalloc_chunk: int | None = gauge(
        BYTES,
        "The largest free piece of them; 0 since Linux 4.4",
        prom="node_memory_VmallocChunk_bytes",
    )
    hardware_corrupted: int | None = gauge(
        BYTES, "Broken, and no longer used", prom="node_memory_HardwareCorrupted_bytes"
    )
    anon_huge_pages: int | None = gauge(
        BYTES, "Of programs, in huge pages", prom="node_memory_AnonHugePages_bytes"
    )
    shmem_huge_pages: int | None = gauge(
        BYTES, "Shared, in huge pages", prom="node_memory_ShmemHugePages_bytes"
    )
    shmem_pmd_mapped: int | None = gauge(
        BYTES, "Of that, mapped as such", prom="node_memory_ShmemPmdMapped_bytes"
    )
    file_huge_pages: int | None = gauge(
        BYTES, "Of files, in huge pages", prom="node_memory_FileHugePages_bytes"
    )
    file_pmd_mapped: int | None = gauge(
        BYTES, "Of that, mapped as such", prom="node_memory_FilePmdMapped_bytes"
    )
    cma_total: int | None = gauge(
        BYTES, "Kept for devices that need it in one piece", prom="node_memory_CmaTotal_bytes"
    )
    cma_free: int | None = gauge(BYTES, "Free of that", prom="node_memory_CmaFree_bytes")
    unaccepted: int | None = gauge(
        BYTES,
        "Not yet taken from the hypervisor (confidential machines)",
        prom="node_memory_Unaccepted_bytes",
    )
    huge_pages_total: int | None = gauge(
        COUNT, "Huge pages set aside", prom="node_memory_HugePages_Total"
    )
    huge_pages_free: int | None = gauge(COUNT, "Free of them", prom="node_memory_HugePages_Free")
    huge_pages_reserved: int | None = gauge(
        COUNT, "Of the free ones, those that are promised", prom="node_memory_HugePages_Rsvd"
    )
    huge_pages_surplus: int | None = gauge(
        COUNT, "Those beyond what was set aside", prom="node_memory_HugePages_Surp"
    )
    huge_page_size: int | None = gauge(
        BYTES, "The size of each", prom="node_memory_Hugepagesize_bytes"
    )
    hugetlb: int | None = gauge(
        BYTES, "Taken by huge pages of all sizes", prom="node_memory_Hugetlb_bytes"
    )
    direct_map_4k: int | None = gauge(
        BYTES, "Mapped by the kernel in pages of 4 KiB", prom="node_memory_DirectMap4k_bytes"
    )
    direct_map_2m: int | None = gauge(
        BYTES, "Mapped by the kernel in pages of 2 MiB", prom="node_memory_DirectMap2M_bytes"
    )
    direct_map_4m: int | None = gauge(
        BYTES, "Mapped by the kernel in pages of 4 MiB", prom="node_memory_DirectMap4M_bytes"
    )
    direct_map_1g: int | None = gauge(
        BYTES, "Mapped by the kernel in pages of 1 GiB", prom="node_memory_DirectMap1G_bytes"
    )


NAMES = Names.of(Meminfo, "node_memory_")


class MeminfoCollector:
    """/proc/meminfo, of which psutil reads a part."""

    name: ClassVar[str] = "meminfo"
    records: ClassVar[tuple[type[Record], ...]] = (Meminfo,)
    period: ClassVar[float] = 0.0

    def __init__(self, proc: str = PROC) -> None:
        self._path = f"{proc}/meminfo"

    def collect(self) -> Iterable[Record]:
        yield parse_meminfo(read_file(self._path))


def parse_meminfo(text: bytes) -> Meminfo:
    """The file, kibibytes made bytes. Raises ValueError where it has nothing of it."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        name, _, value = line.partition(b":")
        number, _, unit = value.strip().partition(b" ")
        # node_exporter's spelling of `Active(anon)`, and `_bytes` where there is a unit.
        spelled = name.replace(b"(", b"_").replace(b")", b"") + (b"_bytes" if unit else b"")
        field = NAMES.fields.get(spelled)
        if field is not None:
            found[field] = int(number) * (BYTES_A_KIBIBYTE if unit else 1)
    if not found:
        raise ValueError(f"/proc/meminfo reads {text[:60]!r}")
    return Meminfo(**found)
