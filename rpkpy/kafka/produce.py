"""Producing: records as they come, each outcome reported, the first failure raised."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import InvalidError, RefusedError, RpkpyError, UsageError
from rpkpy.kafka import client, codes, topics
from rpkpy.kafka.client import POLL_S, Admin
from rpkpy.kafka.formats.record import Incoming, TopicRecord

COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")

_LARGEST_BATCH = 100 * 1024 * 1024  # the broker's max.message.bytes decides, not the client's million


@dataclass(frozen=True, slots=True)
class Producing:
    """How records are produced. What a record does not say itself: topic, partition (-1: by key), key, headers.

    `delivery_timeout_s` is how long a record may take, 0 for ever; `tombstone` makes empty values null.
    """

    topic: str | None = None
    partition: int = -1
    key: bytes | None = None
    headers: tuple[tuple[bytes, bytes | None], ...] = ()
    tombstone: bool = False
    compression: str = "snappy"
    acks: int = -1
    delivery_timeout_s: float = 0.0
    max_message_bytes: int = -1
    auto_create_topics: bool = False

    def configuration(self) -> dict[str, Any]:
        """librdkafka's settings. Raises UsageError."""
        if self.compression not in COMPRESSIONS:
            raise UsageError(f'--compression "{self.compression}" is not one of {", ".join(COMPRESSIONS)}.')
        if self.acks not in (-1, 0, 1):
            raise UsageError(f"--acks {self.acks} is not -1 (all), 0 (none) or 1 (the leader).")
        if 0 < self.delivery_timeout_s < 1:
            raise UsageError("--delivery-timeout is at least 1s.")
        largest = self.max_message_bytes if self.max_message_bytes >= 0 else _LARGEST_BATCH
        return {
            "acks": self.acks,
            "enable_idempotence": self.acks == -1,
            "compression_codec": self.compression,
            "partitioner": "murmur2_random",  # as Java's and rpk's
            "linger_ms": 5,
            "message_timeout_ms": int(self.delivery_timeout_s * 1000),
            "message_max_bytes": max(1000, largest),
            "queue_buffering_max_kbytes": 256 * 1024,
            "allow_auto_create_topics": self.auto_create_topics,
        }


class RecordProducer:
    """Sends records and hands each delivered one to `delivered`, in the order in which brokers acknowledge them."""

    def __init__(
        self,
        settings: KafkaSettings,
        producing: Producing,
        *,
        delivered: Callable[[TopicRecord], None],
        dial_timeout_s: float | None = None,
        request_timeout_s: float = client.REQUEST_TIMEOUT_S,
    ) -> None:
        configuration = producing.configuration()
        self._admin: Admin = client.admin(settings, dial_timeout_s=dial_timeout_s, request_timeout_s=request_timeout_s)
        self._producer = client.producer(settings, dial_timeout_s=dial_timeout_s, **configuration)
        self._settings = settings
        self._producing = producing
        self._delivered = delivered
        self._known: dict[str, int] = {}
        self._failure: RpkpyError | None = None
        if producing.topic is not None:
            self._check(producing.topic, producing.partition)

    def send(self, records: Iterator[Incoming]) -> int:
        """Produce every record and wait for the last; how many there were.

        Raises the error of the first record that was not delivered.
        """
        count = 0
        try:
            for count, incoming in enumerate(records, 1):
                self._send(incoming, count)
                self.serve()
        finally:
            self._flush()
        if self._failure is not None:
            raise self._failure
        return count

    def serve(self) -> None:
        """Take what the brokers have answered; raises once a record has failed."""
        self._answers(lambda: self._producer.poll(0))
        if self._failure is not None:
            raise self._failure

    def _send(self, incoming: Incoming, number: int) -> None:
        producing = self._producing
        topic = incoming.topic or producing.topic
        if topic is None:
            raise UsageError(
                "The topic to produce to is missing.", fix="Name it as the argument, or in the input with %t."
            )
        partition = incoming.partition if incoming.partition is not None else producing.partition
        self._check(topic, partition)
        value = None if producing.tombstone and not incoming.value else incoming.value
        key = incoming.key if incoming.has_key else producing.key
        headers = producing.headers + incoming.headers
        message = {
            "value": value,
            "key": key,
            "headers": [(_header_key(name), content) for name, content in headers],
            "partition": partition,
            "timestamp": incoming.timestamp_ms or 0,
            "on_delivery": lambda error, sent: self._on_delivery(error, sent, Record(key, value, headers), number),
        }
        self._enqueue(topic, message, number)

    def _enqueue(self, topic: str, message: dict[str, Any], number: int) -> None:
        from confluent_kafka import KafkaException

        while True:
            try:
                self._producer.produce(topic, **message)
                return
            except BufferError:  # the queue is full: the brokers are slower than the input
                self._answers(lambda: self._producer.poll(POLL_S))
                if self._failure is not None:
                    raise self._failure from None
            except KafkaException as error:
                if error.args[0].code() == codes.FATAL:  # what the producer as a whole has failed of is told by poll
                    self._answers(lambda: self._producer.poll(POLL_S))
                    if self._failure is not None:
                        raise self._failure from error
                raise client.translate(
                    error.args[0], self._settings, doing=f"Record {number} cannot be produced."
                ) from error

    def _on_delivery(self, error: Any, sent: Any, record: Record, number: int) -> None:
        if error is not None:
            if self._failure is None:
                self._failure = client.translate(
                    error, self._settings, doing=f"Record {number} was not delivered to {sent.topic()}."
                )
            return
        timestamp_type, timestamp_ms = sent.timestamp()
        placed = Record(record.key, record.value, record.headers, timestamp_ms, sent.offset())
        self._delivered(TopicRecord(sent.topic(), sent.partition(), placed, timestamp_type=max(0, timestamp_type - 1)))

    def _check(self, topic: str, partition: int) -> None:
        """Refuse a topic or partition that does not exist now, rather than when a delivery times out."""
        if topic not in self._known:
            if self._producing.auto_create_topics:
                self._known[topic] = _create_missing(self._admin, topic)
            else:
                found = {each.name: each.partitions for each in topics.list_topics(self._admin)}
                if topic not in found:
                    raise topics.missing(topic)
                self._known |= found
        if partition >= self._known[topic]:
            raise UsageError(
                f"{topic} has no partition {partition}.", cause=f"Its partitions are 0 to {self._known[topic] - 1}."
            )

    def _flush(self) -> None:
        while self._answers(lambda: self._producer.flush(POLL_S)) and self._failure is None:
            continue

    def _answers(self, ask: Callable[[], int]) -> int:
        """What `ask` returns; 0 once the producer as a whole has failed: its records stay in the queue for ever."""
        from confluent_kafka import KafkaException

        try:
            return ask()
        except KafkaException as error:
            self._failure = self._failure or client.translate(error.args[0], self._settings)
            return 0


def _create_missing(admin: Admin, topic: str) -> int:
    """The topic's number of partitions; a missing one is made with the cluster's defaults."""
    found = {each.name: each.partitions for each in topics.list_topics(admin)}
    if topic not in found:
        (outcome,) = topics.create(admin, [topic])
        if not outcome.ok and not outcome.exists:
            raise RefusedError(f"{topic} could not be created.", cause=outcome.status)
        found = {each.name: each.partitions for each in topics.list_topics(admin)}
    return found.get(topic, 1)


def _header_key(name: bytes) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidError(f"The header name {name!r} is not UTF-8.", cause="Kafka's header names are text.") from error
