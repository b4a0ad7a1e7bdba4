"""A lock between processes: a file, held by flock, let go by the system when its holder dies."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rpkpy.errors import LocalError

_POLL_S = 0.05


@contextmanager
def file_lock(path: Path, *, waiting: Callable[[], None], timeout_s: float = 120.0) -> Iterator[None]:
    """Hold `path` alone. `waiting` is called once when another process holds it; LocalError after `timeout_s`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        deadline = time.monotonic() + timeout_s
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LocalError(
                        f"{path} is held by another rpkpy process for more than {timeout_s:.0f} s.",
                        fix="Wait for it, or end it, and run the command again.",
                    ) from None
                if not told:
                    waiting()
                    told = True
                time.sleep(_POLL_S)
        yield  # closing the file lets the lock go
