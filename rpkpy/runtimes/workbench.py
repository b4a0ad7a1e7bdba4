"""Runs a runtime's module while something is built: its exports are called, its memory is written and read.

There is no broker: its functions trap, the clock stands still, randomness is constant, so that the same program gives
the same bytes. What the guest prints is kept.
"""

import struct
from collections.abc import Callable
from pathlib import Path

import wasmtime  # noqa: TID253

from rpkpy.engine.cache import ModuleCache
from rpkpy.errors import BuildError
from rpkpy.wasm.abi import WASI

# Compilers of languages recurse with the depth of a program's text; a thread's own stack has room for this much.
_STACK_BYTES = 1 << 20
_MEMORY_BYTES = 256 << 20
_OK = 0


class Workbench:
    """Compiled runtimes, kept in the folder `cache`; makes instances of them."""

    def __init__(self, cache: Path | None = None) -> None:
        config = wasmtime.Config()
        config.max_wasm_stack = _STACK_BYTES
        self.engine = wasmtime.Engine(config)
        self._cache = ModuleCache(cache, self.engine) if cache is not None else None

    def instance(self, wasm: bytes) -> "Guest":
        """A new instance of `wasm`."""
        module = self._cache.load(wasm) if self._cache else None
        if module is None:
            module = wasmtime.Module(self.engine, wasm)
            if self._cache:
                self._cache.store(wasm, module)
        return Guest(self.engine, module)


class Guest:
    """One instance, not started. Every method raises BuildError when the guest traps or runs out of memory."""

    def __init__(self, engine: wasmtime.Engine, module: wasmtime.Module) -> None:
        self.printed = bytearray()
        self._store = wasmtime.Store(engine)
        self._store.set_limits(memory_size=_MEMORY_BYTES)
        linker = wasmtime.Linker(engine)
        system: dict[str, Callable[..., int]] = {
            "fd_write": self._fd_write,
            "clock_time_get": self._clock_time_get,
            "environ_sizes_get": self._none,
            "args_sizes_get": self._none,
        }
        for entry in module.imports:
            function = system.get(entry.name or "") if entry.module == WASI else None
            if function is not None and isinstance(entry.type, wasmtime.FuncType):
                linker.define(self._store, WASI, entry.name or "", wasmtime.Func(self._store, entry.type, function))
        linker.define_unknown_imports_as_traps(module)
        self._exports = linker.instantiate(self._store, module).exports(self._store)
        memory = self._exports["memory"]
        assert isinstance(memory, wasmtime.Memory)  # noqa: S101  # every runtime of ours
        self._memory = memory

    def call(self, name: str, *arguments: int) -> int:
        """Call the export `name`; its result, or 0 when it has none."""
        function = self._exports[name]
        assert isinstance(function, wasmtime.Func)  # noqa: S101
        try:
            return int(function(self._store, *arguments) or 0)
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            said = self.printed.decode("utf-8", "replace").strip()
            raise BuildError("The runtime failed while it was building.", cause=said or str(error)) from error

    def put(self, content: bytes) -> int:
        """Memory of the guest's own that holds `content` and a zero behind it; its address. `free` takes it back."""
        address = self.call("rpkpy_alloc", len(content) + 1)
        if address == 0:
            raise BuildError("The program is too large for the runtime's memory.")
        self._memory.write(self._store, content + b"\0", address)
        return address

    def free(self, address: int, content: bytes) -> None:
        """Give back what `put` took."""
        self.call("rpkpy_free", address, len(content) + 1)

    def result(self) -> bytes:
        """What the last call left as its result."""
        address, size = self.call("rpkpy_result"), self.call("rpkpy_result_size")
        return bytes(self._memory.read(self._store, address, address + size))

    def memory(self) -> bytes:
        """The whole memory."""
        return bytes(self._memory.read(self._store))

    def _fd_write(self, _fd: int, vectors: int, count: int, out: int) -> int:
        total = 0
        for pointer, size in struct.iter_unpack("<II", self._memory.read(self._store, vectors, vectors + 8 * count)):
            self.printed += self._memory.read(self._store, pointer, pointer + size)
            total += size
        self._memory.write(self._store, struct.pack("<I", total), out)
        return _OK

    def _clock_time_get(self, _clock: int, _precision: int, out: int) -> int:
        self._memory.write(self._store, bytes(8), out)
        return _OK

    def _none(self, count: int, size: int) -> int:
        self._memory.write(self._store, bytes(4), count)
        self._memory.write(self._store, bytes(4), size)
        return _OK
