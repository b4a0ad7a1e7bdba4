"""A module's file, read for judging."""

from pathlib import Path

from rpkpy.errors import UsageError

# A broker takes at most 128 MiB (data_transforms_binary_max_size); a file above this is not read.
MAX_FILE_BYTES = 256 * 1024 * 1024


def read(path: Path, shown: str | None = None) -> bytes:
    """The bytes of the file `path`, called `shown` in messages. UsageError when there is none to read."""
    name = shown or str(path)
    if path.is_dir():
        inside = sorted(path.glob("*.wasm"))
        fix = f"Name the module: {name.rstrip('/')}/{inside[0].name}." if inside else "Name a .wasm file."
        raise UsageError(f"{name} is a folder.", fix=fix)
    if not path.exists():
        raise UsageError(f"There is no file {name}.", fix="Build it with rpkpy transform build, or name another.")
    if not path.is_file():
        raise UsageError(f"{name} is not a regular file.", fix="Name a .wasm file.")
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name} cannot be read.", cause=error.strerror) from error
    if len(data) > MAX_FILE_BYTES:
        raise UsageError(f"{name} is larger than {MAX_FILE_BYTES >> 20} MiB, which no broker takes.")
    return data
