"""Archives from elsewhere, unpacked so that nothing leaves the folder they are unpacked into."""

import os
import shutil
import tarfile
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path, PurePosixPath

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
                left -= max(0, member.size)
                if left < 0 or members > bounds.members:
                    raise InvalidError("The archive unpacks to more than a toolchain can need.")
                _place(tar, member, to.resolve())
    except InvalidError:
        raise
    except Exception as error:  # tarfile meets damaged archives with TypeError, KeyError, RuntimeError and others
        raise InvalidError("The archive cannot be unpacked.", cause=str(error)) from error


def _place(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path) -> None:
    """Make one member below `root`. TarFile.extract is not used: where a link cannot be made, it puts another member
    of the archive in its place, which nobody has looked at.
    """
    target = root / member.name
    if not _stays(member, root, target):
        raise InvalidError(f"The archive holds {member.name!r}, which would leave its folder or is no file.")
    target.parent.mkdir(parents=True, exist_ok=True)
    if member.isdir():
        target.mkdir(exist_ok=True)
    elif member.issym():
        target.symlink_to(member.linkname)
    elif member.islnk():
        target.hardlink_to(root / member.linkname)
    else:
        content = tar.extractfile(member)
        assert content is not None  # noqa: S101  # it is a regular file
        with content, target.open("xb") as file:
            shutil.copyfileobj(content, file)
        target.chmod(0o755 if member.mode & 0o100 else 0o644)


def _stays(member: tarfile.TarInfo, root: Path, target: Path) -> bool:
    """Whether a member is a file, folder or link that neither stands nor leads outside of `root`."""
    path, link = PurePosixPath(member.name), PurePosixPath(member.linkname)
    if path.is_absolute() or ".." in path.parts or "\0" in member.name + member.linkname:
        return False
    if not path.parts:  # `./`, with which many archives begin
        return member.isdir()
    # A link that came before must not be gone through to the outside, nor written over.
    if not target.parent.resolve().is_relative_to(root):
        return False
    if os.path.lexists(target):
        return member.isdir() and target.is_dir() and not target.is_symlink()
    if member.islnk():
        named = root / link
        inside = not link.is_absolute() and ".." not in link.parts and named.parent.resolve().is_relative_to(root)
        return inside and named.is_file() and not named.is_symlink()
    if member.issym():
        # Where .. stands behind a name, it depends on what a later member makes of that name.
        up = len(link.parts) - len([*dropwhile(lambda part: part == "..", link.parts)])
        leading = bool(link.parts) and not link.is_absolute() and ".." not in link.parts[up:]
        return leading and (target.parent.resolve() / link).resolve().is_relative_to(root)
    return member.isreg() or member.isdir()
