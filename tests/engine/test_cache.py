"""Compiled code kept between processes."""

import os
from pathlib import Path

import pytest

from rpkpy.engine import Engine
from tests.engine.guest import ECHO, batch, run, values, wasm


def _files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_code_is_kept_private_and_used_again(tmp_path: Path) -> None:
    folder = tmp_path / "modules"
    Engine(cache_dir=folder).compile(wasm(ECHO))
    (kept,) = _files(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert kept.stat().st_mode & 0o077 == 0
    before = kept.stat()
    module = Engine(cache_dir=folder).compile(wasm(ECHO))
    assert values(run(module, batch(b"a"))) == [b"a"]
    after = kept.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)  # read, not written again


def test_another_module_is_another_file(tmp_path: Path) -> None:
    engine = Engine(cache_dir=tmp_path / "modules")
    engine.compile(wasm(ECHO))
    engine.compile(wasm(""))
    assert len(_files(tmp_path / "modules")) == 2


@pytest.mark.parametrize("content", [b"", b"garbage", b"\x7fELF" + b"\0" * 200])
def test_damaged_code_is_compiled_anew(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "modules"
    Engine(cache_dir=folder).compile(wasm(ECHO))
    (kept,) = _files(folder)
    kept.write_bytes(content)
    assert values(run(Engine(cache_dir=folder).compile(wasm(ECHO)), batch(b"a"))) == [b"a"]
    assert kept.stat().st_size > len(content)


def test_one_flipped_bit_is_noticed(tmp_path: Path) -> None:
    """wasmtime would run the code as it is: what it does then is anybody's guess."""
    folder = tmp_path / "modules"
    Engine(cache_dir=folder).compile(wasm(ECHO))
    (kept,) = _files(folder)
    good = kept.read_bytes()
    for place in range(len(good) // 20, len(good), len(good) // 10):
        damaged = bytearray(good)
        damaged[place] ^= 1
        kept.write_bytes(damaged)
        assert values(run(Engine(cache_dir=folder).compile(wasm(ECHO)), batch(b"a"))) == [b"a"]
        assert kept.read_bytes() == good  # compiled anew, and kept


@pytest.mark.parametrize("place", ["folder", "file"])
def test_code_that_others_can_change_is_not_loaded(tmp_path: Path, place: str) -> None:
    folder = tmp_path / "modules"
    engine = Engine(cache_dir=folder)
    engine.compile(wasm(ECHO))
    (kept,) = _files(folder)
    # Code of another module under this one's name: loading it would show.
    other = tmp_path / "other"
    Engine(cache_dir=other).compile(wasm(""))
    kept.write_bytes(_files(other)[0].read_bytes())
    (folder if place == "folder" else kept).chmod(0o777 if place == "folder" else 0o666)
    assert values(run(Engine(cache_dir=folder).compile(wasm(ECHO)), batch(b"a"))) == [b"a"]


@pytest.mark.skipif(os.getuid() != 0, reason="files of another user are root's to make")
@pytest.mark.parametrize("place", ["folder", "file"])
def test_code_of_another_user_is_not_loaded(tmp_path: Path, place: str) -> None:
    folder, other = tmp_path / "modules", tmp_path / "other"
    Engine(cache_dir=folder).compile(wasm(ECHO))
    Engine(cache_dir=other).compile(wasm(""))
    (kept,) = _files(folder)
    kept.write_bytes(_files(other)[0].read_bytes())
    os.chown(folder if place == "folder" else kept, 12_345, -1)
    assert values(run(Engine(cache_dir=folder).compile(wasm(ECHO)), batch(b"a"))) == [b"a"]


def test_link_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / "modules"
    Engine(cache_dir=folder).compile(wasm(ECHO))
    (kept,) = _files(folder)
    other = tmp_path / "other"
    Engine(cache_dir=other).compile(wasm(""))
    kept.unlink()
    kept.symlink_to(_files(other)[0])
    assert values(run(Engine(cache_dir=folder).compile(wasm(ECHO)), batch(b"a"))) == [b"a"]


def test_folder_that_cannot_be_made_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    module = Engine(cache_dir=tmp_path / "file" / "modules").compile(wasm(ECHO))
    assert values(run(module, batch(b"a"))) == [b"a"]
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208
