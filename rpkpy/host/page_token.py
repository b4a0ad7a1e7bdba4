"""The token that signs in to the page: in a file that its owner alone can read."""

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

from rpkpy import atomic
from rpkpy.errors import ConfigError

FILE_NAME = "host-page-token"
_MOST_BYTES = 1_024
_LEAST_CHARS = 16


def made(folder: Path, warn: Callable[[str], None]) -> tuple[str, Path]:
    """The token in `folder`, made where there is none, and its file. Raises and warns as `read`."""
    path = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            atomic.replace(path, secrets.token_urlsafe(32).encode() + b"\n")
    except OSError as error:
        raise ConfigError(
            f"The page's token cannot be written to {path}.",
            cause=error.strerror,
            fix="Name a file that holds one with --page-token-file.",
        ) from error
    return read(path, warn), path


def read(path: Path, warn: Callable[[str], None]) -> str:
    """The token in the file. Raises ConfigError where there is none; `warn` is told of a file that others can read."""
    try:
        with path.open("rb") as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                warn(f"Others can read {path}, which signs in to the host's page: chmod 600 {path}")
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"The page's token cannot be read from {path}.",
            cause=error.strerror,
            fix="Name a file with a token of your own, or leave --page-token-file out: one is made.",
        ) from error
    token = content.decode("utf-8", "replace").strip()
    if len(content) > _MOST_BYTES or len(token) < _LEAST_CHARS or not token.isprintable():
        raise ConfigError(
            f"{path} holds no token.",
            cause=f"A token is {_LEAST_CHARS} characters or more on one line, {_MOST_BYTES} bytes at most.",
            fix=f"head -c 32 /dev/urandom | base64 > {path}",
        )
    return token
