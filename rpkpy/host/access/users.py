"""The users of a host's Admin API: a file that its owner alone can read, one line a user.

    NAME ROLE SECRET

NAME is without blanks and colons, ROLE `superuser` or `user`, SECRET as in credentials.py. Empty lines, and those that
begin with #, are left out.
"""

import logging
import os
import stat
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from rpkpy import atomic
from rpkpy.errors import ConfigError, UsageError
from rpkpy.host.access import credentials
from rpkpy.host.access.credentials import Password, Token

logger = logging.getLogger("rpkpy.host")

ROLES = ("superuser", "user")
_MOST_BYTES = 1024 * 1024
_MOST_NAME_CHARS = 128
_LOOK_S = 1.0


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may use the Admin API: a `superuser` all of it, others what only shows."""

    name: str
    superuser: bool
    secret: Password | Token

    @property
    def role(self) -> str:
        """As the file has it."""
        return ROLES[0] if self.superuser else ROLES[1]


def check_name(name: str) -> None:
    """UsageError for what cannot be a user's name."""
    fits = 0 < len(name) <= _MOST_NAME_CHARS and name.isprintable() and not name.startswith("#")
    if not fits or any(char in ": " for char in name):
        raise UsageError(
            f"{name!r} cannot be a user's name.",
            cause=f"A name is 1 to {_MOST_NAME_CHARS} characters without blanks and colons, and does not begin with #.",
        )


def read(path: Path) -> dict[str, User]:
    """The users in the file, by name. Raises ConfigError: no file, one that others can read, a line that is none."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            f"The Admin API's users cannot be read from {path}.",
            cause=error.strerror,
            fix="Make the file: rpkpy host user add NAME --superuser --admin-users FILE",
        ) from error
    if os.name == "posix" and mode & 0o077:
        raise ConfigError(
            f"Others can read or change {path}, which says who may use the Admin API.",
            cause=f"Its mode is {mode:04o}.",
            fix=f"chmod 600 {path}, and new passwords if it was so for long.",
        )
    return _parsed(path, content)


def write(path: Path, users: Mapping[str, User]) -> None:
    """Make these the users in the file, whose folder exists; a running host takes them over. Raises ConfigError."""
    lines = [f"{user.name} {user.role} {user.secret}\n" for user in users.values()]
    try:
        atomic.replace(path, "".join(lines).encode(), sync=True)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written.", cause=error.strerror) from error


class Users:
    """The users of a running host, read anew when the file changes. Thread-safe.

    The constructor raises as `read`. A file that cannot be used any more changes nothing: the host says so in its log.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._now = now
        self._lock = threading.Lock()
        self._seen = _stamp(path)
        self._users = read(path)
        self._look_at = now() + _LOOK_S

    def all(self) -> Mapping[str, User]:
        """By name; a second behind the file at most."""
        with self._lock:
            if self._now() >= self._look_at:
                self._look_at = self._now() + _LOOK_S
                self._look()
            return self._users

    def _look(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            self._users = read(self._path)
            logger.info("%d users of the Admin API", len(self._users))
        except ConfigError as error:
            logger.warning("the users stay as they were: %s %s", error.message, error.cause or "")


def _stamp(path: Path) -> tuple[int, ...]:
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_size, found.st_mtime_ns, found.st_mode


def _parsed(path: Path, content: bytes) -> dict[str, User]:
    if len(content) > _MOST_BYTES:
        raise ConfigError(f"{path} is larger than {_MOST_BYTES >> 20} MiB.")
    users: dict[str, User] = {}
    for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, role, secret = line.split()
            check_name(name)
            if role not in ROLES or name in users:
                raise ValueError("another role, or a name twice")
            users[name] = User(name, role == ROLES[0], credentials.parse(secret))
        except (ValueError, UsageError):
            raise ConfigError(
                f"Line {number} of {path} is no user.",
                cause="A line is NAME ROLE SECRET: a name once, superuser or user, the hash of a password or a token.",
                fix="Let rpkpy host user add write it.",
            ) from None
    return users
