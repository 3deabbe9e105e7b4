"""Made-up kernels: directories that look like /proc (tests/fixtures/kernel)."""

from pathlib import Path

from monitor.model.metric import METADATA_KEY, Record
from tests.collectors.sources import FIXTURES

MODERN = str(FIXTURES / "kernel" / "linux-6.18")
OLDER = str(FIXTURES / "kernel" / "linux-4.18")
OLDEST = str(FIXTURES / "kernel" / "linux-2.6.32")


def text(proc: str, name: str) -> bytes:
    """A file of one of them."""
    return Path(proc, name).read_bytes()


def exported(record_type: type[Record]) -> dict[str, str]:
    """The name in the Prometheus text of each field that has one."""
    return {
        name: field.metadata[METADATA_KEY].export.name
        for name, field in record_type.__dataclass_fields__.items()  # type: ignore[attr-defined]
        if METADATA_KEY in field.metadata and field.metadata[METADATA_KEY].export.name
    }


def shown(record: Record) -> dict[str, object]:
    """What is known of a record, by its name in the Prometheus text; the scale is left out."""
    return {
        name: value
        for field, name in exported(type(record)).items()
        if (value := getattr(record, field)) is not None
    }
