"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from rpkpy import atomic


@pytest.mark.parametrize("sync", [False, True])
def test_content_and_mode(tmp_path: Path, sync: bool) -> None:
    path = tmp_path / "file"
    atomic.replace(path, b"one", sync=sync)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"one", 0o600)
    atomic.replace(path, bytearray(b"two"), mode=0o644, sync=sync)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"two", 0o644)
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"before")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="No space"):
            atomic.replace(path, b"after")
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        atomic.replace(tmp_path / "none" / "file", b"x")
