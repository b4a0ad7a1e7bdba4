"""Deployed modules: in chunks in a compacted topic, addressed by their hash; compiled once for all partitions."""

import hashlib
import threading
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.host.journal import Memory
from rpkpy.host.model import ModuleRef
from rpkpy.wasm.limits import Limits

if TYPE_CHECKING:
    from rpkpy.engine import CompiledModule, Engine

# Half of what a topic takes by default (max.message.bytes, 1 MiB), whatever the batch around it costs.
CHUNK_BYTES = 512 * 1024


class ModuleLost(Exception):
    """Chunks of a module are missing from its topic, or are not what was written."""


class Modules:
    """The modules of all deployed transforms. Thread-safe.

    `cache_dir` keeps machine code between runs of a host on this machine; without it each start compiles anew.
    """

    def __init__(self, memory: Memory, limits: Limits, cache_dir: Path | None = None) -> None:
        self._memory = memory
        self._limits = limits
        self._cache_dir = cache_dir
        # Compiling takes seconds, and both cores: one at a time, and nobody else waits for it.
        self._compiling = threading.Lock()
        self._engine: Engine | None = None
        self._compiled: dict[str, CompiledModule] = {}

    def store(self, wasm: bytes | memoryview) -> ModuleRef:
        """Write `wasm` unless it is there already, and return what finds it again."""
        sha256 = hashlib.sha256(wasm).hexdigest()
        chunks = [wasm[at : at + CHUNK_BYTES] for at in range(0, len(wasm), CHUNK_BYTES)]
        missing = [
            (_key(sha256, index), bytes(chunk))
            for index, chunk in enumerate(chunks)
            if self._memory.get(_key(sha256, index)) is None
        ]
        self._memory.write(missing)
        return ModuleRef(sha256, len(wasm), len(chunks))

    def read(self, ref: ModuleRef) -> bytes:
        """The module's bytes; ModuleLost where they are not all there."""
        chunks = [self._memory.get(_key(ref.sha256, index)) for index in range(ref.chunks)]
        wasm = b"".join(chunk for chunk in chunks if chunk is not None)
        if hashlib.sha256(wasm).hexdigest() != ref.sha256:
            raise ModuleLost(f"the module {ref.sha256} is not whole in its topic")
        return wasm

    def compiled(self, ref: ModuleRef) -> "CompiledModule":
        """The module ready to run: compiled at the first call, shared by later ones.

        Raises ModuleLost, or what the engine raises for a module that it cannot link.
        """
        from rpkpy.engine import Engine

        with self._compiling:
            module = self._compiled.get(ref.sha256)
            if module is None:
                if self._engine is None:
                    self._engine = Engine(self._limits, cache_dir=self._cache_dir)
                module = self._compiled[ref.sha256] = self._engine.compile(self.read(ref))
            return module

    def keep_only(self, wanted: Collection[str]) -> None:
        """Remove every module whose hash is not in `wanted`."""
        for sha256 in set(self._compiled) - set(wanted):
            self._compiled.pop(sha256, None)
        self._memory.write([(key, None) for key in self._memory.items() if _hash_in(key) not in wanted])


def _key(sha256: str, index: int) -> bytes:
    return f"{sha256}/{index}".encode()


def _hash_in(key: bytes) -> str:
    return key.partition(b"/")[0].decode("ascii", "replace")
