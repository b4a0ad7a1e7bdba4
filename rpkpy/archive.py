"""Archives from elsewhere, unpacked so that nothing leaves the folder they are unpacked into."""

import lzma
import os
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from rpkpy.errors import InvalidError


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an archive may cost: bytes fetched, bytes and members unpacked, seconds of fetching."""

    archive_bytes: int = 256 * 1024 * 1024
    unpacked_bytes: int = 2 * 1024 * 1024 * 1024
    members: int = 100_000
    seconds: float = 1800.0


def unpack(archive: Path, to: Path, bounds: Bounds) -> None:
    """Unpack a .tar.gz or .tar.xz into the new folder `to`.

    InvalidError for a member that is no file, folder or link below it.
    """
    to.mkdir()
    left, members = bounds.unpacked_bytes, 0
    try:
        with tarfile.open(archive, "r|xz" if archive.suffix == ".xz" else "r|gz") as tar:
            for member in tar:
                members += 1
                left -= member.size
                if left < 0 or members > bounds.members:
                    raise InvalidError("The archive unpacks to more than a toolchain can need.")
                _check_member(member, to)
                tar.extract(member, to, **_FILTER)
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, ValueError, OSError) as error:
        raise InvalidError("The archive cannot be unpacked.", cause=str(error)) from error


# Python's own judgement on top of ours, from 3.11.4 on.
_FILTER: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


def _check_member(member: tarfile.TarInfo, to: Path) -> None:
    """Refuse what would be written, or would lead, outside `to`; take away owners and special modes."""
    path = PurePosixPath(member.name)
    kind = member.isreg() or member.isdir() or member.issym() or member.islnk()
    root, target = to.resolve(), to / member.name
    good = kind and not path.is_absolute() and ".." not in path.parts and "\0" not in member.name
    # A link that came before must not be gone through, nor written over.
    good = good and target.parent.resolve().is_relative_to(root)
    good = good and (not os.path.lexists(target) or (member.isdir() and target.is_dir() and not target.is_symlink()))
    if good and (member.issym() or member.islnk()):
        start = target.parent if member.issym() else to
        good = not PurePosixPath(member.linkname).is_absolute() and (start / member.linkname).resolve().is_relative_to(
            root
        )
    if not good:
        raise InvalidError(f"The archive holds {member.name!r}, which would leave its folder or is no file.")
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
