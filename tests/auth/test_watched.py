"""A file of secrets is read again when it changes, and what is wrong leaves what was."""

from pathlib import Path

import pytest

from monitor.auth import secret_file
from monitor.auth.watched import Watched


def test_each_change_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    secret_file.write(path, b"one")
    watched = Watched(path, secret_file.read)
    assert watched.value == b"one" and not watched.refresh()
    # Of the same length: another file stands there.
    secret_file.write(path, b"two")
    assert watched.refresh() and watched.value == b"two"
    assert not watched.refresh()


def test_what_others_can_read_leaves_what_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "secret"
    secret_file.write(path, b"one")
    watched = Watched(path, secret_file.read)
    path.write_bytes(b"two")
    path.chmod(0o644)
    assert not watched.refresh() and watched.value == b"one"
    assert [record.message for record in caplog.records] == ["secret.refused"]
    # It is said once; and once that is mended, it counts.
    assert not watched.refresh() and len(caplog.records) == 1
    path.chmod(0o600)
    assert watched.refresh() and watched.value == b"two"
