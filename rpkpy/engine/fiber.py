"""Wasmtime's asynchronous C API: guest calls that stop in the middle of a host function and go on later, on one thread.

wasmtime-py loads this API with its shared library but wraps no part of it, and its own host functions cost tens of
microseconds a call; both are reached here through ctypes, and nowhere else. Each guest runs on a stack of its own (a
fiber) inside `Call.poll`; host functions run on that stack, in the thread that polls.
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, byref, c_bool, c_char_p, c_size_t, c_uint32, c_uint64, c_void_p, cast
from dataclasses import dataclass
from typing import Any

import wasmtime  # noqa: TID253
from wasmtime import _ffi as ffi  # noqa: TID253

from rpkpy.wasm.module import FuncType

RawCallback = Callable[[Any, Any, Any, int], int]
"""(environment, caller, values, their count) -> 0, or a trap from `new_trap`.

`values` is the arguments and then the result, sixteen bytes each; as a pointer to uint32, the i32 at index n is
`values[4 * n]`.
"""

HostFunction = Callable[[Any], "int | None"]
"""values -> the i32 result, or None for a function without one; `values` as in RawCallback."""

_RAW = CFUNCTYPE(c_size_t, c_void_p, c_void_p, POINTER(c_uint32), c_size_t)
# environment, caller, arguments, their count, results, their count, trap (out), continuation (out)
_ASYNC = CFUNCTYPE(None, c_void_p, c_void_p, c_void_p, c_size_t, c_void_p, c_size_t, c_void_p, c_void_p)
# Answers whether the C string at an address is not empty, as a continuation's callback answers whether it is ready.
_IS_SET = cast(ctypes.CDLL(None).strlen, c_void_p).value
_NO_FINALIZER = cast(0, CFUNCTYPE(None, c_void_p))
_ADDRESSABLE_BYTES = 4 << 30
HIDDEN = "rpkpy.shim"
"""The name of the module whose functions stand in no backtrace."""

# A second handle on the library: prototypes of our own, cheap ones for what runs once a record.
_library = ctypes.CDLL(str(ffi.filename))
_poll = _library.wasmtime_call_future_poll
_poll.argtypes, _poll.restype = [c_void_p], c_bool
_trap_new = _library.wasmtime_trap_new
_trap_new.argtypes, _trap_new.restype = [c_char_p, c_size_t], c_void_p
set_fuel = _library.wasmtime_context_set_fuel
"""(context address, fuel) -> NULL; the store must consume fuel."""
set_fuel.argtypes, set_fuel.restype = [c_void_p, c_uint64], c_void_p
get_fuel = _library.wasmtime_context_get_fuel
"""(context address, pointer to a c_uint64) -> NULL."""
get_fuel.argtypes, get_fuel.restype = [c_void_p, c_void_p], c_void_p


def new_trap(message: str) -> int:
    """A trap for a host function to return; wasmtime takes it over."""
    text = message.encode()
    return int(_trap_new(text, len(text)))


def _check(error: Any) -> None:
    if error:
        raise wasmtime.WasmtimeError._from_ptr(error)  # noqa: SLF001


def _functype(type: FuncType) -> wasmtime.FuncType:
    kinds = {"i32": wasmtime.ValType.i32, "i64": wasmtime.ValType.i64}
    return wasmtime.FuncType([kinds[name]() for name in type.params], [kinds[name]() for name in type.results])


class Store:
    """A guest's store and everything whose life depends on it: callbacks, the linker, the running call.

    `close` frees them in the order that wasmtime needs (call, then store); it may be called twice.
    """

    def __init__(self, engine: wasmtime.Engine) -> None:
        self._callbacks: list[object] = []
        self._call: Call | None = None
        self._linker = wasmtime.Linker(engine)
        self._limits = (_ADDRESSABLE_BYTES, -1, -1, -1, -1)
        self._pointer: Any = ffi.wasmtime_store_new(engine.ptr(), None, _NO_FINALIZER)
        self.context = ffi.wasmtime_store_context(self._pointer)
        self.context_address: int = cast(self.context, c_void_p).value or 0

    def limit(self, *, memory_bytes: int, table_elements: int, instances: int, tables: int, memories: int) -> None:
        """Allow so many instances, tables and memories, and the sizes of each memory and table."""
        self._limits = (memory_bytes, table_elements, instances, tables, memories)
        ffi.wasmtime_store_limiter(self._pointer, *self._limits)

    @contextmanager
    def _unlimited_memory(self) -> Iterator[None]:
        """For memories of the host's own; no guest runs meanwhile."""
        ffi.wasmtime_store_limiter(self._pointer, _ADDRESSABLE_BYTES, *self._limits[1:])
        try:
            yield
        finally:
            ffi.wasmtime_store_limiter(self._pointer, *self._limits)

    def new_memory(self, pages: int) -> Any:
        """A memory of the host's own of this many pages, which no limit holds for; it may grow."""
        with self._unlimited_memory():
            return self.new_limited_memory(wasmtime.MemoryType(wasmtime.Limits(pages, None)))

    def new_limited_memory(self, type: wasmtime.MemoryType) -> Any:
        """A memory of `type`. WasmtimeError when its minimum is above the limit."""
        memory = ffi.wasmtime_memory_t()
        _check(ffi.wasmtime_memory_new(self.context, type.ptr(), byref(memory)))
        return memory

    def grow(self, memory: Any, pages: int) -> None:
        """Make a memory of the host's own larger."""
        with self._unlimited_memory():
            _check(ffi.wasmtime_memory_grow(self.context, byref(memory), pages, byref(c_uint64())))

    def size(self, memory: Any) -> int:
        """The bytes that `memory` has now."""
        return int(ffi.wasmtime_memory_data_size(self.context, byref(memory)))

    def view(self, memory: Any) -> memoryview:
        """The bytes that `memory` has now. A memory never moves (the engine reserves its whole address range), but it
        grows, and goes with the store."""
        return memoryview((ctypes.c_ubyte * self.size(memory)).from_address(self.address(memory))).cast("B")

    def address(self, memory: Any) -> int:
        """Where the memory's bytes stand in this process."""
        return ctypes.addressof(ffi.wasmtime_memory_data(self.context, byref(memory)).contents)

    def yield_every(self, fuel: int) -> None:
        """Let `Call.poll` return after each such amount of fuel, so that the host may look around."""
        _check(ffi.wasmtime_context_fuel_async_yield_interval(self.context, fuel))

    def define(self, module: str, name: str, type: FuncType, callback: RawCallback) -> None:
        """Link a host function that returns at once."""
        self._define(ffi.wasmtime_linker_define_func_unchecked, module, name, type, _RAW(callback),
                     ffi.wasmtime_func_unchecked_callback_t)  # fmt: skip

    def define_async(self, module: str, name: str, type: FuncType, park: "Park") -> None:
        """Link a host function that may keep the guest waiting."""
        self._callbacks.append(park)
        self._define(ffi.wasmtime_linker_define_async_func, module, name, type, park.entry,
                     ffi.wasmtime_func_async_callback_t)  # fmt: skip

    def _define(self, link: Any, module: str, name: str, type: FuncType, callback: Any, prototype: Any) -> None:
        self._callbacks.append(callback)
        m, n = module.encode(), name.encode()
        m_buffer, n_buffer = ctypes.create_string_buffer(m), ctypes.create_string_buffer(n)
        described = _functype(type)
        pointer = cast(callback, prototype)
        _check(
            link(self._linker.ptr(), m_buffer, len(m), n_buffer, len(n), described.ptr(), pointer, None, _NO_FINALIZER)
        )

    def define_memory(self, module: str, name: str, memory: Any) -> None:
        """Link a memory."""
        item = ffi.wasmtime_extern_t()
        item.kind = ffi.WASMTIME_EXTERN_MEMORY
        item.of.memory = memory
        self.define_item(module, name, item)

    def define_item(self, module: str, name: str, item: Any) -> None:
        """Link what `export` answered."""
        m, n = module.encode(), name.encode()
        m_buffer, n_buffer = ctypes.create_string_buffer(m), ctypes.create_string_buffer(n)
        _check(
            ffi.wasmtime_linker_define(
                self._linker.ptr(), self.context, m_buffer, len(m), n_buffer, len(n), byref(item)
            )
        )

    def instantiate(self, module: wasmtime.Module) -> "Call":
        """Begin to instantiate `module`; its start section runs in the call. The instance is `Call.result`."""
        instance = ffi.wasmtime_instance_t()
        call = Call(result=instance)
        call.begin(
            ffi.wasmtime_linker_instantiate_async(
                self._linker.ptr(), self.context, module.ptr(), byref(instance), byref(call.trap), byref(call.error)
            )
        )
        return self._run(call)

    def call(self, function: "ffi.wasmtime_func_t") -> "Call":
        """Begin to call an exported function of type () -> ()."""
        call = Call(result=function)
        call.begin(
            ffi.wasmtime_func_call_async(
                self.context, byref(function), None, 0, None, 0, byref(call.trap), byref(call.error)
            )
        )
        return self._run(call)

    def _run(self, call: "Call") -> "Call":
        if self._call is not None:
            self._call.close()
        self._call = call
        return call

    def export(self, instance: Any, name: str) -> Any:
        """An export (its `.of` is a union: `func`, `memory`); the module has been checked to have it."""
        item = ffi.wasmtime_extern_t()
        text = name.encode()
        found = ffi.wasmtime_instance_export_get(
            self.context, byref(instance), ctypes.create_string_buffer(text), len(text), byref(item)
        )
        if not found:
            raise LookupError(name)
        return item

    def close(self) -> None:
        """Stop the guest wherever it is and free what it holds."""
        if self._call is not None:
            self._call.close()
            self._call = None
        if self._pointer is not None:
            ffi.wasmtime_store_delete(self._pointer)
            self._pointer = None
            self._linker.close()
            self._callbacks.clear()

    def __del__(self) -> None:
        if getattr(self, "_pointer", None) is not None:
            self.close()


class Call:
    """A guest call in progress."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.trap: Any = POINTER(ffi.wasm_trap_t)()
        self.error: Any = POINTER(ffi.wasmtime_error_t)()
        self._future: Any = None
        self._address: int | None = None

    def begin(self, future: Any) -> None:
        """Take over the future that wasmtime made; it writes to `trap`, `error` and `result`."""
        self._future = future
        self._address = cast(future, c_void_p).value

    def poll(self) -> bool:
        """Run until the guest ends (true), waits in a host function, or has used a slice of fuel (false)."""
        return bool(_poll(self._address))

    def failure(self) -> "Failure | None":
        """How the ended call went wrong, if it did."""
        trap, error = self.trap, self.error
        frames = ffi.wasm_frame_vec_t()
        # The frames borrow from their error or trap, which must live until they have been read.
        if error:
            self.error = POINTER(ffi.wasmtime_error_t)()
            owned = wasmtime.WasmtimeError._from_ptr(error)  # noqa: SLF001
            ffi.wasmtime_error_wasm_trace(error, byref(frames))
            return Failure(None, str(owned), *_backtrace(frames))
        if trap:
            self.trap = POINTER(ffi.wasm_trap_t)()
            caught = wasmtime.Trap._from_ptr(trap)  # noqa: SLF001
            ffi.wasm_trap_trace(trap, byref(frames))
            return Failure(_code(caught), caught.message, *_backtrace(frames))
        return None

    def close(self) -> None:
        """Free the call; a guest that is still in it is unwound (0.1 ms)."""
        if self._address is not None:
            ffi.wasmtime_call_future_delete(self._future)
            self._address = None


@dataclass(frozen=True, slots=True)
class Failure:
    """How a call failed: the wasm trap's code in lower case (None for an error of the host's making), wasmtime's
    text, the guest's functions from the innermost outwards (those of a module called `HIDDEN` left out), and how far
    into the innermost's body it was, in bytes."""

    code: str | None
    message: str
    frames: tuple[str, ...]
    offset: int | None


def _code(trap: wasmtime.Trap) -> str | None:
    try:
        code = trap.trap_code
    except ValueError:  # one that this wasmtime-py has no name for
        return "trap"
    return code.name.lower() if code else None


def _backtrace(frames: Any) -> tuple[tuple[str, ...], int | None]:
    """Function names of the frames (their indices where the module has no names) and the first one's offset in its
    body. The frames are freed."""
    names: list[str] = []
    offset = None
    for index in range(frames.size):
        frame = frames.data[index]
        module: Any = ffi.wasmtime_frame_module_name(frame)
        if module and ffi.to_str(module.contents) == HIDDEN:
            continue
        if not names:
            offset = int(ffi.wasm_frame_func_offset(frame))
        name: Any = ffi.wasmtime_frame_func_name(frame)
        names.append(ffi.to_str(name.contents) if name else f"function {ffi.wasm_frame_func_index(frame)}")
    ffi.wasm_frame_vec_delete(byref(frames))
    return tuple(names), offset


class Park:
    """The place where a guest waits: an asynchronous host function of type () -> ().

    `on_call()` answers a trap, or 0 to keep the guest waiting: `waiting` turns true, and the guest goes on at the first
    poll after `release`.

    wasmtime asks a C function, at each poll, whether the guest may go on. A function of Python's would cost more there
    than all the rest of a small input, so it is strlen, on two bytes that are an empty string or one of length 1.
    """

    def __init__(self, on_call: Callable[[], int]) -> None:
        self._on_call = on_call
        self.waiting = False
        self._ready = (ctypes.c_ubyte * 2)(0, 0)
        # wasmtime_async_continuation_t: callback, environment, finalizer
        self._continuation = (c_void_p * 3)(_IS_SET, ctypes.addressof(self._ready), None)
        self._address = ctypes.addressof(self._continuation)
        self._size = ctypes.sizeof(self._continuation)
        self.entry = _ASYNC(self._enter)

    def release(self) -> None:
        """Let the guest go on."""
        self.waiting = False
        self._ready[0] = 1

    def _enter(self, _environment: int, _caller: int, _arguments: int, _count: int, _results: int, _results_count: int,
               trap: int, continuation: int) -> None:  # fmt: skip
        ctypes.memmove(continuation, self._address, self._size)
        self.waiting = True
        self._ready[0] = 0
        failed = self._on_call()
        if failed:
            c_void_p.from_address(trap).value = failed
            self.release()
