"""Templates of strangers for tests, and what a run of them left in the world."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rpkpy.project import scaffold
from rpkpy.project.scaffold import bounded, foreign, values

TOML = """
title = "Mine"
languages = ["c"]
needs = ["a compiler"]
makes = "a file"
readme = "About {{ name }}."
"""


def template(root: Path, files: Mapping[str, str], toml: str = TOML) -> Path:
    """A template in the new folder `root`, of these files."""
    for path, text in {"template.toml": toml, "project/transform.c": "int main;\n", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def create(
    given: str | Path, target: Path, pattern: str | None = None, **pairs: Any
) -> tuple[scaffold.Created, foreign.Opened]:
    """A project named `demo` in `target` from the first template at `given`."""
    environ = {**os.environ, "HOME": str(target.parent)}
    with foreign.opened(str(given), cwd=target.parent, environ=environ) as source:
        first = source.templates[0]
        made = scaffold.create(
            first,
            language=first.languages[0],
            pattern=next(iter(first.patterns)) if pattern is None else pattern,
            directory=target,
            name="demo",
            given=values.settled(first.values, pairs, bounded.mismatches),
            origin=source.origin,
        )
        return made, source


def content(root: Path) -> dict[str, str]:
    """Each file below `root` and its text."""
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("*") if path.is_file()}


def everything(root: Path) -> dict[str, tuple[int, int]]:
    """Each path below `root`, links not followed, with its kind and time of change."""
    return {str(path): (path.lstat().st_mode, path.lstat().st_mtime_ns) for path in root.rglob("*")}


@contextmanager
def nothing_written(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """After the block everything below `root` is as it was, and temporary files are gone."""
    temporary = root / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    before = everything(root)
    yield
    after = everything(root)
    before.pop(str(temporary)), after.pop(str(temporary))
    assert after == before
    assert list(temporary.iterdir()) == []
