"""Reads transforms' events from the log topic: every partition, filtered by key, merged by time.

Every partition, because writers do not agree on the partition rule (see transform_logs.partition).
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import UnreachableError
from rpkpy.redpanda.transform_logs import TOPIC, LogEvent, MalformedLogRecord, decode, encode_key

if TYPE_CHECKING:
    from rpkpy.kafka.client import Admin

_TOPIC_POLL_S = 1.0
_IDLE_LIMIT_S = 15.0
"""Without a record for so long before the end is reached, the cluster counts as gone."""


class LogReader:
    """The log topic of one cluster.

    `on_malformed` is told of records that are no log events; they are left out.
    """

    def __init__(self, settings: KafkaSettings, on_malformed: Callable[[str], None] = lambda text: None) -> None:
        from rpkpy.kafka import client

        self._settings = settings
        self._on_malformed = on_malformed
        self._admin: Admin = client.admin(settings, dial_timeout_s=settings.dial_timeout_s)

    def exists(self) -> bool:
        """Whether the cluster has a log topic; it makes one when transforms are enabled."""
        return bool(self._partitions())

    def events(
        self,
        transforms: Iterable[str],
        *,
        since_ms: int | None = None,
        until_ms: int | None = None,
        follow: bool = False,
        newest: int | None = None,
    ) -> Iterator[LogEvent]:
        """The events of `transforms`, oldest first; both bounds (milliseconds since the epoch) are included.

        `newest` looks at so many records at the end of each partition alone, of whichever transform they are.
        Ends at the high watermark as it is now; with `follow` it never ends by itself, and waits for the topic.
        Raises UnreachableError, AuthError or RefusedError.
        """
        partitions = self._partitions()
        while follow and not partitions:
            time.sleep(_TOPIC_POLL_S)
            partitions = self._partitions()
        spans = self._spans(partitions, since_ms)
        if newest is not None:
            spans = {partition: (max(start, end - newest), end) for partition, (start, end) in spans.items()}
        reading = {partition: span for partition, span in spans.items() if follow or span[0] < span[1]}
        if not reading:
            return
        keys = {encode_key(name) for name in transforms}
        for event in self._merged(reading, keys, follow):
            moment_ms = event.time_ns // 1_000_000
            if (since_ms is None or moment_ms >= since_ms) and (until_ms is None or moment_ms <= until_ms):
                yield event

    def _partitions(self) -> list[int]:
        topic = self._admin.metadata().topics.get(TOPIC)
        return sorted(topic.partitions) if topic is not None else []

    def _spans(self, partitions: list[int], since_ms: int | None) -> dict[int, tuple[int, int]]:
        """For each partition the first offset to read and the high watermark."""
        from confluent_kafka.admin import OffsetSpec

        from rpkpy.kafka import topics

        where = [(TOPIC, partition) for partition in partitions]
        first = OffsetSpec.earliest() if since_ms is None else OffsetSpec.for_timestamp(since_ms)
        starts = topics.list_offsets(self._admin, dict.fromkeys(where, first))
        ends = topics.list_offsets(self._admin, dict.fromkeys(where, OffsetSpec.latest()))
        # no record at or after `since`: there is nothing to read but what comes
        return {at[1]: (starts[at] if starts[at] >= 0 else ends[at], ends[at]) for at in where}

    def _merged(self, spans: dict[int, tuple[int, int]], keys: set[bytes], follow: bool) -> Iterator[LogEvent]:
        """Events in order of time: the oldest goes out once every partition still read up has one waiting."""
        waiting: dict[int, deque[LogEvent]] = {partition: deque() for partition in spans}
        behind = {partition for partition, (start, end) in spans.items() if start < end}
        for partition, offset, event in self._records(spans, keys, behind, follow):
            if event is not None:
                waiting[partition].append(event)
            if offset + 1 >= spans[partition][1]:
                behind.discard(partition)
            while any(waiting.values()) and all(waiting[p] for p in behind):
                yield min((queue for queue in waiting.values() if queue), key=lambda queue: queue[0].time_ns).popleft()

    def _records(
        self, spans: dict[int, tuple[int, int]], keys: set[bytes], behind: set[int], follow: bool
    ) -> Iterator[tuple[int, int, LogEvent | None]]:
        """Partition, offset and event (None for others' records) of each record, until nothing is `behind`."""
        from confluent_kafka import TopicPartition

        from rpkpy.kafka import client, codes, errors

        consumer = client.consumer(
            self._settings,
            group_id="rpkpy-transform-logs",
            enable_auto_commit=False,
            enable_auto_offset_store=False,
            auto_offset_reset="earliest",
            enable_partition_eof=True,
        )
        try:
            consumer.assign([TopicPartition(TOPIC, partition, start) for partition, (start, _) in spans.items()])
            heard = time.monotonic()
            while follow or behind:
                message = consumer.poll(client.POLL_S)
                if message is None:
                    if not follow and time.monotonic() - heard > _IDLE_LIMIT_S:
                        raise UnreachableError(f"The brokers stopped answering while {TOPIC} was read.")
                    continue
                heard = time.monotonic()
                error = message.error()
                partition, offset = message.partition() or 0, message.offset() or 0
                if error is None:
                    yield partition, offset, self._event(message, keys)
                elif error.code() == codes.PARTITION_EOF:
                    yield partition, offset - 1, None  # the end, where the last offsets are gone
                elif not errors.about_no_group(error):
                    raise errors.translate(error, self._settings, f"{TOPIC} cannot be read.")
        finally:
            consumer.close()

    def _event(self, message: Any, keys: set[bytes]) -> LogEvent | None:
        if message.key() not in keys:
            return None
        try:
            return decode(message.value() or b"")
        except MalformedLogRecord as error:
            self._on_malformed(error.message)
            return None
