"""Files of secrets: who else may read them, and that they are whole."""

import os
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from monitor.auth import secret_file
from monitor.auth.secret_file import Refused, why_not_secret

OWN = os.geteuid()
ANOTHER = 4711
PATH = Path("/x")


def status(mode: int, owner: int, kind: int = stat.S_IFREG) -> Any:
    return SimpleNamespace(st_mode=kind | mode, st_uid=owner)


@pytest.mark.parametrize(
    ("mode", "owner", "secret"),
    [
        (0o600, OWN, True),
        (0o400, OWN, True),
        (0o640, OWN, False),
        (0o604, OWN, False),
        (0o620, OWN, False),
        (0o602, OWN, False),
        (0o600, ANOTHER, False),
        (0o404, 0, False),
    ],
)
def test_a_secret_is_what_nobody_else_can_read(mode: int, owner: int, secret: bool) -> None:
    assert (why_not_secret(status(mode, owner), PATH, OWN) is None) is secret


def test_what_root_hands_to_a_service_by_its_group_is_a_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: ANOTHER)
    assert why_not_secret(status(0o440, 0), PATH, 0) is None
    assert why_not_secret(status(0o460, 0), PATH, 0) is not None
    assert why_not_secret(status(0o440, ANOTHER), PATH, 0) is not None


def test_a_directory_is_none(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not a file"):
        secret_file.read(tmp_path)


def test_it_is_written_whole_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        path = tmp_path / "new" / "secret"
        secret_file.write(path, b"one")
        secret_file.write(path, b"two")
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert secret_file.read(path) == b"two"
    assert os.listdir(path.parent) == ["secret"]


def test_what_cannot_be_written_leaves_what_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secret"
    secret_file.write(path, b"one")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        secret_file.write(path, b"two")
    assert path.read_bytes() == b"one" and os.listdir(tmp_path) == ["secret"]


@pytest.mark.skipif(OWN != 0, reason="needs root")
def test_written_by_root_it_is_the_directorys_owners(tmp_path: Path) -> None:
    os.chown(tmp_path, ANOTHER, ANOTHER)
    secret_file.write(tmp_path / "secret", b"one")
    assert (tmp_path / "secret").stat().st_uid == ANOTHER
    # And is read again, to be added to; not so where somebody else has put it, or others read it.
    assert secret_file.read(tmp_path / "secret") == b"one"
    (tmp_path / "secret").chmod(0o640)
    with pytest.raises(Refused, match="by others"):
        secret_file.read(tmp_path / "secret")
    os.chown(tmp_path, 0, 0)
    with pytest.raises(Refused, match="another user"):
        secret_file.read(tmp_path / "secret")
