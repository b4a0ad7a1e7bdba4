"""The Python runtime for tests: programs in it under the broker's limits, and its interpreter without a broker."""

import os
import struct
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import wasmtime  # noqa: TID253
from wasmtime import _ffi as ffi  # noqa: TID253

from rpkpy.runtimes import python, recipe
from rpkpy.runtimes.recipe import Recipe
from rpkpy.runtimes.workbench import Workbench
from rpkpy.toolchains import interpreters
from rpkpy.toolchains.base import BuildRequest
from rpkpy.wasm.limits import BROKER, GUEST_STACK_BYTES, Limits
from tests.runtimes.program import Running

SDK = recipe.guests_dir() / "python" / "sdk"


@cache
def runtime() -> tuple[Recipe, bytes, Workbench]:
    """The recipe, the runtime's module and a workbench that keeps it compiled."""
    folder = Path(os.environ["RPKPY_RUNTIMES_DIR"])
    request = BuildRequest(folder, "", folder, (), os.environ, folder.parent, print)
    made, module = interpreters.runtime("python", request)
    return made, module, Workbench(interpreters.compiled(request))


def embed(files: Mapping[str, str], entry: str = "transform.py") -> bytes:
    """The transform that `files` make."""
    _, module, workbench = runtime()
    texts = {name: text.encode() for name, text in files.items()}
    return python.embed(module, entry, texts.get, workbench, SDK)[0]


class Program(Running):
    """A program, by its text or its files, compiled for the broker's limits."""

    def __init__(self, files: str | Mapping[str, str], limits: Limits = BROKER) -> None:
        super().__init__(embed({"transform.py": files} if isinstance(files, str) else files), limits)


class _Exit(Exception):
    """The guest ended or asked for records."""


class Interpreter:
    """Runs scripts in an interpreter with the broker's stack and memory, each in an instance of its own.

    Memory accesses are checked as on a broker, where functions' frames are larger than with guard pages. The
    interpreter is MicroPython, or the runtime `module`, whose `load` puts scripts in.
    """

    def __init__(self, module: bytes | None = None) -> None:
        config = wasmtime.Config()
        config.max_wasm_stack = GUEST_STACK_BYTES
        config.consume_fuel = True
        ffi.wasmtime_config_memory_reservation_set(config.ptr(), 0)
        ffi.wasmtime_config_memory_guard_size_set(config.ptr(), 0)
        self._engine = wasmtime.Engine(config)
        self._module = wasmtime.Module(self._engine, module or runtime()[1])

    def run(self, files: list[tuple[str, bytes]]) -> tuple[bytes, bytes, str | None]:
        """Standard output, standard error, and the trap (None: the script ended by itself)."""
        store = wasmtime.Store(self._engine)
        store.set_limits(memory_size=BROKER.memory_bytes)
        store.set_fuel(100 * BROKER.fuel)
        printed: dict[int, bytearray] = {1: bytearray(), 2: bytearray()}
        linker = wasmtime.Linker(self._engine)
        exports: dict[str, Any] = {}

        def memory(start: int, size: int) -> bytes:
            return bytes(exports["memory"].read(store, start, start + size))

        def fd_write(stream: int, vectors: int, count: int, out: int) -> int:
            total = 0
            for pointer, size in struct.iter_unpack("<II", memory(vectors, 8 * count)):
                printed[stream] += memory(pointer, size)
                total += size
            exports["memory"].write(store, struct.pack("<I", total), out)
            return 0

        def zeros(*pointers: int) -> int:
            exports["memory"].write(store, bytes(8), pointers[-1])
            return 0

        def end(*_: int) -> None:
            raise _Exit

        known: dict[str, Callable[..., Any]] = {
            "fd_write": fd_write,
            "proc_exit": end,
            "read_batch_header": end,
            "check_abi_version_2": lambda: None,
        }
        for entry in self._module.imports:
            function = known.get(entry.name or "", zeros)
            assert isinstance(entry.type, wasmtime.FuncType)
            linker.define(store, entry.module, entry.name or "", wasmtime.Func(store, entry.type, function))
        instance = linker.instantiate(store, self._module)
        exports.update({entry.name: instance.exports(store)[entry.name] for entry in self._module.exports})

        def call(name: str, content: bytes) -> tuple[int, bytes]:
            """What an export answers to `content`, and the result that it leaves."""
            address = exports["rpkpy_alloc"](store, len(content))
            exports["memory"].write(store, content, address)
            answer = exports[name](store, address, len(content))
            exports["rpkpy_free"](store, address, len(content))
            return answer, memory(exports["rpkpy_result"](store), exports["rpkpy_result_size"](store))

        trap = None
        try:
            wrong = self.load(files, call)
            printed[2] += wrong
            if not wrong:
                exports["_start"](store)
        except _Exit:
            pass
        except (wasmtime.Trap, wasmtime.WasmtimeError) as error:
            trap = str(error)
        return bytes(printed[1]), bytes(printed[2]), trap

    def load(self, files: list[tuple[str, bytes]], call: Callable[[str, bytes], tuple[int, bytes]]) -> bytes:
        """Put `files`, the first one first, into the interpreter by `call`; what is wrong with them."""
        content = struct.pack("<I", len(files))
        for path, source in files:
            content += struct.pack("<II", len(path.encode()), len(source)) + path.encode() + source
        failed, result = call("rpkpy_compile", content)
        return result if failed else b""
