"""The records of a bench: samples, again and again, in batches."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rpkpy.batches.codec import encode_batch
from rpkpy.batches.record import Record

BATCH_RECORDS = 100
BATCH_BYTES = 1 << 20
# What a turn of the unmetered form passes in one go: as many records as a broker's fetch may bring.
FEED_BYTES = 1 << 20
FEED_RECORDS = 10_000


def size_of(record: Record) -> int:
    """Bytes of the record's key, value and headers."""
    headers = sum(len(key) + len(value or b"") for key, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


@dataclass(frozen=True, slots=True)
class Workload:
    """`count` records: the samples in their order, from the first again after the last. There is one at least."""

    samples: Sequence[Record]
    count: int

    def batches(self) -> Iterator[bytes]:
        """All of it, offsets counting from 0, in batches of BATCH_RECORDS and about BATCH_BYTES at most."""
        return map(_encoded, self._groups())

    def feed(self) -> tuple[bytes, int, int]:
        """What one go of the unmetered form gets: the first batches, some MiB at most; their records and bytes."""
        batches: list[bytes] = []
        records = size = 0
        for group in self._groups():
            if batches and (size >= FEED_BYTES or records >= FEED_RECORDS):
                break
            batches.append(_encoded(group))
            records += len(group)
            size += sum(map(size_of, group))
        return b"".join(batches), records, size

    def sample_at(self, offset: int) -> int:
        """Which sample (from 0) the record at `offset` is."""
        return offset % len(self.samples)

    def _groups(self) -> Iterator[list[Record]]:
        group: list[Record] = []
        size = 0
        for offset in range(self.count):
            record = replace(self.samples[self.sample_at(offset)], offset=offset)
            bytes_ = size_of(record)
            if group and (len(group) == BATCH_RECORDS or size + bytes_ > BATCH_BYTES):
                yield group
                group, size = [], 0
            group.append(record)
            size += bytes_
        yield group


def _encoded(group: Sequence[Record]) -> bytes:
    return encode_batch(group, base_offset=group[0].offset)
