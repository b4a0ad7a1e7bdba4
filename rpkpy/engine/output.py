"""What a guest wrote in answer to an input."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from rpkpy.batches import codec, payload
from rpkpy.batches.record import Record


class Stats(NamedTuple):
    """What one `process` (or start-up) took.

    Fuel counts the guest's instructions and the shim's. `max_record_fuel` is the most that any one of the records
    used, of the budget that each record gets; it is 0 unless the instance is metered. `logs_dropped` counts writes to
    standard streams that the broker would drop.
    """

    records_in: int = 0
    records_out: int = 0
    fuel_used: int = 0
    max_record_fuel: int = 0
    memory_bytes: int = 0
    logs_dropped: int = 0


class Output:
    """Records for each output topic, in the order of the transform's output topics.

    They carry the time at which the guest was given its input, as on the broker that of writing (or, with
    `carry_times`, that of the record each was made of). An Output of
    `Instance.process_input` is good until the instance gets the next input.
    """

    def __init__(
        self,
        stored: Sequence[bytes | memoryview],
        stats: Stats,
        compression: str = "none",
        *,
        unsealed: Sequence[memoryview] = (),
    ) -> None:
        self.stats = stats
        self._stored = stored
        self._compression = compression
        self._unsealed = unsealed

    @classmethod
    def standing(cls, stored: Sequence[memoryview], stats: Stats, compression: str) -> "Output":
        """Of batches that stand in memory, with checksums that are not filled in yet."""
        return cls(stored, stats, compression, unsealed=stored)

    def kept(self) -> "Output":
        """This Output with bytes of its own, good for ever."""
        self._seal()
        return Output([bytes(stored) for stored in self._stored], self.stats, self._compression)

    @property
    def plain(self) -> Sequence[bytes | memoryview]:
        """The batches of each topic as the guest's records left them: uncompressed, and their checksums may be wrong.

        For who fills in headers, as a producer does, and the checksums after that (`batches` has both).
        """
        return self._stored

    @property
    def batches(self) -> Sequence[bytes | memoryview]:
        """Finished v2 batches of each topic, one after the other; empty for a topic that got nothing.

        A batch is at most kafka_batch_max_bytes large before compression, unless a single record is larger.
        """
        if self._compression != "none":
            return self._compressed
        self._seal()
        return self._stored

    def _seal(self) -> None:
        """Fill in the checksums, where that has not been done."""
        unsealed, self._unsealed = self._unsealed, ()
        for stored in unsealed:
            codec.seal(stored)

    @cached_property
    def _compressed(self) -> tuple[bytes, ...]:
        return tuple(codec.compressed(stored, self._compression) for stored in self._stored)

    @cached_property
    def entries(self) -> tuple[list[codec.Entry], ...]:
        """Each topic's records as they are stored: attributes, timestamp (ms), offset in the batch, payload."""
        return tuple(
            [entry for batch in codec.decode_batches(stored, check_crc=False) for entry in batch.entries()]
            for stored in self._stored
        )

    @property
    def payloads(self) -> tuple[list[bytes], ...]:
        """The payloads of each topic's records (see `rpkpy.batches.payload`)."""
        return tuple([content for *_, content in entries] for entries in self.entries)

    @cached_property
    def records(self) -> tuple[list[Record], ...]:
        """The records of each topic; offsets count from 0."""
        return tuple(
            [
                Record(*payload.decode(content), timestamp_ms, offset)
                for offset, (_, timestamp_ms, _, content) in enumerate(entries)
            ]
            for entries in self.entries
        )
