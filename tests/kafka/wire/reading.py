"""Reading as a guest would: what a source puts into the area, decoded."""

import time
from typing import Any

from confluent_kafka import Producer as ConfluentProducer  # noqa: TID253

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.host.record_path import MAX_FEED_RECORDS, Feed
from rpkpy.host.wire_source import WireSource
from rpkpy.kafka import client


class Area:
    """An input area that a source fills."""

    def __init__(self) -> None:
        self._space = bytearray()

    def __call__(self, size: int) -> memoryview:
        self._space = bytearray(b"\xee" * size)
        return memoryview(self._space)

    def records(self, feed: Feed) -> list[Record]:
        """What a guest would be shown of `feed`."""
        shown = [
            record
            for batch in codec.decode_batches(self._space[: feed.size], check_crc=False)
            if not batch.is_control
            for record in batch.records()
        ]
        return [record for record in shown if feed.skip_until is None or record.offset >= feed.skip_until]


def read_until(
    source: WireSource, offset: int, *, max_records: int = MAX_FEED_RECORDS, timeout_s: float = 20
) -> list[Record]:
    """The records up to `offset`, which must be covered; each feed is tested for what it says of itself."""
    area, found, position = Area(), [], -1
    deadline = time.monotonic() + timeout_s
    while position < offset:
        assert time.monotonic() < deadline, f"at {position} after {timeout_s} s"
        feed = source.read(area, 0.2, max_records=max_records)
        if feed is None:
            continue
        records = area.records(feed)
        assert len(records) <= feed.records
        assert all(feed.first_offset <= record.offset <= feed.last_offset for record in records)
        assert position < feed.first_offset <= feed.last_offset + 1
        position = feed.last_offset
        found += records
    return found


def confluent(kafka: KafkaSettings, **conf: Any) -> ConfluentProducer:
    """librdkafka's producer, which makes a batch of what it is given at once."""
    return client.producer(kafka, linger_ms=50, **conf)
