"""What a compiler printed: kept whole in a file, and a bounded part of it to show."""

import contextlib
import hashlib
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from rpkpy.errors import BuildError
from rpkpy.project.project import Project

# A failing build may print without end; nobody reads more than this on a terminal.
_SHOWN_HEAD = 100
_SHOWN_TAIL = 100
_SHOWN_LINE = 1_000
_MAX_FILE_CHARACTERS = 32 * 1024 * 1024
_WARNING = re.compile(r"\bwarning\b", re.IGNORECASE)


class OutputLog:
    """The output of one build. A context manager: the file `folder/NAME-HASH.log` is open inside it."""

    def __init__(self, folder: Path, project: Project, follow: Callable[[str], None]) -> None:
        root = hashlib.sha256(str(project.root).encode()).hexdigest()[:8]
        self.path = folder / f"{project.manifest.name}-{root}.log"
        self.has_warnings = False
        self._follow = follow
        self._head: list[str] = []
        self._tail: deque[str] = deque(maxlen=_SHOWN_TAIL)
        self._lines = 0
        self._room = _MAX_FILE_CHARACTERS
        self._file: TextIO | None = None

    def __enter__(self) -> "OutputLog":
        with contextlib.suppress(OSError):  # a build must not fail for its log
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("w", encoding="utf-8")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def line(self, text: str) -> None:
        """Take one line of output."""
        self._lines += 1
        self._room -= len(text)
        if self._file is not None and self._room > 0:
            with contextlib.suppress(OSError):
                self._file.write(f"{text}\n")
        self.has_warnings = self.has_warnings or bool(_WARNING.search(text))
        shown = text if len(text) <= _SHOWN_LINE else f"{text[:_SHOWN_LINE]} ..."
        if len(self._head) < _SHOWN_HEAD:
            self._head.append(shown)
        else:
            self._tail.append(shown)
        self._follow(shown)

    def shown(self) -> str:
        """The output, the middle left out when it is long."""
        left_out = self._lines - len(self._head) - len(self._tail)
        middle = [f"... {left_out} lines left out, all are in {self.path}"] if left_out else []
        return "\n".join([*self._head, *middle, *self._tail])

    def explain(self, error: BuildError) -> BuildError:
        """`error` with the compiler's output as its cause, and where the whole of it is."""
        if not self._lines:
            return error
        where = f"The compiler's whole output: {self.path}"
        return BuildError(error.message, cause=self.shown(), fix=f"{error.fix}\n{where}" if error.fix else where)
