"""A guest's linear memory as the host functions see it."""

import ctypes
from ctypes import byref
from typing import Any

from wasmtime import _ffi as ffi  # noqa: TID253

from rpkpy.engine.trap import GuestFault

_EXPORT = b"memory"


class GuestMemory:
    """Bounds-checked access to a guest's memory.

    `view` covers the first `size` bytes; both are stale once the guest has grown its memory, which never moves (the
    engine reserves its whole address range), so only an access past `size` needs a fresh look.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self._memory: Any = None
        self.view = memoryview(b"")
        self.size = 0

    def bind(self, memory: Any) -> None:
        """Use `memory`, the instance's export."""
        self._memory = memory
        self.refresh()

    def refresh(self) -> None:
        """Look at the memory again."""
        size = self.current_size()
        base = ffi.wasmtime_memory_data(self._context, byref(self._memory))
        self.size = size
        if size:
            self.view = memoryview((ctypes.c_ubyte * size).from_address(ctypes.addressof(base.contents))).cast("B")

    def current_size(self) -> int:
        """Bytes of memory that the guest has now."""
        if self._memory is None:
            return 0
        return int(ffi.wasmtime_memory_data_size(self._context, byref(self._memory)))

    def release(self) -> None:
        """Forget the memory, whose store is about to go."""
        self.view = memoryview(b"")
        self.size = 0
        self._memory = None

    def require(self, pointer: int, length: int, caller: int) -> None:
        """Check that the guest's `length` bytes at `pointer` exist, else GuestFault (the broker traps, too)."""
        if pointer + length <= self.size:
            return
        if self._memory is None:  # a start section calls before there is an instance to take the export from
            item = ffi.wasmtime_extern_t()
            handle = ctypes.cast(caller, ctypes.POINTER(ffi.wasmtime_caller_t))
            name = ctypes.create_string_buffer(_EXPORT)
            if ffi.wasmtime_caller_export_get(handle, name, len(_EXPORT), byref(item)):
                self._memory = item.of.memory
        if self._memory is not None:
            self.refresh()
        if pointer + length > self.size:
            raise GuestFault(
                "bad_pointer", f"Out of bounds memory access in FFI: {length} bytes at {pointer} of {self.size}"
            )
