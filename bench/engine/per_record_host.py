"""A transform host that calls Python for each record, tuned: what the engine is measured against.

This is a frozen copy of an approach, not of today's engine: keep it as it is, so that ratios of different years can be
compared. Host functions are ctypes callbacks that wasmtime calls without its type checks
(`wasmtime_linker_define_func_unchecked`; wasmtime-py's own trampoline costs twenty times as much), the guest's memory
is a memoryview that is made once, records are sliced out of a decoded batch, and what the guest writes is kept as
bytes and becomes one batch at the end of the feed. `_start` runs from the first feed to the last. Fuel is refilled for
each record, payloads are checked, limits are the broker's. WASI is wasmtime's, as guests use it at start-up only.
"""

import contextlib
import ctypes
import os
import struct
import time
from collections.abc import Callable, Iterator, Mapping
from ctypes import CFUNCTYPE, POINTER, byref, c_size_t, c_uint32, c_uint64, c_void_p, cast
from typing import Any

import wasmtime
from wasmtime import _ffi as ffi

from rpkpy.batches import codec, payload
from rpkpy.batches.codec import Batch, Entry

_NO_ACTIVE_TRANSFORM, _INVALID_BUFFER, _INVALID_WRITE = -1, -2, -3
_FUEL = 6_000_000_000
_MEMORY_BYTES = 2 * 1024 * 1024
_HEADER = tuple(struct.Struct(form) for form in ("<q", "<i", "<i", "<H", "<i", "<q", "<q", "<q", "<h", "<i"))
_I64 = struct.Struct("<q")

_Function = Callable[[Any], "int | None"]
_CALLBACK = CFUNCTYPE(c_size_t, c_void_p, c_void_p, POINTER(c_uint32), c_size_t)
_NO_FINALIZER = cast(0, CFUNCTYPE(None, c_void_p))
# A second handle on the library, for cheap prototypes.
_library = ctypes.CDLL(str(ffi.filename))
_set_fuel = _library.wasmtime_context_set_fuel
_set_fuel.argtypes, _set_fuel.restype = [c_void_p, c_uint64], c_void_p
_trap_new = _library.wasmtime_trap_new
_trap_new.argtypes, _trap_new.restype = [ctypes.c_char_p, c_size_t], c_void_p


def make_engine() -> wasmtime.Engine:
    """A wasmtime engine with the broker's settings."""
    config = wasmtime.Config()
    config.consume_fuel = True
    config.max_wasm_stack = 64 * 1024
    ffi.wasmtime_config_memory_reservation_set(config.ptr(), 4 << 30)
    ffi.wasmtime_config_memory_may_move_set(config.ptr(), False)
    return wasmtime.Engine(config)


class _Done(Exception):
    """Raised in the guest's call when there is nothing more to read."""


class PerRecordHost:
    """One guest, for one `run`."""

    def __init__(
        self, engine: wasmtime.Engine, module: wasmtime.Module, *, output_topics: list[str], env: Mapping[str, str]
    ) -> None:
        self._topics = {topic.encode(): index for index, topic in enumerate(output_topics)}
        self._written: list[list[bytes]] = [[] for _ in output_topics]
        self._feeds: Iterator[bytes] = iter(())
        self._sink: Callable[[list[bytes]], object] = list
        self._batches: Iterator[Batch] = iter(())
        self._entries: list[Entry] = []  # the current batch's, the next one last
        self._view = memoryview(b"")
        self._size = 0
        self._callbacks: list[Any] = []
        self._raised: BaseException | None = None

        self._store = store = wasmtime.Store(engine)
        store.set_limits(memory_size=_MEMORY_BYTES, table_elements=16_384, instances=1, memories=1, tables=1)
        store.set_fuel(_FUEL)
        self._context: int = cast(ffi.wasmtime_store_context(store.ptr()), c_void_p).value or 0
        wasi = wasmtime.WasiConfig()
        wasi.env = list(env.items())
        wasi.stdout_file = wasi.stderr_file = os.devnull
        store.set_wasi(wasi)
        self._linker = wasmtime.Linker(engine)
        self._linker.define_wasi()
        self._define("check_abi_version_1", 0, 0, lambda _values: None)
        self._define("check_abi_version_2", 0, 0, lambda _values: None)
        self._define("read_batch_header", 10, 1, self._read_batch_header)
        self._define("read_next_record", 5, 1, self._read_next_record)
        self._define("write_record", 2, 1, self._write_record)
        self._define("write_record_with_options", 4, 1, self._write_record_with_options)
        self._instance = self._linker.instantiate(store, module)
        memory = self._instance.exports(store)["memory"]
        assert isinstance(memory, wasmtime.Memory)
        self._memory = memory
        self._look()

    def _define(self, name: str, params: int, results: int, function: _Function) -> None:
        def callback(_environment: Any, _caller: Any, values: Any, _count: int) -> int:
            try:
                result = function(values)
                if result is not None:
                    values[0] = result
                return 0
            except BaseException as error:
                self._raised = error
                return int(_trap_new(b"host", 4))

        i32 = wasmtime.ValType.i32
        described = wasmtime.FuncType([i32()] * params, [i32()] * results)
        made = _CALLBACK(callback)
        self._callbacks.append(made)
        module, encoded = b"redpanda_transform", name.encode()
        error = ffi.wasmtime_linker_define_func_unchecked(
            self._linker.ptr(), ctypes.create_string_buffer(module), len(module),
            ctypes.create_string_buffer(encoded), len(encoded), described.ptr(),
            cast(made, ffi.wasmtime_func_unchecked_callback_t), None, _NO_FINALIZER,
        )  # fmt: skip
        assert cast(error, c_void_p).value is None, name

    def run(self, feeds: Iterator[bytes], sink: Callable[[list[bytes]], object]) -> None:
        """Give the guest all feeds; `sink` gets each one's finished batches, by output topic."""
        self._feeds, self._sink = feeds, sink
        start = self._instance.exports(self._store)["_start"]
        assert isinstance(start, wasmtime.Func)
        with contextlib.suppress(_Done):
            try:
                start(self._store)
            except (wasmtime.Trap, wasmtime.WasmtimeError):
                if self._raised is not None:
                    raise self._raised from None
                raise

    def _look(self) -> None:
        self._size = self._memory.data_len(self._store)
        base = ffi.wasmtime_memory_data(ffi.wasmtime_store_context(self._store.ptr()), byref(self._memory._memory))  # noqa: SLF001
        block = (ctypes.c_ubyte * self._size).from_address(ctypes.addressof(base.contents))
        self._view = memoryview(block).cast("B")

    def _require(self, end: int) -> None:
        if end > self._size:
            self._look()
            if end > self._size:
                raise IndexError("Out of bounds memory access in FFI")

    # What the guest calls: the arguments are 16 bytes each, the result takes the first one's place.

    def _next_batch(self) -> Batch:
        """The next batch with records; finishes a feed's output on the way to the next feed."""
        while True:
            for batch in self._batches:
                self._entries = [] if batch.is_control else batch.entries()[::-1]
                if self._entries:
                    return batch
            if any(self._written):
                now_ms = time.time_ns() // 1_000_000
                self._sink([codec.encode_payloads(each, now_ms) if each else b"" for each in self._written])
                for each in self._written:
                    each.clear()
            feed = next(self._feeds, None)
            if feed is None:
                raise _Done
            self._batches = iter(list(codec.decode_batches(feed)))

    def _read_batch_header(self, values: Any) -> int:
        pointers = [values[4 * index] for index in range(10)]
        batch = self._next_batch()
        fields = (
            batch.base_offset, len(self._entries), batch.partition_leader_epoch, batch.attributes & 0xFFF8,
            batch.last_offset_delta, batch.first_timestamp_ms, batch.max_timestamp_ms, batch.producer_id,
            batch.producer_epoch, batch.base_sequence,
        )  # fmt: skip
        for pointer, form, field in zip(pointers, _HEADER, fields, strict=True):
            self._require(pointer + form.size)
            form.pack_into(self._view, pointer, field)
        return max(len(entry[3]) for entry in self._entries)

    def _read_next_record(self, values: Any) -> int:
        attributes_at, timestamp_at, offset_at = values[0], values[4], values[8]
        buffer, capacity = values[12], values[16]
        size = self._size
        if attributes_at >= size or timestamp_at + 8 > size or offset_at + 8 > size or buffer + capacity > size:
            self._require(max(attributes_at + 1, timestamp_at + 8, offset_at + 8, buffer + capacity))
        if not self._entries:
            return _NO_ACTIVE_TRANSFORM
        attributes, timestamp, offset, content = self._entries[-1]
        length = len(content)
        if capacity < length:
            return _INVALID_BUFFER
        _set_fuel(self._context, _FUEL)
        self._entries.pop()
        view = self._view
        view[attributes_at] = attributes
        _I64.pack_into(view, timestamp_at, timestamp)
        _I64.pack_into(view, offset_at, offset)
        view[buffer : buffer + length] = content
        return length

    def _write_record(self, values: Any) -> int:
        pointer = values[0]
        end = pointer + values[4]
        if end > self._size:
            self._require(end)
        return self._keep(0, self._view[pointer:end].tobytes())

    def _write_record_with_options(self, values: Any) -> int:
        pointer, options_at = values[0], values[8]
        end, options_end = pointer + values[4], options_at + values[12]
        if end > self._size or options_end > self._size:
            self._require(max(end, options_end))
        content = self._view[pointer:end].tobytes()
        if options_at == options_end:
            return self._keep(0, content)
        # One option is known: 1, a varint length of one byte (topics here are short), the output topic's name.
        options = self._view[options_at:options_end].tobytes()
        index = self._topics.get(options[2:])
        return _INVALID_WRITE if index is None else self._keep(index, content)

    def _keep(self, topic: int, content: bytes) -> int:
        if not payload.is_valid(content):
            return _INVALID_BUFFER
        self._written[topic].append(content)
        return len(content)
