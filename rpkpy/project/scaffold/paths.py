"""The files of a template, and the paths of a project: what is read is files alone, what is written stays inside."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NoReturn

from rpkpy.errors import ProjectError

MAX_FILES = 2_000
MAX_FILE_BYTES = 1024 * 1024
MAX_PROJECT_BYTES = 16 * 1024 * 1024
_MAX_PART_BYTES = 255
_MAX_PATH_BYTES = 1_000

# What tools leave in a folder, and a folder's own history: no part of a template.
_NOT_PROJECT_FILES = {".git", "__pycache__", ".DS_Store", "target", "node_modules"}
# Windows opens a device, whatever the extension.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\..*)?", re.IGNORECASE)


def files_below(folder: Path) -> Iterator[PurePosixPath]:
    """The paths of the files in `folder`, sorted, without what tools leave there; none where there is no folder.

    ProjectError for a symbolic link or a special file, and for more than MAX_FILES or MAX_PROJECT_BYTES: a template is
    files alone, and few.
    """
    count = size = 0
    if not folder.is_dir():
        return
    for root, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if name not in _NOT_PROJECT_FILES)
        kept = sorted(name for name in names if name not in _NOT_PROJECT_FILES)
        for name in (*folders, *kept):
            path = Path(root, name)
            found = path.lstat()
            if stat.S_ISLNK(found.st_mode):
                raise ProjectError(f"Template file {name} is a symbolic link.", cause=_NO_LINKS)
            if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
                raise ProjectError(f"Template file {name} is no regular file.", cause=_NO_LINKS)
            count, size = count + 1, size + found.st_size
            check_amount(count, size)
        yield from (PurePosixPath(Path(root, name).relative_to(folder).as_posix()) for name in kept)


_NO_LINKS = "A template is made of folders and regular files alone."


def _unreadable(error: OSError) -> NoReturn:
    raise ProjectError("The template cannot be read.", cause=f"{error.filename}: {error.strerror}") from error


def check_amount(count: int, size: int) -> None:
    """ProjectError where a template has more files, or more bytes, than a project can need."""
    if count > MAX_FILES:
        raise ProjectError(f"The template has more files than a project can need: the most is {MAX_FILES:,}.")
    if size > MAX_PROJECT_BYTES:
        raise ProjectError(f"The template is more than a project can need: the most is {MAX_PROJECT_BYTES >> 20} MiB.")


def below(path: PurePosixPath) -> PurePosixPath:
    """`path` when it is a file's path in the project on every system; ProjectError when it would leave it."""
    if path.is_absolute() or not path.parts:
        raise ProjectError(f"A template's path leaves the project: {path}.")
    if len(str(path).encode("utf-8", "surrogatepass")) > _MAX_PATH_BYTES:
        raise ProjectError(f"A template's path has over {_MAX_PATH_BYTES:,} bytes: {str(path)[:80]}...")
    for part in path.parts:
        if reason := _why_not(part):
            raise ProjectError(f"A template's path {reason}: {path}.")
    return path


def _why_not(part: str) -> str | None:
    """Why a file or folder of a project cannot be called `part`, or None."""
    # file systems that fold names see neither these characters nor case
    folded = "".join(c for c in unicodedata.normalize("NFKC", part) if unicodedata.category(c) != "Cf").casefold()
    reasons = (
        (part == ".." or "\\" in part or ":" in part, "leaves the project"),
        (any(ord(character) < 32 or ord(character) == 127 for character in part), "holds control characters"),
        (any("\ud800" <= character <= "\udfff" for character in part), "is not UTF-8"),
        (folded.rstrip(" .") in (".git", "git~1"), "is git's own, in which commands can stand"),
        (_DEVICE.fullmatch(part) is not None, "is the name of a device on Windows"),
        (part.endswith((" ", ".")), "ends in a space or a dot, which Windows drops"),
        (len(part.encode("utf-8", "surrogatepass")) > _MAX_PART_BYTES, f"has a part of over {_MAX_PART_BYTES} bytes"),
    )
    return next((reason for failed, reason in reasons if failed), None)


def check_together(wanted: Iterable[PurePosixPath]) -> None:
    """ProjectError where two of the paths cannot stand beside each other, on every system."""
    files = set(wanted)
    spelled: dict[str, PurePosixPath] = {}
    for path in sorted({step for file in files for step in (file, *file.parents[:-1])}):
        other = spelled.setdefault(unicodedata.normalize("NFC", str(path)).casefold(), path)
        if other != path:
            raise ProjectError(f"Two of the template's paths differ in case alone: {other} and {path}.")
        if clash := next((parent for parent in path.parents[:-1] if parent in files), None):
            raise ProjectError(f"The template makes {clash} both a file and a folder.")
