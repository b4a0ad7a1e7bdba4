"""Files that appear whole or not at all: written beside their place, then renamed."""

import os
import tempfile
from pathlib import Path


def replace(path: Path, content: bytes | bytearray, *, mode: int = 0o600, sync: bool = False) -> None:
    """Make `content` the content of `path`, whose folder exists, with this mode.

    `sync` waits until the bytes are on the disk, for what cannot be made again. Raises OSError; then nothing of it is
    left and what was at `path` is as it was.
    """
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        if mode != 0o600:  # what mkstemp gives
            temporary.chmod(mode)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
