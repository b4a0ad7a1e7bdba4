"""Record batches dealt out to partitions by key, by a small WebAssembly module (by_key.wat): no Python per record.

The module's memory: the batch, a u32 for each of its records, 32 bytes for each partition, then an area for what each
partition gets.
"""

import atexit
import struct
import threading
from collections.abc import Iterator
from functools import cache
from importlib import resources

import wasmtime  # noqa: TID253

from rpkpy.batches import codec
from rpkpy.engine.module import shared_engine
from rpkpy.wasm.limits import WASM_PAGE_BYTES

_TARGET = struct.Struct("<IiI4xqq")
_FUEL = (1 << 64) - 1
_lock = threading.Lock()


class KeyPartitioner:
    """Chooses partitions as Kafka's clients do by default: murmur2 of the key modulo the partition count
    (org.apache.kafka.clients.producer.internals.BuiltInPartitioner). Used by one thread."""

    def __init__(self) -> None:
        self._store = store = wasmtime.Store(shared_engine())
        with _lock:
            module = _module()
        exports = wasmtime.Instance(store, module, []).exports(store)
        choose, deal, memory = exports["choose"], exports["deal"], exports["memory"]
        assert isinstance(choose, wasmtime.Func) and isinstance(deal, wasmtime.Func)  # noqa: S101
        assert isinstance(memory, wasmtime.Memory)  # noqa: S101
        self._choose, self._deal, self._memory = choose, deal, memory
        self._view = memoryview(b"")

    def deal(self, batch: memoryview, partitions: int, keyless: int) -> Iterator[tuple[int, memoryview]]:
        """What each partition gets of an uncompressed batch, as a batch with a checksum of 0, in its records' order.

        `keyless` is the partition of records without a key. A view is good until the next call.
        """
        (_, _, epoch, magic, _, attributes, _, first_ms, _, producer, producer_epoch, sequence, count) = (
            codec.HEADER.unpack_from(batch)
        )
        choices = -(-len(batch) // 8) * 8
        targets = choices + -(-count // 2) * 8
        areas = targets + _TARGET.size * partitions
        # Each record takes at most 10 bytes more than it did.
        self._fit(areas + len(batch) + 10 * count + codec.HEADER_BYTES * partitions)
        view, records = self._view, codec.HEADER_BYTES
        view[: len(batch)] = batch
        view[targets:areas] = bytes(areas - targets)
        self._store.set_fuel(_FUEL)  # which this engine counts, though nothing here needs a bound
        end = self._call(self._choose, records, count, choices, targets, partitions, keyless)
        if end != len(batch):
            raise codec.MalformedBatch("A record batch cannot be read.", cause="Its records do not fill it.")
        dealt: list[tuple[int, int, int]] = []
        start = areas
        for partition in range(partitions):
            at = targets + _TARGET.size * partition
            _, taken, most, first, latest = _TARGET.unpack_from(view, at)
            if taken:
                _TARGET.pack_into(view, at, start + records, 0, most, first, latest)
                dealt.append((partition, at, start))
                start += records + most
        self._call(self._deal, records, count, choices)
        for partition, at, start in dealt:
            stop, taken, _, first, latest = _TARGET.unpack_from(view, at)
            size = stop - start
            codec.HEADER.pack_into(
                view, start, 0, size - codec.LENGTH_FROM, epoch, magic, 0, attributes, taken - 1,
                first_ms + first, first_ms + latest, producer, producer_epoch, sequence, taken,
            )  # fmt: skip
            yield partition, view[start:stop]

    def _call(self, function: wasmtime.Func, *values: int) -> int | None:
        answer: int | None = function(self._store, *values)
        return answer

    def _fit(self, size: int) -> None:
        """Make the memory large enough; it never moves (the engine reserves its address range), but it grows."""
        missing = -(-(size - self._memory.data_len(self._store)) // WASM_PAGE_BYTES)
        if missing > 0:
            self._memory.grow(self._store, missing)
        if missing > 0 or not self._view:
            self._view = memoryview(self._memory.get_buffer_ptr(self._store)).cast("B")


@cache
def _module() -> wasmtime.Module:
    atexit.register(_module.cache_clear)  # freed while wasmtime's functions are still there
    text = resources.files("rpkpy.engine").joinpath("by_key.wat").read_text(encoding="utf-8")
    return wasmtime.Module(shared_engine(), text)
