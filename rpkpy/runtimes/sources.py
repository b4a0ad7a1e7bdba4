"""Fetches a runtime's sources from pip's package index or a mirror of Debian; checks their sum, unpacks them."""

import hashlib
import shutil
import sys
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from rpkpy import download
from rpkpy.archive import Bounds, unpack
from rpkpy.errors import BuildError, InvalidError, RpkpyError, ToolchainError, UnreachableError, UsageError
from rpkpy.runtimes import debian

Run = Callable[[Sequence[str], Path], None]
"""Runs a command in a folder. BuildError when it fails, with what it printed."""

# An engine's sources are some megabytes.
_BOUNDS = Bounds(archive_bytes=64 << 20, unpacked_bytes=256 << 20, members=10_000)


@dataclass(frozen=True, slots=True)
class Source:
    """An archive of sources: its file's name and sum, the folder inside to use, and who has it.

    That is pip's package index by `requirement`, or a source package of Debian by `debian` (`NAME=VERSION`) in `suite`.
    """

    requirement: str
    archive: str
    sha256: str
    folder: str
    debian: str = ""
    suite: str = ""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel of a package index: what to ask for, and the sums of the platforms' files."""

    requirement: str
    sha256: tuple[str, ...]


def fetch(source: Source, cache: Path, run: Run) -> Path:
    """The archive of `source`, in the folder `cache`; nothing is fetched when it is there whole."""
    kept = cache / source.archive
    if kept.is_file() and _sum(kept) == source.sha256:
        return kept
    if source.debian:
        return _fetch_debian(source, cache, run)
    return _fetch(source.requirement, (source.sha256,), ("--no-binary", ":all:"), cache, run)


def fetch_wheel(wheel: Wheel, cache: Path, run: Run) -> Path:
    """The file of `wheel` for this machine, in the folder `cache`."""
    return _fetch(wheel.requirement, wheel.sha256, ("--only-binary", ":all:"), cache, run)


def _fetch(requirement: str, sums: Sequence[str], options: Sequence[str], cache: Path, run: Run) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".fetch-", dir=cache))
    try:
        # pip looks into a source distribution to name it, so it is to check the sum before that, and rpkpy after
        wanted = folder / "requirements.txt"
        wanted.write_text(" ".join((requirement, *(f"--hash=sha256:{sum}" for sum in sums))) + "\n", encoding="utf-8")
        pip = (sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--disable-pip-version-check")
        asked = ("--require-hashes", "--requirement", str(wanted), "--dest", str(folder / "got"))
        try:
            run((*pip, *options, *asked), folder)
        except BuildError as error:
            raise UnreachableError(
                f"{requirement} could not be fetched.",
                cause=error.cause or error.message,
                fix="Check that pip is installed and reaches a package index (`pip config list` names it), or install "
                "rpkpy from its wheel, which carries the built runtimes.",
            ) from error
        got = sorted((folder / "got").glob("*"))
        if len(got) != 1:
            raise InvalidError(f"pip fetched {len(got)} files for {requirement}, not one.")
        check(got[0], sums)
        return got[0].replace(cache / got[0].name)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetch_debian(source: Source, cache: Path, run: Run) -> Path:
    cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".fetch-", dir=cache))
    fix = (
        f"Set {debian.MIRROR} to the address of a mirror of Debian's archive, or put {source.archive}\n"
        f"(sha256 {source.sha256}) into {cache},\nor install rpkpy from its wheel, which carries the runtimes."
    )
    try:
        tried: RpkpyError | None = None
        for address in debian.addresses(source.debian, source.archive, folder, run):
            try:
                download.fetch(address, folder / source.archive, source.sha256, _BOUNDS, fix=fix)
                return (folder / source.archive).replace(cache / source.archive)
            except (UnreachableError, UsageError, InvalidError) as error:
                tried = tried or error
        assert tried is not None  # noqa: S101  # there is an address
        if isinstance(tried, InvalidError):
            raise tried
        cause = " ".join(filter(None, (tried.message, tried.cause)))
    except (BuildError, ToolchainError) as error:
        cause = error.cause or error.message
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    raise UnreachableError(
        f"The sources of {source.debian} (Debian {source.suite}) could not be fetched.", cause=cause, fix=fix
    )


def check(archive: Path, sums: Collection[str]) -> None:
    """InvalidError unless `archive` has one of the sums that are pinned."""
    found = _sum(archive)
    if found not in sums:
        raise InvalidError(
            f"{archive.name} is not what it should be; it was not unpacked.",
            cause=f"Its sha256 is {found}, not {' or '.join(sums)}.",
            fix="Try again; if it stays so, the package index or something on the way to it sends another file.",
        )


def unpacked(archive: Path, source: Source, to: Path) -> Path:
    """Unpack a checked archive into the new folder `to`; returns the folder of it that holds the engine."""
    check(archive, (source.sha256,))
    unpack(archive, to, _BOUNDS)
    return to / source.folder


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
