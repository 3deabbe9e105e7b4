"""What machine this is, to Prometheus."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from monitor.collectors import machine
from monitor.collectors.machine import (
    Dmi,
    MachineCollector,
    OsRelease,
    OsSupport,
    Uname,
    parse_os_release,
)
from monitor.model.metric import Record
from tests.collectors.exporter import compare, ours, theirs, with_exporter
from tests.collectors.sources import known, on_linux
from tests.collectors.trees import grow

NOWHERE = Path("/nowhere")
UBUNTU = """\
PRETTY_NAME="Ubuntu 24.04.1 LTS"
NAME="Ubuntu"
VERSION_ID='24.04.1'
VERSION="24.04.1 LTS (Noble Numbat)"
VERSION_CODENAME=noble
# ID=nothing
ID=ubuntu
ID_LIKE=debian
SUPPORT_END=2029-05-31
HOME_URL="https://example.org/?a=b"
ODD="a \\"word\\" and a \\$"
BROKEN="no end
NOTHING
"""


def read(collector: MachineCollector) -> dict[type[Record], Any]:
    found = list(collector.collect())
    assert len({type(record) for record in found}) == len(found)
    return {type(record): record for record in found}


def os_release(at: Path, text: str) -> Path:
    path = at / "os-release"
    path.write_text(text)
    return path


def labels(records: Iterable[Record], name: str) -> dict[str, str]:
    samples, types = ours(records)
    assert types[name] == "gauge"
    (pairs,) = (pairs for series, pairs in samples if series == name)
    assert samples[name, pairs] == 1
    return dict(pairs)


def test_it_is_called_what_the_kernel_calls_it(tmp_path: Path) -> None:
    (tmp_path / "sys" / "kernel").mkdir(parents=True)
    (tmp_path / "sys" / "kernel" / "domainname").write_text("(none)\n")
    found = read(MachineCollector(str(tmp_path), (), NOWHERE))
    assert found.keys() == {Uname}
    sysname, nodename, release, version, hardware = os.uname()
    assert labels(found.values(), "node_uname_info") == {
        "sysname": sysname,
        "nodename": nodename,
        "release": release,
        "version": version,
        "machine": hardware,
        "domainname": "(none)",
    }


def test_the_system_is_what_it_says_it_is(tmp_path: Path) -> None:
    path = os_release(tmp_path, UBUNTU)
    found = read(MachineCollector(str(NOWHERE), (NOWHERE, path), NOWHERE))
    assert labels([found[OsRelease]], "node_os_info") == {
        "id": "ubuntu",
        "id_like": "debian",
        "name": "Ubuntu",
        "pretty_name": "Ubuntu 24.04.1 LTS",
        "version": "24.04.1 LTS (Noble Numbat)",
        "version_id": "24.04.1",
        "version_codename": "noble",
    }
    samples, _ = ours([found[OsRelease]])
    place = frozenset({("id", "ubuntu"), ("id_like", "debian"), ("name", "Ubuntu")})
    assert samples["node_os_version", place] == 24.04
    assert found[OsSupport].end == 1874880000


def test_values_are_quoted_as_for_a_shell() -> None:
    found = parse_os_release(UBUNTU)
    assert found["ODD"] == 'a "word" and a $'
    assert found["HOME_URL"] == "https://example.org/?a=b"
    assert {"BROKEN", "NOTHING", "# ID"} & found.keys() == set()


@pytest.mark.parametrize(
    ("version", "number"), [("12", 12), ("9.7.2", 9.7), ("rolling", None), ("", None), ("v1", None)]
)
def test_a_version_that_is_no_number_is_none(
    tmp_path: Path, version: str, number: float | None
) -> None:
    path = os_release(tmp_path, f'ID=x\nVERSION_ID="{version}"\nSUPPORT_END=some day\n')
    found = read(MachineCollector(str(NOWHERE), (path,), NOWHERE))
    assert found[OsRelease].number == number
    assert OsSupport not in found


def test_a_system_that_is_upgraded_is_seen(tmp_path: Path) -> None:
    path = os_release(tmp_path, "ID=x\nVERSION_ID=1\n")
    collector = MachineCollector(str(NOWHERE), (path,), NOWHERE)
    first, second = read(collector), read(collector)
    assert first[OsRelease] is second[OsRelease]
    os_release(tmp_path, "ID=x\nVERSION_ID=2\n")
    assert read(collector)[OsRelease].number == 2
    path.unlink()
    assert OsRelease not in read(collector)


@on_linux
@with_exporter
def test_of_the_firmware_node_exporter_says_the_same(tmp_path: Path) -> None:
    root = grow("dmi/desktop.tree", tmp_path)
    found = read(MachineCollector(str(NOWHERE), (), root / "class/dmi/id"))[Dmi]
    assert found.product_name == 'PowerEdge "R6515" <b>'
    assert known(found) & {"product_uuid", "product_serial"} == set()
    (root / "class/dmi/id/product_uuid").unlink()  # node_exporter does without all of it then
    compare(ours([found]), theirs(root, "dmi"))


def test_firmware_is_read_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    root = grow("dmi/desktop.tree", tmp_path)
    collector = MachineCollector(str(NOWHERE), (), root / "class/dmi/id")
    first = read(collector)[Dmi]

    def fail(path: str) -> None:
        raise AssertionError(path)

    monkeypatch.setattr(machine, "read_line", fail)
    assert read(collector)[Dmi] is first


def test_a_machine_without_firmware_is_silent() -> None:
    assert Dmi not in read(MachineCollector(str(NOWHERE), (), NOWHERE))
