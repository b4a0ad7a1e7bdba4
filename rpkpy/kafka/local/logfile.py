"""Log files of the local cluster: their last lines, and what is added to them."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

_BLOCK = 64 * 1024
_POLL_S = 0.1


def tail(path: Path, lines: int) -> list[str]:
    """The last `lines` lines of `path`, without reading what is before them; empty when there is no file."""
    return _tail(path, lines)[0]


def follow(path: Path, lines: int = 0) -> Iterator[str]:
    """The last `lines` lines, then lines as they are added, for ever; survives rotation and a file not there yet."""
    last, position, inode = _tail(path, lines)
    yield from last
    rest = b""
    while True:
        try:
            status = path.stat()
        except FileNotFoundError:
            position, inode, rest = 0, None, b""
            time.sleep(_POLL_S)
            continue
        if status.st_ino != inode or status.st_size < position:
            position, rest = 0, b""
        inode = status.st_ino
        if status.st_size == position:
            time.sleep(_POLL_S)
            continue
        with path.open("rb") as file:
            file.seek(position)
            data = file.read(_BLOCK)
        position += len(data)
        *complete, rest = (rest + data).split(b"\n")
        for line in complete:
            yield line.decode("utf-8", "replace")


def _tail(path: Path, lines: int) -> tuple[list[str], int, int | None]:
    """The last lines, and the position and inode where the file ended."""
    try:
        with path.open("rb") as file:
            inode = os.fstat(file.fileno()).st_ino
            end = position = file.seek(0, os.SEEK_END)
            data = b""
            while position > 0 and data.count(b"\n") <= lines:
                step = min(_BLOCK, position)
                position -= step
                file.seek(position)
                data = file.read(step) + data
    except FileNotFoundError:
        return [], 0, None
    data = data[: end - position]
    return (data.decode("utf-8", "replace").splitlines()[-lines:] if lines > 0 else []), end, inode
