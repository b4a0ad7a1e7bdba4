"""An input partition read per message through confluent-kafka, and put together to record batches for the engine."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rpkpy.batches.codec import encode_batch
from rpkpy.batches.record import Record
from rpkpy.host.record_path import MAX_FEED_RECORDS, Area, Feed
from rpkpy.kafka import client, errors
from rpkpy.kafka.contact import Contact

if TYPE_CHECKING:
    from confluent_kafka import Message

    from rpkpy.config.settings import KafkaSettings

_FEED_RECORDS = 1_000
_FEED_BYTES = 512 * 1024
"""Of one feed; a single larger record is a feed of its own."""

_QUEUE_KIB = 8 * 1024  # what librdkafka may fetch ahead, for each partition


class ClientSource:
    """A Source (see record_path) on librdkafka's consumer, which fetches ahead."""

    path = "client"

    def __init__(self, kafka: "KafkaSettings", topic: str, partition: int, first_offset: int) -> None:
        from confluent_kafka import TopicPartition

        self._kafka = kafka
        self._contact = Contact()
        self._consumer: Any = client.consumer(
            kafka,
            group_id="_rpkpy.unused",  # the client demands one; progress is kept in the topic of offsets
            enable_auto_commit=False,
            enable_auto_offset_store=False,
            enable_partition_eof=True,
            isolation_level="read_committed",
            # Records that retention removed before they were read: go on with the first one there is.
            auto_offset_reset="earliest",
            queued_max_messages_kbytes=_QUEUE_KIB,
            fetch_queue_backoff_ms=5,
            **self._contact.configuration,
        )
        self._topic_partition = TopicPartition(topic, partition, first_offset)
        self._consumer.assign([self._topic_partition])
        self._waiting: deque[Message] = deque()
        self._handed_out: list[Message] = []
        self.end_seen: int | None = None

    def read(
        self, area: Area, wait_s: float, *, max_records: int = MAX_FEED_RECORDS, last_offset: int | None = None
    ) -> Feed | None:
        """See Source; the number of records is exact."""
        max_records = min(max_records, _FEED_RECORDS)
        self._fetch(wait_s, max_records)
        messages: list[Message] = []
        size = 0
        while self._waiting and len(messages) < max_records:
            message = self._waiting[0]
            if message.error() is not None:
                if messages:
                    break  # what came before it goes out first
                self._waiting.popleft()
                self._take_event(message)
                continue
            offset = _offset(message)
            if messages and last_offset is not None and _offset(messages[0]) <= last_offset < offset:
                break
            length = len(message)
            if messages and size + length > _FEED_BYTES:
                break
            size += length
            messages.append(self._waiting.popleft())
        if not messages:
            return None
        self.end_seen = None
        self._handed_out = messages
        batches = _encode(messages)
        area(len(batches))[:] = batches
        return Feed(len(batches), _offset(messages[0]), _offset(messages[-1]), len(messages))

    def seek(self, offset: int) -> None:
        """See Source: what was handed out from there on is handed out again."""
        again = [message for message in self._handed_out if _offset(message) >= offset]
        self._waiting.extendleft(reversed(again))

    def record(self) -> Record:
        """See Source."""
        (message,) = self._handed_out
        return _record(message, message.timestamp()[1], _offset(message))

    def end(self) -> int | None:
        """See Source."""
        high: int = self._consumer.get_watermark_offsets(self._topic_partition, cached=True)[1]
        return high if high >= 0 else None

    def close(self) -> None:
        """See Source."""
        self._consumer.close()

    def _fetch(self, wait_s: float, max_records: int) -> None:
        if self._waiting:
            return
        # consume() waits for its full number, so wait for one and then take what is there.
        first = self._consumer.poll(wait_s)
        if first is not None:
            self._waiting.append(first)
            if max_records > 1:
                self._waiting.extend(self._consumer.consume(max_records - 1, 0))
        else:
            self._contact.check()

    def _take_event(self, message: "Message") -> None:
        from confluent_kafka import KafkaError

        error: Any = message.error()
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
            self.end_seen = message.offset()
        elif (error.fatal() or not error.retriable()) and not errors.about_no_group(error):
            topic, partition = self._topic_partition.topic, self._topic_partition.partition
            raise errors.translate(error, self._kafka, f"{topic}, partition {partition}, cannot be read.")


def _encode(messages: Sequence["Message"]) -> bytes:
    """Batches of consecutive offsets: LogAppendTime batches hold one time each, so a new time begins a new one."""
    from confluent_kafka import TIMESTAMP_LOG_APPEND_TIME

    parts: list[bytes] = []
    run: list[Record] = []
    run_key: tuple[int, int | None] = (-1, None)
    for message in messages:
        kind, time_ms = message.timestamp()
        append_ms = time_ms if kind == TIMESTAMP_LOG_APPEND_TIME else None
        offset = _offset(message)
        if run and run_key != (offset, append_ms):
            parts.append(_encode_run(run, run_key[1]))
            run = []
        run.append(_record(message, time_ms, offset))
        run_key = (offset + 1, append_ms)
    parts.append(_encode_run(run, run_key[1]))
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _encode_run(run: list[Record], append_ms: int | None) -> bytes:
    return encode_batch(run, base_offset=run[0].offset, log_append_time_ms=append_ms)


def _offset(message: "Message") -> int:
    offset = message.offset()
    return -1 if offset is None else offset


def _record(message: "Message", time_ms: int, offset: int) -> Record:
    headers: Any = message.headers()
    return Record(
        message.key(),
        message.value(),
        tuple((name.encode(), value) for name, value in headers) if headers else (),
        time_ms,
        offset,
    )
