"""The module `redpanda_transform`: how a guest gets records and gives records (ABI versions 1 and 2).

Batches go in by `feed` and come out by `take`; between the two the guest runs. A later form of these functions lives
in wasm beside the guest, behind the same interface.
"""

import ctypes
import struct
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

from rpkpy.batches import payload, varint
from rpkpy.batches.codec import Batch, Entry
from rpkpy.engine.fiber import get_fuel as _get_fuel
from rpkpy.engine.fiber import set_fuel as _set_fuel
from rpkpy.engine.memory import GuestMemory
from rpkpy.engine.preview1 import HostFunction, Preview1
from rpkpy.engine.trap import GuestFault, Phase

NO_ACTIVE_TRANSFORM = -1
INVALID_BUFFER = -2
INVALID_WRITE = -3
"""Results of the ABI's functions (src/v/wasm/transform_module.cc)."""

_OUTPUT_TOPIC_OPTION = 1
# Sizes of what read_batch_header's pointers point to, in order, and how each is stored.
_HEADER = tuple(struct.Struct(form) for form in ("<q", "<i", "<i", "<H", "<i", "<q", "<q", "<q", "<h", "<i"))
_COMPRESSION_MASK = 0x07
_I64 = struct.Struct("<q")

# What a guest may write between two `take`s. A broker makes a guest wait for its write buffer instead (some MiB).
MAX_OUTPUT_BYTES = 256 * 1024 * 1024
_KEPT_BYTES = 64  # what Python keeps beside a record's bytes


class Pending:
    """A batch on its way to the guest: its header as the guest sees it, and the records it still has to read."""

    __slots__ = ("entries", "header", "start_ms")

    def __init__(self, batch: Batch, entries: list[Entry]) -> None:
        self.entries = entries
        self.start_ms = batch.max_timestamp_ms if batch.is_log_append_time else batch.first_timestamp_ms
        self.header = (
            batch.base_offset,
            len(entries),
            batch.partition_leader_epoch,
            # The guest reads records that are decompressed already.
            batch.attributes & 0xFFFF & ~_COMPRESSION_MASK,
            batch.last_offset_delta,
            batch.first_timestamp_ms,
            batch.max_timestamp_ms,
            batch.producer_id,
            batch.producer_epoch,
            batch.base_sequence,
        )


def pending(batches: Iterable[Batch], skip_until: int | None) -> list[Pending]:
    """What of `batches` a guest gets to see: no control batches, no records below `skip_until`, no empty batches."""
    found = []
    for batch in batches:
        if batch.is_control:
            continue
        entries = batch.entries()
        if skip_until is not None and batch.base_offset < skip_until:
            entries = [entry for entry in entries if entry[2] >= skip_until]
        if entries:
            found.append(Pending(batch, entries))
    return found


class TransformAbi:
    """One guest's records: what it is to read, what it wrote, what fuel each record took.

    Fuel is set to `fuel` for start-up and again whenever the guest reads a record; what is left of it must last until
    the next record, also across `feed`s.
    """

    def __init__(
        self, memory: GuestMemory, wasi: Preview1, context_address: int, *, topics: Sequence[str], fuel: int
    ) -> None:
        self.phase: Phase = "start"
        self.record: Entry | None = None
        self.records_in = 0
        self.fuel_used = 0
        self.max_record_fuel = 0
        self._memory = memory
        self._wasi = wasi
        self._topics = {topic.encode(): index for index, topic in enumerate(topics)}
        self._queue: deque[Pending] = deque()
        self._entries: list[Entry] = []  # the current batch's, the next one last
        self._active = False
        self._header_pointers: list[int] = []
        self._emitted: list[tuple[int, bytes]] = []
        self._emitted_bytes = 0
        self._record_mark = 0  # len(_emitted) when the current record was read
        self._context = context_address
        self._budget = fuel
        self._fuel_mark = fuel  # fuel left when it was last counted
        self._record_fuel = 0  # counted since the last refill
        self._fuel_box = ctypes.c_uint64(0)
        self._fuel_pointer = ctypes.addressof(self._fuel_box)
        _set_fuel(context_address, fuel)

    # What the instance does.

    def feed(self, batches: Iterable[Pending]) -> None:
        """Queue batches for the guest."""
        self._queue.extend(batches)

    def take(self) -> list[list[bytes]]:
        """Everything written since the last `take`, by topic."""
        emitted, self._emitted = self._emitted, []
        self._emitted_bytes = self._record_mark = 0
        return self._by_topic(emitted)

    def take_failed(self) -> tuple[list[list[bytes]], list[list[bytes]]]:
        """As `take`, after a trap: what was written before the current record, and at it."""
        mark = self._record_mark if self.phase == "record" else len(self._emitted)
        emitted, self._emitted = self._emitted, []
        return self._by_topic(emitted[:mark]), self._by_topic(emitted[mark:])

    def _by_topic(self, emitted: list[tuple[int, bytes]]) -> list[list[bytes]]:
        if len(self._topics) == 1:
            return [[content for _, content in emitted]]
        topics: list[list[bytes]] = [[] for _ in self._topics]
        for index, content in emitted:
            topics[index].append(content)
        return topics

    def count_fuel(self) -> int:
        """Bring `fuel_used` and `max_record_fuel` up to date; answers the fuel used since the last refill."""
        _get_fuel(self._context, self._fuel_pointer)
        left = self._fuel_box.value
        used = self._fuel_mark - left
        self._fuel_mark = left
        self.fuel_used += used
        self._record_fuel += used
        if self.record is not None and self._record_fuel > self.max_record_fuel:
            self.max_record_fuel = self._record_fuel
        return self._record_fuel

    # What the guest calls. Pointers are checked before anything else, as the broker's calling layer does.

    def functions(self) -> dict[str, HostFunction]:
        """The host functions that return at once, by name: all but read_batch_header."""
        return {
            "check_abi_version_1": _marker,
            "check_abi_version_2": _marker,
            "read_next_record": self._read_next_record,
            "write_record": self._write_record,
            "write_record_with_options": self._write_record_with_options,
        }

    def read_batch_header(self, caller: int, pointers: list[int]) -> int | None:
        """Begin the next batch and answer the function's result, or None when none is queued: then call `resume`."""
        for pointer, form in zip(pointers, _HEADER, strict=True):
            self._memory.require(pointer, form.size, caller)
        self._header_pointers = pointers
        self._active = False
        self._entries = []
        self.phase = "batch"
        return self.resume() if self._queue else None

    def resume(self) -> int:
        """Begin the next queued batch; answers the size of its largest record, for the guest's buffer."""
        batch = self._queue.popleft()
        view = self._memory.view
        for pointer, form, field in zip(self._header_pointers, _HEADER, batch.header, strict=True):
            form.pack_into(view, pointer, field)
        self._entries = batch.entries[::-1]
        self._active = True
        self._wasi.now_ms = batch.start_ms
        return max(len(entry[3]) for entry in batch.entries)

    def _read_next_record(self, caller: int, values: Any) -> int:
        attributes_at, timestamp_at, offset_at, buffer, capacity = (
            values[0],
            values[4],
            values[8],
            values[12],
            values[16],
        )
        memory = self._memory
        size = memory.size
        if attributes_at >= size or timestamp_at + 8 > size or offset_at + 8 > size or buffer + capacity > size:
            memory.require(attributes_at, 1, caller)
            memory.require(timestamp_at, 8, caller)
            memory.require(offset_at, 8, caller)
            memory.require(buffer, capacity, caller)
        if not self._entries:
            return NO_ACTIVE_TRANSFORM
        record = self._entries[-1]
        attributes, timestamp, offset, content = record
        length = len(content)
        if capacity < length:
            return INVALID_BUFFER
        self.count_fuel()
        _set_fuel(self._context, self._budget)
        self._fuel_mark = self._budget
        self._record_fuel = 0
        self._entries.pop()
        self.record = record
        self.records_in += 1
        self.phase = "record"
        self._record_mark = len(self._emitted)
        self._wasi.now_ms = timestamp
        view = memory.view
        view[attributes_at] = attributes
        _I64.pack_into(view, timestamp_at, timestamp)
        _I64.pack_into(view, offset_at, offset)
        view[buffer : buffer + length] = content
        return length

    def _write_record(self, caller: int, values: Any) -> int:
        pointer, length = values[0], values[4]
        memory = self._memory
        if pointer + length > memory.size:
            memory.require(pointer, length, caller)
        if not self._active:
            return NO_ACTIVE_TRANSFORM
        return self._emit(0, memory.view[pointer : pointer + length].tobytes())

    def _write_record_with_options(self, caller: int, values: Any) -> int:
        pointer, length, options_at, options_length = values[0], values[4], values[8], values[12]
        memory = self._memory
        memory.require(pointer, length, caller)
        memory.require(options_at, options_length, caller)
        if not self._active:
            return NO_ACTIVE_TRANSFORM
        content = memory.view[pointer : pointer + length].tobytes()
        if not options_length:
            return self._emit(0, content)
        options = memory.view[options_at : options_at + options_length].tobytes()
        if not payload.is_valid(content) or options[0] != _OUTPUT_TOPIC_OPTION:
            return INVALID_BUFFER
        try:
            size, start = varint.read(options, 1)
        except (IndexError, ValueError):
            raise GuestFault("bad_options", "The options of write_record_with_options are cut short") from None
        if not 0 <= size <= options_length - start:
            raise GuestFault("bad_options", "The options of write_record_with_options are cut short")
        if start + size != options_length:
            return INVALID_BUFFER
        index = self._topics.get(options[start:])
        if index is None:
            return INVALID_WRITE
        return self._emit(index, content)

    def _emit(self, topic: int, content: bytes) -> int:
        if not payload.is_valid(content):
            return INVALID_BUFFER
        length = len(content)
        self._emitted_bytes += length + _KEPT_BYTES
        if self._emitted_bytes > MAX_OUTPUT_BYTES:
            raise GuestFault("output_limit", f"The guest wrote more than {MAX_OUTPUT_BYTES} bytes without reading")
        self._emitted.append((topic, content))
        return length


def _marker(_caller: int, _values: Any) -> None:
    return None
