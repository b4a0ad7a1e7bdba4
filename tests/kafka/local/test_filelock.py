"""The lock between processes."""

import threading
from pathlib import Path

import pytest

from rpkpy.errors import LocalError
from rpkpy.kafka.local.filelock import file_lock


def test_the_second_waits_for_the_first(tmp_path: Path) -> None:
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        with file_lock(tmp_path / "lock", waiting=waiting.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with file_lock(tmp_path / "lock", waiting=lambda: None):
        thread.start()
        assert waiting.wait(10)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


def test_one_that_is_never_free_is_named(tmp_path: Path) -> None:
    second = file_lock(tmp_path / "lock", waiting=lambda: None, timeout_s=0.1)
    with file_lock(tmp_path / "lock", waiting=lambda: None), pytest.raises(LocalError, match="held by another"):
        second.__enter__()
