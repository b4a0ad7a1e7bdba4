"""A project's files into its folder: nothing of it when something is in the way, and nothing through a link."""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from rpkpy.errors import ProjectError
from rpkpy.project.manifest import FILE_NAME


def check_target(directory: Path, files: Mapping[PurePosixPath, object], force: bool) -> None:
    """ProjectError where the files cannot be written without harm: through a link, or over others without `force`."""
    if directory.exists() and not directory.is_dir():
        raise ProjectError(f"{directory.name} is a file.", fix="Name another folder.")
    if (directory / FILE_NAME).exists() and not force:
        raise ProjectError(
            f"There is a transform in this folder already: {directory / FILE_NAME}.",
            fix="Name another folder, or pass --force to replace its files.",
        )
    taken: list[str] = []
    for file in sorted(files):
        for parent in reversed(file.parents[:-1]):
            folder = directory / parent
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise ProjectError(f"{parent} is in the way: it is a link or a file where a folder must be.")
        target = directory / file
        if target.is_dir() and not target.is_symlink():
            raise ProjectError(f"{file} is in the way: it is a folder where a file must be.")
        if os.path.lexists(target):
            taken.append(str(file))
    if taken and not force:
        some = ", ".join(taken[:5]) + (f" and {len(taken) - 5} more" if len(taken) > 5 else "")
        raise ProjectError(
            "Files of the project are there already; nothing was written.",
            cause=some,
            fix="Name another folder, or pass --force to replace them.",
        )


def write(directory: Path, files: Mapping[PurePosixPath, tuple[bytes, int]]) -> None:
    """Write path → content and mode below `directory`: whole where it is new, else file by file."""
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        fresh = not directory.exists()
        staging = Path(tempfile.mkdtemp(prefix=".rpkpy-init-", dir=directory.parent if fresh else directory))
    except OSError as error:
        raise ProjectError(f"{directory} cannot be made.", cause=error.strerror) from error
    try:
        for path, (content, mode) in files.items():
            target = staging / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(mode)
        if fresh:
            staging.chmod(0o755)
            staging.rename(directory)
            return
        for path in files:
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (staging / path).replace(directory / path)
    except OSError as error:
        raise ProjectError(f"{directory} cannot be written.", cause=error.strerror) from error
    finally:
        if staging.exists():
            shutil.rmtree(staging, ignore_errors=True)
