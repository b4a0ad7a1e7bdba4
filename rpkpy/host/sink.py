"""The outputs of one input partition, written per message through confluent-kafka."""

import contextlib
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from rpkpy.batches import payload
from rpkpy.batches.record import Record
from rpkpy.errors import RefusedError, RpkpyError, UnreachableError
from rpkpy.host import commits
from rpkpy.host.model import Transform
from rpkpy.host.record_path import DEAD_LETTER, RecordRefused
from rpkpy.host.topology import Topology
from rpkpy.kafka import client, errors

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Producer

    from rpkpy.config.settings import KafkaSettings
    from rpkpy.engine import Output

T = TypeVar("T")

# Of a batch beside its record (61 bytes), and of a record beside its payload, at most.
_OVERHEAD_BYTES = 61 + 24
_MAX_BATCH_BYTES = 1_000_000
# The broker: 5 attempts of a second with up to half a second between them, then the processor has failed.
_PRODUCE_TIMEOUT_S = 8.0
_FLUSH_S = 0.1
_TRANSACTION_TIMEOUT_MS = 30_000
_BY_KEY = -1
"""librdkafka's RD_KAFKA_PARTITION_UA: its partitioner chooses."""


class ClientSink:
    """A Sink (see record_path) on librdkafka's producer, which makes the batches."""

    path = "client"

    def __init__(self, kafka: "KafkaSettings", topology: Topology, transform: Transform, partition: int) -> None:
        self._kafka = kafka
        self._topology = topology
        self._transform = transform
        self._partition = partition
        self._topics = dict(enumerate(transform.output_topics))
        if transform.dead_letter_topic is not None:
            self._topics[DEAD_LETTER] = transform.dead_letter_topic
        self._limits = topology.max_message_bytes(self._topics.values())
        self._compressed = transform.compression != "none"
        self._by_key = transform.options.partitioner == "key"
        self._carries = transform.options.timestamps == "carry"
        self._failed: dict[int, RpkpyError] = {}
        """What the cluster said of records, by output."""
        self._unsent: dict[int, RpkpyError] = {}
        """Why the client did not take records; in a transaction also because an earlier one has failed."""
        self._busy = False
        self._open = False
        """Whether a transaction is."""
        self._callbacks = {index: _on_failure(self._failed, index, name, kafka) for index, name in self._topics.items()}
        largest = max(self._limits.values())
        self._producer: Producer = client.producer(
            kafka,
            # Idempotence keeps the order when a request is tried again; it costs nothing here.
            enable_idempotence=True,
            acks="all",
            compression_type=transform.compression,
            batch_size=min(_MAX_BATCH_BYTES, *self._limits.values()),
            # What compresses well may be larger than the topic's limit before it is compressed.
            message_max_bytes=min(1_000_000_000, largest * 32 if self._compressed else max(largest, 1_000)),
            message_timeout_ms=int(_PRODUCE_TIMEOUT_S * 1_000),
            linger_ms=0.5,
            batch_num_messages=10_000,
            queue_buffering_max_messages=1_000_000,
            delivery_report_only_error=True,
            partitioner="murmur2",  # of keys, as Java's
            **self._transactional(),
        )
        if transform.exactly_once:
            self._group = _group_metadata(kafka, commits.group_id(transform))
            self._ask(lambda: self._producer.init_transactions(_PRODUCE_TIMEOUT_S), "begin its transactions")

    def send(self, output: "Output", skip: Sequence[bool]) -> None:
        """See Sink. Where times are not carried, all of it gets the time of this moment, as on the broker."""
        now_ms = time.time_ns() // 1_000_000
        wanted = [
            (index, [(content, time_ms if self._carries else now_ms) for _, time_ms, _, content in entries])
            for index, (entries, left_out) in enumerate(zip(output.entries, skip, strict=True))
            if entries and not left_out
        ]
        for index, contents in wanted:
            self._check_sizes(self._topics[index], max(len(content) for content, _ in contents))
        for index, contents in wanted:
            self._produce(index, contents)

    def dead_letter(self, record: Record) -> None:
        """See Sink."""
        content = payload.encode(record)
        self._check_sizes(self._topics[DEAD_LETTER], len(content))
        self._produce(DEAD_LETTER, [(content, time.time_ns() // 1_000_000)])

    def settle(self) -> dict[int, RpkpyError]:
        """See Sink."""
        if not self._busy:
            return {}
        deadline = time.monotonic() + _PRODUCE_TIMEOUT_S + 2
        while (left := self._ask(self._flush, "write its output")) and time.monotonic() < deadline:
            if self._failed and self._transform.exactly_once:
                break  # the client sends no more of a transaction that has failed
        self._busy = False
        if self._transform.exactly_once and self._failed:
            # In a transaction that has failed the client takes nothing more: the reason is what failed.
            failed = dict(self._failed)
        else:
            unanswered = UnreachableError("Kafka did not answer: could not write the output.")
            failed = (dict.fromkeys(self._topics, unanswered) if left else {}) | self._unsent | self._failed
        self._failed.clear()
        self._unsent.clear()
        return failed

    def commit(self, position: int, metadata: str) -> None:
        """See Sink."""
        from confluent_kafka import TopicPartition

        self._begin()
        place = TopicPartition(self._transform.input_topic, self._partition, position + 1, metadata)
        self._ask(
            lambda: self._producer.send_offsets_to_transaction([place], self._group, _PRODUCE_TIMEOUT_S),
            "commit its progress",
        )
        self._ask(lambda: self._producer.commit_transaction(_PRODUCE_TIMEOUT_S), "commit a transaction")
        self._open = False

    def idle(self) -> None:
        """Let the client say what it has to say: it keeps its messages until somebody asks."""
        self._producer.poll(0)

    def close(self) -> None:
        """See Sink."""
        self._producer.purge()
        self._producer.flush(0)
        if self._open:
            self._abort()
        del self._producer  # with it go its threads and connections

    # Transactions.

    def _transactional(self) -> dict[str, Any]:
        if not self._transform.exactly_once:
            return {}
        return {
            "transactional_id": commits.transactional_id(self._transform, self._partition),
            "transaction_timeout_ms": _TRANSACTION_TIMEOUT_MS,
            # A transaction that follows another at once is answered CONCURRENT_TRANSACTIONS until the other's markers
            # are written, some ms; the client's own 100 ms would be waited for each time.
            "retry_backoff_ms": 2,
            "retry_backoff_max_ms": 200,
        }

    def _begin(self) -> None:
        if self._transform.exactly_once and not self._open:
            self._ask(self._producer.begin_transaction, "begin a transaction")
            self._open = True

    def _abort(self) -> None:
        from confluent_kafka import KafkaException

        # Fenced, or no answer: the next owner of the id aborts it, or the broker when its time is up.
        with contextlib.suppress(KafkaException):
            self._producer.abort_transaction(_PRODUCE_TIMEOUT_S / 4)

    def _flush(self) -> int:
        return self._producer.flush(_FLUSH_S)

    def _ask(self, call: Callable[[], T], what: str) -> T:
        from confluent_kafka import KafkaError, KafkaException

        try:
            return call()
        except KafkaException as error:
            said: KafkaError = error.args[0]
            if said.code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH):  # noqa: SLF001
                where = f"partition {self._partition} of {self._transform.name}"
                doing = f"Another host has taken over {where}, or its transaction lasted too long."
            else:
                doing = f"{self._transform.name} cannot {what}."
            raise errors.translate(said, self._kafka, doing) from error

    # Records.

    def _partition_of(self, topic: str) -> int:
        found = self._topology.known(topic)
        if found is None:
            raise RefusedError(f"The output topic {topic} does not exist.")
        return self._partition % found.partitions

    def _check_sizes(self, topic: str, largest: int) -> None:
        if self._compressed:
            return  # how large a record is then, the broker sees first
        if largest + _OVERHEAD_BYTES > self._limits[topic]:
            raise RecordRefused(
                f"A record of {largest} bytes does not fit the topic {topic}.",
                cause=f"max.message.bytes of the topic is {self._limits[topic]}.",
                fix=f"Raise max.message.bytes of {topic}, or make smaller records.",
            )

    def _produce(self, index: int, contents: Iterable[tuple[bytes, int]]) -> None:
        from confluent_kafka import KafkaException

        self._begin()
        self._busy = True
        topic = self._topics[index]
        try:
            self._queue(index, topic, self._partition_of(topic), contents)
        except RecordRefused as error:
            self._unsent.setdefault(index, error)
        except KafkaException as error:
            self._unsent.setdefault(index, _failure(error.args[0], self._kafka, topic))

    def _queue(self, index: int, topic: str, partition: int, contents: Iterable[tuple[bytes, int]]) -> None:
        produce, on_delivery = self._producer.produce, self._callbacks[index]
        by_key = self._by_key and index != DEAD_LETTER
        for content, time_ms in contents:
            key, value, headers = payload.decode(content)
            while True:
                try:
                    produce(
                        topic,
                        value=value,
                        key=key,
                        partition=_BY_KEY if by_key and key is not None else partition,
                        timestamp=time_ms,
                        headers=_named(headers) if headers else None,
                        on_delivery=on_delivery,
                    )
                    break
                except BufferError:  # the queue is full: let some of it go out
                    self._producer.poll(0.05)


def _failure(error: "KafkaError", kafka: "KafkaSettings", topic: str) -> RpkpyError:
    """The error of a record that was not written: whether it is the record's fault, or the cluster's."""
    from confluent_kafka import KafkaError

    translated = errors.translate(error, kafka, f"{topic} cannot be written to.")
    if error.code() in (
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.INVALID_RECORD,  # no key, in a compacted topic
        KafkaError.INVALID_TIMESTAMP,
    ):
        return RecordRefused(f"{topic} refuses a record.", cause=translated.cause, fix=translated.fix)
    return translated


def _on_failure(
    failed: dict[int, RpkpyError], index: int, topic: str, kafka: "KafkaSettings"
) -> Callable[[Any, object], None]:
    """What librdkafka calls for a record of output `index` that it could not deliver.

    It knows nothing of the sink: the producer holds it, and in a circle neither would be freed in time.
    """

    def note(error: Any, _: object) -> None:
        if error is not None:
            failed.setdefault(index, _failure(error, kafka, topic))

    return note


def _named(headers: Sequence[tuple[bytes, bytes | None]]) -> list[tuple[str, str | bytes | None]]:
    """Headers as the client takes them; RecordRefused for a name that it cannot send."""
    try:
        return [(name.decode(), value) for name, value in headers]
    except UnicodeDecodeError as error:
        raise RecordRefused("A record has a header whose name is not UTF-8, which the host cannot send.") from error


def _group_metadata(kafka: "KafkaSettings", group: str) -> Any:
    """`group` as librdkafka's producer wants it named: by a consumer, which need not have connected."""
    from confluent_kafka import Consumer

    consumer = Consumer(client.configuration(kafka, group_id=group))
    try:
        return consumer.consumer_group_metadata()
    finally:
        consumer.close()
