"""Machine code kept between processes."""

import contextlib
import hashlib
import os
import stat
from importlib import metadata
from pathlib import Path

import wasmtime  # noqa: TID253

from rpkpy import atomic

# Part of each key: raise it when the engine's settings change (wasmtime itself refuses code of other settings).
_SETTINGS = "3"
_SUM_BYTES = hashlib.sha256().digest_size


class ModuleCache:
    """Compiled modules in a folder; reads only what this user wrote and nobody else can change, as it is native code.

    A file's name is a hash of the module, wasmtime's version and the engine's settings; it is wasmtime's serialised
    module (an ELF image, which may have more behind it) and the sha256 of that, since wasmtime itself does not notice
    a flipped bit. Files appear whole (written aside, then renamed). Whatever goes wrong with the folder costs time and
    nothing else.
    """

    def __init__(self, folder: Path, engine: wasmtime.Engine) -> None:
        self._folder = folder
        self._engine = engine
        self._version = metadata.version("wasmtime")

    def _path(self, sha256: bytes) -> Path:
        key = hashlib.sha256(f"{_SETTINGS}\n{self._version}\n".encode() + sha256)
        return self._folder / f"{key.hexdigest()}.cwasm"

    def _private(self, path: Path) -> bool:
        status = path.lstat()
        return status.st_uid == os.getuid() and not status.st_mode & 0o022 and not stat.S_ISLNK(status.st_mode)

    def load(self, sha256: bytes) -> wasmtime.Module | None:
        """The machine code of the module with this hash, or None when it is not there or not to be trusted."""
        path = self._path(sha256)
        try:
            if not (self._private(self._folder) and self._private(path) and _whole(path)):
                return None
            return wasmtime.Module.deserialize_file(self._engine, str(path))
        except (OSError, wasmtime.WasmtimeError):
            return None

    def store(self, sha256: bytes, module: wasmtime.Module) -> None:
        """Keep `module` for later processes."""
        with contextlib.suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self._private(self._folder):
                return
            code = module.serialize()
            atomic.replace(self._path(sha256), bytes(code) + hashlib.sha256(code).digest())


def _whole(path: Path) -> bool:
    """Whether the file is what was written: it ends with the sum of the rest."""
    content = path.read_bytes()
    code = memoryview(content)[:-_SUM_BYTES]
    return hashlib.sha256(code).digest() == content[-_SUM_BYTES:]
