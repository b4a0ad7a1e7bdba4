"""A module on its way: in pieces, from the start again for each attempt, and always the same bytes."""

import os
from pathlib import Path

import pytest

from rpkpy.config.settings import HttpSettings, KafkaSettings, Settings
from rpkpy.errors import UsageError
from rpkpy.redpanda import http
from rpkpy.redpanda.admin import AdminCluster
from rpkpy.redpanda.cluster import DeploySpec
from rpkpy.redpanda.module import CHUNK_BYTES, Module
from tests.redpanda.loopback import Reply, always, in_turn, serving

CONTENT = b"\0asm\1\0\0\0" + bytes(range(256)) * 1000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.wasm"
    path.write_bytes(CONTENT)
    return path


def test_pieces_and_how_far_they_are(path: Path) -> None:
    with Module.open(path, "x.wasm") as module:
        told: list[int] = []
        module.sent = told.append
        chunks = list(module.chunks())
        assert (b"".join(chunks), module.read(), module.size) == (CONTENT, CONTENT, len(CONTENT))
        assert max(map(len, chunks)) <= CHUNK_BYTES
        assert told == [0, CHUNK_BYTES, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES, len(CONTENT)]
        assert module.beginning(4) == b"\0asm"


def test_each_attempt_sends_all_of_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)
    moved = Reply(307, "", {"Location": "/v1/transform/deploy?redirect=1"})
    with serving(in_turn(Reply(500), Reply(closed=True), moved, Reply())) as server, Module.open(path, "x") as module:
        settings = Settings(KafkaSettings(), HttpSettings((server.address,)))
        AdminCluster(settings).deploy(DeploySpec("x", "in", ("out",)), module)
    assert [asked.path.partition("?")[2] for asked in server.asked] == ["", "", "", "redirect=1"]
    for asked in server.asked:
        assert asked.body.endswith(b"}" + CONTENT)
        assert "transfer-encoding" not in asked.headers


def test_a_build_that_replaces_the_file_changes_nothing(path: Path) -> None:
    with Module.open(path, "x.wasm") as module:
        (path.parent / "new").write_bytes(b"new")
        (path.parent / "new").replace(path)
        assert b"".join(module.chunks()) == CONTENT


@pytest.mark.parametrize("written", [b"short", CONTENT[::-1], CONTENT + b"longer"])
def test_a_file_that_is_written_over_is_noticed(path: Path, written: bytes) -> None:
    with Module.open(path, "x.wasm") as module:
        path.write_bytes(written)
        os.utime(path, ns=(1, 1))
        with pytest.raises(UsageError, match=r"x\.wasm changed"):
            list(module.chunks())
        with serving(always()) as server, pytest.raises(UsageError, match=r"x\.wasm changed"):
            settings = Settings(KafkaSettings(), HttpSettings((server.address,)))
            AdminCluster(settings).deploy(DeploySpec("x", "in", ("out",)), module)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, said in (("pipe", "no regular file"), (".", "a folder"), ("missing", "missing 'missing'")):
        with pytest.raises(UsageError, match=said):
            Module.open(tmp_path / name, name)
