"""The memory that the shim works in beside the guest's: the control block, texts, logs, input and output areas.

    0       the control block (see shim.wat)
    256     texts: arguments, environment, names of the topics, each a run of bytes
            the slots, one for each output topic
            the log area
            an output area for each slot
            the input area, last: it grows with the largest input

Pages that nothing has touched take address space and no memory, so the areas are made as large as they may need to be.
"""

import struct
from collections.abc import Callable, Mapping, Sequence

from rpkpy.engine import fiber, shim
from rpkpy.engine.trap import GuestFault, Phase
from rpkpy.errors import InvalidError
from rpkpy.wasm.limits import WASM_PAGE_BYTES, Limits

MAX_OUTPUT_BYTES = 256 * 1024 * 1024
"""What a guest may write for one input. A broker makes it wait for its write buffer instead (some MiB)."""

_TEXTS = 256
_LOG_BYTES = 64 * 1024
_LARGEST_LOG_LINE = 1 << 20
_INPUT_BYTES = 1 << 20
_LARGEST_INPUT = 1 << 30
_LARGEST_RECORD = 64 << 20
# What a record and its batch take in an output area beside the payload, at most.
_AROUND_RECORD = 128

_U32 = struct.Struct("<I")
_I64 = struct.Struct("<q")
_EVENT = struct.Struct("<iI")
_SLOT = struct.Struct("<IIIiIIqi28x")

_AT = shim.constants()
_PHASES: tuple[Phase, ...] = ("start", "batch", "record")


class BatchMemory:
    """The host's side of the batch memory, which it makes in `store`.

    Input goes in by `input_area` and `start_input`; what the guest wrote comes out by `take`, its log events by
    `drain_logs`. `flush` makes room for the guest while it runs.
    """

    def __init__(
        self,
        store: fiber.Store,
        limits: Limits,
        *,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        topics: Sequence[str],
        on_log: Callable[[int, bytes], None],
        carry_times: bool = False,
    ) -> None:
        self._store = store
        self._on_log = on_log
        self._chunks: list[list[bytes]] = [[] for _ in topics]
        self._chunk_bytes = 0

        log_line = min(limits.log_line_bytes, _LARGEST_LOG_LINE)
        record = min(limits.memory_bytes, _LARGEST_RECORD)
        # Two batches: one that is being written, and room so that an input of the usual size needs no flush.
        area = _page(2 * limits.batch_bytes + record + _AROUND_RECORD)

        texts = bytearray()

        def add(content: bytes) -> int:
            texts.extend(content)
            return _TEXTS + len(texts) - len(content)

        argument_texts = b"".join(item.encode() + b"\0" for item in arguments)
        variable_texts = b"".join(f"{key}={value}".encode() + b"\0" for key, value in environment.items())
        places = [
            (_AT["ARGUMENTS"], len(arguments), add(argument_texts), len(argument_texts)),
            (_AT["ENVIRONMENT"], len(environment), add(variable_texts), len(variable_texts)),
        ]
        names = [(add(name), len(name)) for name in (topic.encode() for topic in topics)]
        slots = (_TEXTS + len(texts) + 15) & ~15
        self._log = (slots + _AT["SLOT_BYTES"] * len(topics) + 15) & ~15
        self._log_read = self._log
        log_end = self._log + _LOG_BYTES + 2 * log_line
        first_area = _page(log_end)
        self._input = first_area + area * len(topics)
        self._size = self._input + _INPUT_BYTES

        self._slots = [slots + _AT["SLOT_BYTES"] * index for index in range(len(topics))]
        self._bases = [first_area + area * index for index in range(len(topics))]

        self.memory = store.new_memory(self._size // WASM_PAGE_BYTES)
        self._map()
        view = self._view
        view[_TEXTS : _TEXTS + len(texts)] = texts
        for at, *numbers in places:
            struct.pack_into("<III", view, at, *numbers)
        for slot, base, (name, name_bytes) in zip(self._slots, self._bases, names, strict=True):
            _SLOT.pack_into(view, slot, base, base + area, 0, 0, name, name_bytes, -1, 0)
        for field, value in {
            "CURSOR": self._input,
            "END": self._input,
            "MAX_BATCH": limits.batch_bytes,
            "MAX_RECORD": record,
            "SLOTS": slots,
            "SLOTS_END": slots + _AT["SLOT_BYTES"] * len(topics),
            "LOG": self._log,
            "LOG_END": log_end,
            "LOG_LINE": log_line,
            "CARRY": carry_times,
        }.items():
            _U32.pack_into(view, _AT[field], value)

    def _map(self) -> None:
        """Look at the memory; its place never changes, its size does."""
        self._view = view = self._store.view(self.memory)
        # The fields that every input touches.
        self._fields = view[: _AT["STATUS"] + 4].cast("I")
        self._times = view[_AT["SKIP_UNTIL"] : _AT["WRITE_TIME"] + 8].cast("q")
        self._counts = view[_AT["RECORDS_IN"] : _AT["RECORDS_OUT"] + 8].cast("q")
        self._log_next = view[_AT["LOG"] : _AT["LOG"] + 4].cast("I")
        self._pages = view[_AT["PAGES"] : _AT["PAGES"] + 4].cast("I")
        self._free = [view[slot : slot + 4].cast("I") for slot in self._slots]

    def close(self) -> None:
        """Forget the memory, whose store is about to go."""
        self._view = empty = memoryview(b"")
        self._fields = self._times = self._counts = self._log_next = self._pages = empty
        self._free = []

    # What goes in.

    def input_area(self, size: int) -> memoryview:
        """Where an input of `size` bytes goes before `start_input`, while the guest waits. Raises InvalidError."""
        start = self._input
        if start + size > self._size:
            self._grow(size)
        return self._view[start : start + size]

    def start_input(self, size: int, skip_until: int, write_time_ms: int) -> None:
        """The input area holds `size` bytes of whole record batches."""
        start = self._input
        self._fields[0], self._fields[1] = start, start + size
        self._times[0], self._times[1] = skip_until, write_time_ms

    def _grow(self, size: int) -> None:
        if size > _LARGEST_INPUT:
            raise InvalidError(
                "The record batches are too large.",
                cause=f"{size} bytes of record batches at once are too many: {_LARGEST_INPUT} at most.",
            )
        wanted = _page(self._input + max(size, min(2 * (self._size - self._input), _LARGEST_INPUT)))
        self._store.grow(self.memory, (wanted - self._size) // WASM_PAGE_BYTES)
        self._size = wanted
        self._map()

    # What comes out.

    def take(self) -> list[memoryview]:
        """The finished batches of each topic since the last `take`, uncompressed and with checksums of 0 (codec.seal).

        They may be written to, and stand there until the next input.
        """
        if not self._chunk_bytes:
            return [self._drain(index) for index in range(len(self._slots))]
        for index, chunks in enumerate(self._chunks):
            chunks.append(self._drain(index).tobytes())
        taken = [memoryview(bytearray().join(chunks)) for chunks in self._chunks]
        self._chunks = [[] for _ in taken]
        self._chunk_bytes = 0
        return taken

    def flush(self, index: int) -> None:
        """Empty the area of a slot (-1: of the logs) while the guest runs. GuestFault when it has written too much."""
        if index < 0:
            self.drain_logs()
            return
        content = self._drain(index).tobytes()
        self._chunks[index].append(content)
        self._chunk_bytes += len(content)
        if self._chunk_bytes > MAX_OUTPUT_BYTES:
            raise GuestFault("output_limit", f"The guest wrote more than {MAX_OUTPUT_BYTES} bytes without reading")

    def _drain(self, index: int) -> memoryview:
        """What stands in a slot's area; the next record goes to the area's beginning."""
        start, free = self._bases[index], self._free[index]
        end = free[0]
        free[0] = start
        return self._view[start:end]

    def drain_logs(self) -> None:
        """Hand the log events on, and begin the area anew. Not while the guest is in the middle of anything."""
        if self._log_next[0] != self._log:
            self.read_logs()
            self._log_next[0] = self._log_read = self._log

    def read_logs(self) -> None:
        """Hand on the log events that are there by now, wherever the guest is."""
        position, end = self._log_read, self._log_next[0]
        self._log_read = end
        view = self._view
        while position < end:
            fd, size = _EVENT.unpack_from(view, position)
            position += _EVENT.size
            self._on_log(fd, view[position : position + size].tobytes())
            position += size

    # What the shim says.

    def counts(self) -> tuple[int, int, int]:
        """Records read and written so far, and the bytes of the guest's memory when it last asked for input."""
        return self._counts[0], self._counts[1], self._pages[0] * WASM_PAGE_BYTES

    @property
    def records_in(self) -> int:
        """Records that the guest has read so far."""
        return self._counts[0]

    @property
    def write_time_ms(self) -> int:
        """The timestamp of what the guest writes."""
        return self._times[1]

    @property
    def status(self) -> int:
        """What the shim found in the last input: shim.constants()'s FINE, MALFORMED or COMPRESSED."""
        return self._fields[2]

    @property
    def phase(self) -> Phase:
        """Where the guest is: start, batch or record."""
        (number,) = _U32.unpack_from(self._view, _AT["PHASE"])
        return _PHASES[int(number)]

    @property
    def record(self) -> tuple[int, int]:
        """Offset and timestamp (ms) of the record that the guest read last."""
        return self._i64("OFFSET"), self._i64("TIME")

    def written_at_record(self) -> list[int]:
        """For each topic how many records the guest wrote since it read that record."""
        slots = [_SLOT.unpack_from(self._view, slot) for slot in self._slots]
        return [written if at == self.records_in else 0 for *_, at, written in slots]

    def meter(self, on: bool) -> None:
        """Whether the shim calls `meter` for each record."""
        _U32.pack_into(self._view, _AT["METER"], on)

    def _i64(self, field: str) -> int:
        return int(_I64.unpack_from(self._view, _AT[field])[0])


def _page(size: int) -> int:
    """`size` rounded up to whole pages."""
    return -(-size // WASM_PAGE_BYTES) * WASM_PAGE_BYTES
