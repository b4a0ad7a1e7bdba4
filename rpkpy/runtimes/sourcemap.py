"""Source maps (ECMA-426): the user's file and line of a place in a bundle, and the table of these in a module.

A bundle's lines and columns count from 1 here, as QuickJS counts them. A map's columns are those of UTF-16, which are
those of the text where it is ASCII: esbuild writes it so.
"""

import bisect
import json
import posixpath
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from rpkpy.batches.varint import zigzag
from rpkpy.errors import BuildError

_DIGITS = {char: at for at, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")}
_NO_FILE = -1
_NONE = (_NO_FILE, 0)
_BLOCK = 32
_MOST = (1 << 31) - 2


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """From `line` and `column` of the bundle on, up to the next entry, all is of `file_line` in the file `file`.

    `file` is the file's number, -1 where there is none: what a bundler adds of its own.
    """

    line: int
    column: int
    file: int
    file_line: int


class SourceMap:
    """`files` are the map's sources, `entries` where in the bundle another file or line of a file begins."""

    def __init__(self, files: tuple[str, ...], entries: tuple[Entry, ...]) -> None:
        self.files = files
        self.entries = entries

    def find(self, line: int, column: int) -> tuple[str, int] | None:
        """The file and the line in it of a place in the bundle; None where it is of no file."""
        at = bisect.bisect_right(self.entries, (line, column), key=lambda entry: (entry.line, entry.column))
        entry = self.entries[at - 1] if at else None
        return (self.files[entry.file], entry.file_line) if entry and entry.file != _NO_FILE else None

    def table(self) -> bytes:
        """The map as a module has it: runtimes/javascript/places.c says how. Words are little-endian."""
        blocks = [self.entries[at : at + _BLOCK] for at in range(0, len(self.entries), _BLOCK)]
        content = [b"".join(_steps(block)) for block in blocks]
        names = [name.encode() + b"\0" for name in self.files]
        at = 4 + 12 * len(blocks) + 4 * len(names)
        index = [struct.pack("<I", len(self.entries))]
        for block, code in zip(blocks, content, strict=True):
            index.append(struct.pack("<III", block[0].line, block[0].column, at))
            at += len(code)
        for name in names:
            index.append(struct.pack("<I", at))
            at += len(name)
        return b"".join((*index, *content, *names))


def parse(content: bytes, folder: str = "") -> SourceMap:
    """The source map in `content`, whose sources' names count from `folder`. BuildError when it is none."""
    try:
        data = json.loads(content)
        files = tuple(_name(str(name), folder) for name in data["sources"])
        entries = tuple(_changes(_segments(data["mappings"])))
        if any(not _NO_FILE <= entry.file < len(files) for entry in entries):
            raise ValueError("it names a source that it does not have")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BuildError("The bundle's source map cannot be read.", cause=str(error)) from error
    return SourceMap(files, entries)


def _name(source: str, folder: str) -> str:
    """A source as the log shows it; a NUL would end it in the table."""
    return posixpath.normpath(posixpath.join(folder, source)).replace("\0", "?")


def _segments(mappings: str) -> Iterator[Entry]:
    """Each mapping of the map, and one of no file for a line without."""
    file = file_line = 0
    for number, line in enumerate(mappings.split(";"), 1):
        column = 0
        for segment in filter(None, line.split(",")):
            values = _values(segment)
            if values[0] < 0:
                raise ValueError("its columns go back")
            column += values[0]
            if len(values) >= 4:
                file += values[1]
                file_line += values[2]
            if column > _MOST or not 0 <= file_line <= _MOST:
                raise ValueError("a place is out of bounds")
            yield (
                Entry(number, column + 1, file, file_line + 1)
                if len(values) >= 4
                else Entry(number, column + 1, *_NONE)
            )
        if not line:
            yield Entry(number, 1, *_NONE)


def _values(segment: str) -> list[int]:
    """The numbers of a segment: base 64, five bits a digit from the low ones up, the sign in the lowest."""
    values, value, shift = [], 0, 0
    for char in segment:
        digit = _DIGITS[char]
        value |= (digit & 31) << shift
        shift += 5
        if digit < 32:
            values.append(-(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
        elif shift > 60:
            raise ValueError("a number is too long")
    if shift or not values:
        raise ValueError("a segment ends inside a number")
    return values


def _changes(segments: Iterator[Entry]) -> Iterator[Entry]:
    """Those segments that begin another file or line."""
    last = _NONE
    for entry in segments:
        if (entry.file, entry.file_line) != last:
            last = (entry.file, entry.file_line)
            yield entry


def _steps(block: tuple[Entry, ...]) -> Iterator[bytes]:
    begin = Entry(block[0].line, block[0].column, 0, 0)
    for before, entry in pairwise((begin, *block)):
        lines = entry.line - before.line
        column = entry.column if lines else entry.column - before.column
        yield b"".join(map(zigzag, (lines, column, entry.file - before.file, entry.file_line - before.file_line)))
