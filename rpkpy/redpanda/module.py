"""A module on its way to a cluster: streamed from its file, or from memory."""

import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from rpkpy.errors import UsageError

CHUNK_BYTES = 64 * 1024
MAX_BYTES = 128 * 1024 * 1024
"""What data_transforms_binary_max_size goes up to: no cluster takes more."""


class Module:
    """The bytes to deploy, `size` of them; `name` is how the person knows the module.

    They can be read again, for an attempt after one that failed. An open file stays the same module when a build
    replaces it meanwhile; one that is written over is noticed (UsageError). Closed at the end of its `with` block.
    """

    def __init__(self, data: bytes | BinaryIO, name: str = "the module") -> None:
        self._file = io.BytesIO(data) if isinstance(data, bytes) else data
        self.name = name
        self.size = self._file.seek(0, io.SEEK_END)
        self._stamp = self._modified()
        self.sent: Callable[[int], None] = lambda count: None
        """Told how many bytes have been handed on, from 0 again with each attempt."""

    @classmethod
    def open(cls, path: Path, name: str) -> "Module":
        """The module in the file `path`; UsageError where there is none to read, or one that no cluster takes."""
        fix = "Name a module, NAME.wasm, with --file."
        if not path.exists():
            raise UsageError(
                f"missing {name!r}.", fix="Build it first: rpkpy transform build; or name a module with --file."
            )
        if not path.is_file():  # a pipe would be waited for
            raise UsageError(
                f"unable to read {name!r}: it is {'a folder' if path.is_dir() else 'no regular file'}.", fix=fix
            )
        try:
            module = cls(path.open("rb"), name)
        except OSError as error:
            raise UsageError(f"unable to read {name!r}: {error.strerror or error}.", fix=fix) from error
        if module.size > MAX_BYTES:
            module.close()
            raise UsageError(f"{name!r} is larger than {MAX_BYTES >> 20} MiB, which no cluster takes.", fix=fix)
        return module

    def __enter__(self) -> "Module":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def beginning(self, count: int) -> bytes:
        """The first `count` bytes."""
        self._file.seek(0)
        return self._file.read(count)

    def read(self) -> bytes:
        """All of it."""
        return b"".join(self._parts())

    def chunks(self) -> Iterator[bytes]:
        """All of it in pieces, from the beginning; `sent` is told of each."""
        done = 0
        self.sent(done)
        for part in self._parts():
            yield part
            done += len(part)
            self.sent(done)

    def _parts(self) -> Iterator[bytes]:
        self._file.seek(0)
        left = self.size
        while part := self._file.read(min(CHUNK_BYTES, left)):
            left -= len(part)
            yield part
        if left or self._modified() != self._stamp:
            raise UsageError(
                f"{self.name} changed while it was read.", fix="Deploy again once nothing writes to it any more."
            )

    def _modified(self) -> tuple[int, int] | None:
        if isinstance(self._file, io.BytesIO):
            return None
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns


@dataclass(frozen=True, slots=True)
class Framed:
    """A body that is streamed: the module with something before and behind it."""

    head: bytes
    module: Module
    tail: bytes = b""

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self.head) + self.module.size + len(self.tail)

    def chunks(self) -> Iterator[bytes]:
        """All of it in pieces, from the beginning."""
        yield self.head
        yield from self.module.chunks()
        yield self.tail
