"""An input partition read in whole batches: from the socket into the instance's memory."""

import struct
from collections import deque

from rpkpy.batches import codec, payload
from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.host import record_path
from rpkpy.host.record_path import MAX_FEED_RECORDS, Area, Feed
from rpkpy.kafka.wire.errors import Unsupported
from rpkpy.kafka.wire.fetch import Fetched, Fetcher
from rpkpy.kafka.wire.incoming import Placed, placed

FEED_BYTES = 4 * 1024 * 1024
"""Of one feed once it is decompressed, about; a single larger batch is a feed of its own."""

_BASE_OFFSET = struct.Struct(">q")


class WireSource:
    """A Source (see record_path) on Kafka's own protocol.

    A response goes to the guest as it came. Where fewer records are asked for than it holds, or its batches are
    compressed, it is kept, and handed out batch by batch; a batch of more than is asked for, part by part.
    """

    path = "wire"

    def __init__(self, kafka: KafkaSettings, topic: str, partition: int, first_offset: int) -> None:
        self._kafka = kafka
        self._topic = topic
        self._fetcher = Fetcher(kafka, topic, partition, first_offset)
        self._kept: _Kept | None = None
        self._record: Record | None = None
        self.end_seen: int | None = None

    def read(
        self, area: Area, wait_s: float, *, max_records: int = MAX_FEED_RECORDS, last_offset: int | None = None
    ) -> Feed | None:
        """See Source."""
        self._record = None
        if self._kept is None:
            try:
                fetched = self._fetcher.poll(area, wait_s)
            except Unsupported as error:
                record_path.leave_out(self._kafka, self._topic, error.message)
                raise
            if fetched is None:
                stable = self._fetcher.last_stable
                self.end_seen = stable if stable is not None and stable <= self._fetcher.offset else None
                return None
            self.end_seen = None
            if not _to_be_cut(fetched, max_records, last_offset):
                return _whole(fetched)
            self._kept = _Kept(fetched)
        feed, entry = self._kept.take(area, max_records, last_offset)
        if self._kept.empty:
            self._kept = None
        if entry is not None:
            _, time_ms, offset, content = entry
            self._record = Record(*payload.decode(content), time_ms, offset)
        return feed

    def seek(self, offset: int) -> None:
        """See Source."""
        self._kept = None
        self._fetcher.seek(offset)

    def record(self) -> Record:
        """See Source."""
        assert self._record is not None  # noqa: S101
        return self._record

    def end(self) -> int | None:
        """See Source."""
        return self._fetcher.high_watermark

    def close(self) -> None:
        """See Source."""
        self._fetcher.close()


def _to_be_cut(fetched: Fetched, max_records: int, last_offset: int | None) -> bool:
    found = fetched.found
    if found.compressed or max_records == 1 or found.records > max_records:
        return True
    return last_offset is not None and fetched.offset <= last_offset < found.last_offset


def _whole(fetched: Fetched) -> Feed:
    (base,) = _BASE_OFFSET.unpack_from(fetched.view)
    offset, found = fetched.offset, fetched.found
    skip_until = offset if base < offset else None
    return Feed(found.size, max(base, offset), found.last_offset, found.records, skip_until)


class _Kept:
    """A response in memory of its own, and how far it has been handed out."""

    def __init__(self, fetched: Fetched) -> None:
        self._view = memoryview(bytearray(fetched.view))
        self._offset = fetched.offset
        self._batches = deque(batch for batch in placed(self._view) if batch.last_offset >= self._offset)
        self._entries: list[codec.Entry] = []
        self._decoded: codec.Batch | None = None

    @property
    def empty(self) -> bool:
        """Whether all has been handed out."""
        return not self._batches

    def take(self, area: Area, max_records: int, last_offset: int | None) -> tuple[Feed, codec.Entry | None]:
        """The next feed; and its record, where it has one record alone."""
        until = last_offset if last_offset is not None and self._offset <= last_offset else None
        parts: list[bytes | memoryview] = []
        first, size, records, last = self._offset, 0, 0, self._offset
        while self._batches:
            batch = self._batches[0]
            # A batch begun by parts goes on so; one that is somewhat larger than what is wished for stays whole.
            if self._decoded is not None or _too_much(batch, max_records, until):
                if not parts:
                    return self._part(area, max_records, until)
                break
            if parts and (records + batch.records > max_records or size + batch.size > FEED_BYTES):
                break
            stored = self._view[batch.start : batch.start + batch.size]
            parts.append(stored if batch.plain else codec.inflated(stored))
            size += len(parts[-1])
            records += batch.records
            last = batch.last_offset
            self._batches.popleft()
        base = int(_BASE_OFFSET.unpack_from(parts[0])[0])
        _fill(area, parts, size)
        self._offset = last + 1
        return Feed(size, max(base, first), last, records, first if base < first else None), None

    def _part(self, area: Area, max_records: int, until: int | None) -> tuple[Feed, codec.Entry | None]:
        """A feed out of the first batch's records: at most `max_records` of them, none past `until`."""
        batch = self._batches[0]
        if self._decoded is None:
            (self._decoded,) = codec.decode_batches(self._view[batch.start : batch.start + batch.size], check_crc=False)
            shown = [] if batch.records == 0 else self._decoded.entries()
            self._entries = [entry for entry in shown if entry[2] >= self._offset]
        decoded, first = self._decoded, self._offset
        chosen = self._entries[:max_records]
        if until is not None:
            chosen = [entry for entry in chosen if entry[2] <= until]
        self._entries = self._entries[len(chosen) :]
        if self._entries:
            last = chosen[-1][2] if len(chosen) == max_records else until
            assert last is not None  # noqa: S101
        else:
            last = batch.last_offset
            self._batches.popleft()
            self._decoded = None
        self._offset = last + 1
        made = codec.rebatched(decoded, chosen) if chosen else b""
        _fill(area, [made], len(made))
        at = chosen[0][2] if chosen else first
        return Feed(len(made), at, last, len(chosen)), chosen[0] if len(chosen) == 1 else None


def _too_much(batch: Placed, max_records: int, until: int | None) -> bool:
    if until is not None and batch.last_offset > until:
        return True
    return batch.records > 2 * max_records or (max_records == 1 and batch.records > 0)


def _fill(area: Area, parts: "list[bytes | memoryview]", size: int) -> None:
    view, position = area(size), 0
    for part in parts:
        view[position : position + len(part)] = part
        position += len(part)
