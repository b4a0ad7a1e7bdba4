"""Input taken by delimiter, size or pattern, read as it comes."""

import re
import select
from collections.abc import Callable
from io import UnsupportedOperation
from typing import BinaryIO

from rpkpy.errors import InvalidError

LIMIT_BYTES = 128 * 1024 * 1024
"""The largest part of a record that is looked for: an input without its delimiter must not fill the memory."""

_CHUNK = 64 * 1024
_IDLE_S = 0.05


class Source:
    """A byte stream with a buffer. `idle` is called again and again while the stream has nothing to give."""

    def __init__(self, stream: BinaryIO, idle: Callable[[], None] | None = None) -> None:
        self._stream = stream
        self._idle = idle
        self._data = bytearray()
        self._start = 0
        self.ended = False

    @property
    def exhausted(self) -> bool:
        """Whether nothing more comes; waits for input to know."""
        return not self._available(1)

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes; EOFError when there are fewer."""
        if not self._available(size):
            raise EOFError
        return self._take(size)

    def until(self, delimiter: bytes) -> tuple[bytes, bool]:
        """The bytes before `delimiter`, which is dropped; at the end of input what is left, and False."""
        searched = self._start
        while True:
            found = self._data.find(delimiter, searched)
            if found >= 0:
                data = self._take(found - self._start)
                self._start += len(delimiter)
                return data, True
            kept = max(0, len(self._data) - self._start - len(delimiter) + 1)
            if not self._more():
                return self._take(len(self._data) - self._start), False
            searched = self._start + kept

    def rest(self) -> bytes:
        """All that comes."""
        while self._more():
            pass
        return self._take(len(self._data) - self._start)

    def matching(self, pattern: re.Pattern[bytes]) -> bytes | None:
        """The longest match of `pattern` from here; None when there is none."""
        while True:
            match = pattern.match(self._data, self._start)
            if match and (match.end() < len(self._data) or self.ended):
                return self._take(match.end() - self._start)
            if not self._more() and self.ended:
                match = pattern.match(self._data, self._start)
                return self._take(match.end() - self._start) if match else None

    def json(self, decode_end: Callable[[bytes], int | None]) -> bytes:
        """The next JSON value as `decode_end` finds its end in what is buffered; EOFError when it never ends."""
        while True:
            end = decode_end(bytes(self._data[self._start :]))
            if end is not None and (end < len(self._data) - self._start or self.ended):
                return self._take(end)
            if not self._more() and decode_end(bytes(self._data[self._start :])) is None:
                raise EOFError

    def _available(self, size: int) -> bool:
        while len(self._data) - self._start < size:
            if not self._more():
                return False
        return True

    def _take(self, size: int) -> bytes:
        data = bytes(self._data[self._start : self._start + size])
        self._start += size
        return data

    def _more(self) -> bool:
        """Read on; False at the end of the input."""
        if self.ended:
            return False
        if len(self._data) - self._start > LIMIT_BYTES:
            raise InvalidError(
                f"A part of a record is longer than {LIMIT_BYTES} bytes.",
                cause="Its delimiter was not found in the input.",
                fix="Check --format.",
            )
        self._await()
        read = getattr(self._stream, "read1", self._stream.read)
        chunk: bytes = read(_CHUNK)
        del self._data[: self._start]
        self._start = 0
        self._data += chunk
        self.ended = not chunk
        return not self.ended

    def _await(self) -> None:
        if self._idle is None:
            return
        try:
            number = self._stream.fileno()
        except (UnsupportedOperation, OSError, ValueError):  # not a file of the system
            return
        while not select.select([number], [], [], _IDLE_S)[0]:
            self._idle()
