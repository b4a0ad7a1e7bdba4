"""Modules compiled for the broker's settings."""

import atexit
import hashlib
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import wasmtime  # noqa: TID253
from wasmtime import _ffi as ffi  # noqa: TID253

from rpkpy.engine import linking, shim
from rpkpy.engine.cache import ModuleCache
from rpkpy.errors import InvalidError
from rpkpy.wasm import abi
from rpkpy.wasm.limits import BROKER, GUEST_STACK_BYTES, Limits

_MAGIC = b"\0asm\1\0\0\0"
# 64-bit hosts reserve a guest's whole address range, so its memory never moves while it grows.
_RESERVED_BYTES = 4 << 30

# One for the process, as there is one wasmtime engine.
_shims: list[wasmtime.Module] = []
atexit.register(_shims.clear)  # freed while wasmtime's functions are still there, which they are not at the very end
_shim_lock = threading.Lock()


@cache
def shared_engine() -> wasmtime.Engine:
    """The broker's settings (src/v/wasm/wasmtime.cc): wasm 2.0 with multi-memory, relaxed SIMD and tail calls."""
    config = wasmtime.Config()
    config.consume_fuel = True
    config.max_wasm_stack = GUEST_STACK_BYTES
    config.wasm_multi_memory = True
    config.wasm_relaxed_simd = True
    config.wasm_tail_call = True
    config.wasm_threads = False
    config.wasm_memory64 = False
    config.wasm_exceptions = False
    config.wasm_gc = False
    config.wasm_function_references = False
    ffi.wasmtime_config_memory_reservation_set(config.ptr(), _RESERVED_BYTES)
    ffi.wasmtime_config_memory_may_move_set(config.ptr(), False)
    return wasmtime.Engine(config)


class CompiledModule:
    """A module in machine code, ready for any number of instances, in any thread.

    `module` is prepared for the shim (see `linking`); `memory` is the type of the memory that it gets, None for a
    module without one, and `data` what is to be written there before it starts: (address, content).
    """

    def __init__(
        self,
        engine: "Engine",
        module: wasmtime.Module,
        imports: Sequence[tuple[str, str]],
        memory: wasmtime.MemoryType | None,
        data: Sequence[tuple[int, bytes]],
    ) -> None:
        self.engine = engine
        self.module = module
        self.imports = imports
        self.memory = memory
        self.data = data


class Engine:
    """Compiles modules and sets the limits under which their instances run.

    `cache_dir` keeps machine code between processes, for the owner of that folder alone. An engine may be used from
    several threads.
    """

    def __init__(self, limits: Limits = BROKER, *, cache_dir: Path | None = None) -> None:
        self.limits = limits
        self.wasmtime_engine = shared_engine()
        self._cache = ModuleCache(cache_dir, self.wasmtime_engine) if cache_dir is not None else None

    def compile(self, wasm: bytes) -> CompiledModule:
        """Compile `wasm` and check that a broker could link it.

        Raises InvalidError for what is no module, for an import that the broker does not provide, and for a module
        without `_start` or `memory`.
        """
        if not wasm.startswith(_MAGIC):
            raise InvalidError(
                "The file is not a WebAssembly module.",
                cause="It does not begin with the magic bytes and version 1 of a core module.",
                fix="Build the project with `rpkpy transform build`, or name the .wasm file that your compiler made.",
            )
        prepared = linking.prepare(wasm)
        try:
            compiled = self._compiled(prepared.code)
        except wasmtime.WasmtimeError as error:
            raise InvalidError("The module does not compile.", cause=str(error)) from None
        # Each look at a type makes objects on both sides of the C interface, so it is one look.
        imports = [(item.module, item.name or "", item.type) for item in compiled.imports]
        memory = None
        if prepared.memory is not None:
            memory = wasmtime.MemoryType(wasmtime.Limits(prepared.memory.minimum, prepared.memory.maximum))
            imports.pop()
        _check_imports(imports)
        _check_exports(compiled)
        names = [(module, name) for module, name, _ in imports]
        return CompiledModule(self, compiled, names, memory, prepared.data)

    def shim(self) -> wasmtime.Module:
        """The shim that every instance is linked to."""
        with _shim_lock:
            if not _shims:
                _shims.append(self._compiled(shim.text().encode()))
            return _shims[0]

    def _compiled(self, content: bytes) -> wasmtime.Module:
        """A module, binary or text, in machine code; from the cache where that has it."""
        if self._cache is None:
            return wasmtime.Module(self.wasmtime_engine, content)
        sha256 = hashlib.sha256(content).digest()
        compiled = self._cache.load(sha256)
        if compiled is None:
            compiled = wasmtime.Module(self.wasmtime_engine, content)
            self._cache.store(sha256, compiled)
        return compiled


def _check_imports(imports: Sequence[tuple[str, str, object]]) -> None:
    """InvalidError for an import that no broker provides."""
    for module, name, type in imports:
        expected = abi.LINK_TABLE.get((module, name))
        if not isinstance(type, wasmtime.FuncType) or expected is None:
            raise InvalidError(
                f"The module imports {module}.{name}, which the broker does not provide.",
                fix="Build for wasm32-wasip1 with a transform SDK; there are no files, sockets or threads.",
            )
        params = tuple(str(param) for param in type.params)
        results = tuple(str(result) for result in type.results)
        if (params, results) != (tuple(expected.params), tuple(expected.results)):
            raise InvalidError(
                f"The module imports {module}.{name} with another type than the broker's.",
                cause=f"({', '.join(params)}) -> ({', '.join(results)}) instead of "
                f"({', '.join(expected.params)}) -> ({', '.join(expected.results)}).",
            )


def _check_exports(module: wasmtime.Module) -> None:
    exports = {item.name: item.type for item in module.exports}
    start = exports.get("_start")
    if not isinstance(start, wasmtime.FuncType) or start.params or start.results:
        raise InvalidError("The module exports no function _start of type () -> ().", fix="Build it as a program.")
    if not isinstance(exports.get("memory"), wasmtime.MemoryType):
        raise InvalidError("The module exports no memory called memory.", fix="Build it as a WASI program.")
