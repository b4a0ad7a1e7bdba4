"""What a guest wrote in answer to a run of batches."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from rpkpy.batches import codec, payload
from rpkpy.batches.record import Record

# What a record takes beyond its payload: length (5), attributes, timestamp delta, offset delta (5).
_RECORD_OVERHEAD_BYTES = 12


@dataclass(frozen=True, slots=True)
class Stats:
    """What one `process` (or start-up) took.

    Fuel counts the guest's instructions. `max_record_fuel` is the most that any one of the records used, of the
    budget that each record gets. `logs_dropped` counts writes to standard streams that the broker would drop.
    """

    records_in: int = 0
    records_out: int = 0
    fuel_used: int = 0
    max_record_fuel: int = 0
    memory_bytes: int = 0
    logs_dropped: int = 0


@dataclass(frozen=True, eq=False)
class Output:
    """Records for each output topic, in the order of the transform's output topics.

    They were written at `timestamp_ms`, which is every record's timestamp, as on the broker.
    """

    payloads: tuple[Sequence[bytes], ...]
    timestamp_ms: int
    stats: Stats
    compression: str
    batch_bytes: int

    @cached_property
    def records(self) -> tuple[list[Record], ...]:
        """The records of each topic; offsets count from 0."""
        return tuple(
            [Record(*payload.decode(content), self.timestamp_ms, offset) for offset, content in enumerate(contents)]
            for contents in self.payloads
        )

    @cached_property
    def batches(self) -> tuple[bytes, ...]:
        """Finished v2 batches of each topic, one after the other; empty for a topic that got nothing.

        A batch is at most `batch_bytes` large before compression, unless a single record is larger.
        """
        return tuple(b"".join(self._encode(contents)) for contents in self.payloads)

    def _encode(self, contents: Sequence[bytes]) -> list[bytes]:
        if not contents:
            return []
        most = codec.HEADER_BYTES + sum(map(len, contents)) + _RECORD_OVERHEAD_BYTES * len(contents)
        cuts = [0] if most <= self.batch_bytes else self._cuts(contents)
        ends = [*cuts[1:], len(contents)]
        return [
            codec.encode_payloads(contents[start:end], self.timestamp_ms, compression=self.compression)
            for start, end in zip(cuts, ends, strict=True)
        ]

    def _cuts(self, contents: Sequence[bytes]) -> list[int]:
        """Where batches begin."""
        cuts = [0]
        size = codec.HEADER_BYTES
        for index, content in enumerate(contents):
            taken = codec.stored_size(content, index - cuts[-1])
            if size + taken > self.batch_bytes and index > cuts[-1]:
                cuts.append(index)
                size = codec.HEADER_BYTES
                taken = codec.stored_size(content, 0)
            size += taken
        return cuts
