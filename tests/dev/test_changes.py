"""What counts as a change, and as one."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from rpkpy.dev.changes import CASES, SOURCES, Changes

MANIFEST = "name: demo\nlanguage: python\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "transform.yaml").write_text(MANIFEST)
    (tmp_path / "transform.py").write_text("x = 1\n")
    for folder in ("tests", "samples"):
        (tmp_path / folder).mkdir()
    (tmp_path / "tests" / "one.yaml").write_text("tests: []\n")
    return tmp_path


def seen(changes: Changes, act: Callable[[], object], wait_s: float = 1.0) -> list[frozenset[str]]:
    """The bursts that come within `wait_s` of what `act` does."""
    turns: Iterator[frozenset[str]] = iter(changes)
    threading.Timer(0.1, act).start()
    found, deadline = [], time.monotonic() + wait_s
    while time.monotonic() < deadline:
        if parts := next(turns):
            found.append(parts)
    return found


def test_an_edited_source_asks_for_a_build(project: Path) -> None:
    assert seen(Changes(project), lambda: (project / "transform.py").write_text("x = 2\n")) == [{SOURCES}]


def test_an_edited_manifest_asks_for_a_build_even_when_it_is_broken(project: Path) -> None:
    changes = Changes(project)
    assert seen(changes, lambda: (project / "transform.yaml").write_text("name: [\n")) == [{SOURCES}]
    assert seen(changes, lambda: (project / "transform.yaml").write_text(MANIFEST)) == [{SOURCES}]


@pytest.mark.parametrize("name", ["tests/one.yaml", "tests/more/two.yaml", "samples/input.jsonl"])
def test_an_edited_case_asks_for_the_tests_alone(project: Path, name: str) -> None:
    def write() -> None:
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text("{}\n")

    found = seen(Changes(project), write)
    assert found
    assert set().union(*found) == {CASES}


def test_a_burst_is_one_change(project: Path) -> None:
    def write() -> None:
        for number in range(40):
            (project / f"part{number}.py").write_text(f"x = {number}\n")
        (project / "transform.py").write_text("x = 2\n")

    assert seen(Changes(project), write) == [{SOURCES}]


def test_what_is_not_content_is_no_change(project: Path) -> None:
    def touch() -> None:
        path = project / "transform.py"
        os.utime(path)
        path.chmod(0o600)
        path.write_text(path.read_text())

    assert seen(Changes(project), touch) == []


def test_what_a_build_writes_is_no_change(project: Path) -> None:
    def write() -> None:
        (project / "demo.wasm").write_bytes(b"\0asm")
        (project / ".rpkpy-build-x").mkdir()
        (project / ".rpkpy-build-x" / "module.py").write_text("x = 1\n")

    assert seen(Changes(project), write) == []


def test_a_file_that_goes_away_is_a_change(project: Path) -> None:
    assert seen(Changes(project), (project / "transform.py").unlink) == [{SOURCES}]
