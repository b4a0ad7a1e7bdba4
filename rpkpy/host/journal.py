"""Compacted topics as durable maps: read whole at start, written with acknowledgement.

Three of them hold all that a host knows (docs/host.md gives their formats), so that a host has nothing to lose.
"""

import threading
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from rpkpy.errors import UnreachableError
from rpkpy.host.topology import Topology
from rpkpy.kafka import client, errors

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message, Producer

    from rpkpy.config.settings import KafkaSettings

TRANSFORMS = "_rpkpy.transforms"
MODULES = "_rpkpy.modules"
OFFSETS = "_rpkpy.offsets"

_CONFIG = {
    "cleanup.policy": "compact",
    # Small segments and an eager cleaner: the whole topic is read at every start.
    "segment.bytes": str(16 * 1024 * 1024),
    "min.cleanable.dirty.ratio": "0.1",
}


class Journal:
    """One writer for the host's compacted topics. Thread-safe.

    Writes are idempotent and acknowledged by all in-sync replicas. Raises UnreachableError where Kafka gave no
    answer in time (whether the write landed is then not known) and RefusedError where it said no.
    """

    def __init__(self, kafka: "KafkaSettings", topology: Topology, timeout_s: float) -> None:
        self._kafka = kafka
        self._topology = topology
        self._timeout_s = timeout_s
        self._renewing = threading.Lock()
        self._producer = self._new_producer()
        self._broken = False

    def _new_producer(self) -> "Producer":
        return client.producer(
            self._kafka,
            enable_idempotence=True,
            acks="all",
            linger_ms=0,
            message_timeout_ms=int(self._timeout_s * 1_000),
        )

    def load(self, topic: str) -> dict[bytes, bytes]:
        """Every key of `topic` and its last value, in the order of those last values; makes the topic if need be."""
        self._topology.ensure(topic, partitions=1, config=_CONFIG)
        return last_values(self._kafka, topic, self._timeout_s)

    def write(
        self, topic: str, records: Iterable[tuple[bytes, bytes | None]], *, timeout_s: float | None = None
    ) -> None:
        """Write `records` (key and value, None for a tombstone) in order, and wait until all are acknowledged."""
        # librdkafka gives up by message.timeout.ms and says so; the margin is for a callback that comes late.
        deadline = time.monotonic() + (self._timeout_s + 2 if timeout_s is None else timeout_s)
        producer = self._usable_producer()
        try:
            self._write(producer, topic, records, deadline)
        except BaseException:
            # A producer that failed once may have lost its sequence for good; a new one has no past.
            self._broken = True
            raise

    def _write(
        self, producer: "Producer", topic: str, records: Iterable[tuple[bytes, bytes | None]], deadline: float
    ) -> None:
        from confluent_kafka import KafkaException

        answers: list[KafkaError | None] = []

        def answered(error: "KafkaError | None", _: "Message") -> None:
            answers.append(error)

        sent = 0
        for key, value in records:
            while True:
                try:
                    producer.produce(topic, key=key, value=value, partition=0, on_delivery=answered)
                    break
                except BufferError:  # the queue is full: let some of it go out
                    self._poll(producer, topic, deadline)
                except KafkaException as error:
                    raise errors.translate(error.args[0], self._kafka, f"{topic} cannot be written to.") from error
            sent += 1
        while len(answers) < sent:
            self._poll(producer, topic, deadline)
        failed = [error for error in answers if error is not None]
        if failed:
            raise errors.translate(failed[0], self._kafka, f"{topic} cannot be written to.")

    def _poll(self, producer: "Producer", topic: str, deadline: float) -> None:
        if time.monotonic() > deadline:
            raise UnreachableError(f"Kafka did not answer: could not write to {topic}.")
        producer.poll(0.05)

    def _usable_producer(self) -> "Producer":
        with self._renewing:
            if self._broken:
                self._producer, self._broken = self._new_producer(), False
            return self._producer

    def idle(self) -> None:
        """Let the client say what it has to say: it keeps its messages until somebody asks."""
        self._producer.poll(0)

    def close(self) -> None:
        """Give back what the client holds; everything written is acknowledged already."""
        self._producer.flush(0)


def last_values(kafka: "KafkaSettings", topic: str, timeout_s: float) -> dict[bytes, bytes]:
    """Every key of `topic`, which has one partition, and its last value, in the order of those last values.

    Raises UnreachableError after `timeout_s` of silence, and RefusedError.
    """
    from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition

    values: dict[bytes, bytes] = {}
    consumer = client.consumer(
        kafka,
        group_id="_rpkpy.unused",  # the client demands one; nothing is committed to it
        enable_auto_commit=False,
        enable_partition_eof=True,
        auto_offset_reset="earliest",
        fetch_wait_max_ms=10,  # nothing will come that is waited for: the end is what is looked for
    )
    deadline = time.monotonic() + timeout_s
    try:
        consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
        while True:
            message = consumer.poll(0.5)
            if message is None:
                if time.monotonic() > deadline:
                    raise UnreachableError(f"Kafka did not answer: could not read {topic}.")
                continue
            error = message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001
                    return values
                if not error.retriable() and not errors.about_no_group(error):
                    raise errors.translate(error, kafka, f"{topic} cannot be read.")
                continue
            deadline = time.monotonic() + timeout_s  # of silence, not of the whole
            key, value = message.key(), message.value()
            if key is None:
                continue
            values.pop(key, None)
            if value is not None:
                values[key] = value
    finally:
        consumer.close()


class Memory:
    """What a compacted topic said when it was last read, with what this host wrote since. Thread-safe."""

    def __init__(self, journal: Journal, topic: str) -> None:
        self._journal = journal
        self._topic = topic
        self._lock = threading.Lock()
        self._values: dict[bytes, bytes] = {}

    def load(self) -> None:
        """Read the topic anew."""
        values = self._journal.load(self._topic)
        with self._lock:
            self._values = values

    def items(self) -> Mapping[bytes, bytes]:
        """All keys and values, as of now."""
        with self._lock:
            return dict(self._values)

    def get(self, key: bytes) -> bytes | None:
        """The value of `key`, or None."""
        with self._lock:
            return self._values.get(key)

    def write(self, records: Iterable[tuple[bytes, bytes | None]], *, timeout_s: float | None = None) -> None:
        """Write through to the topic, then here: what is read here is durable."""
        batch = list(records)
        if not batch:
            self._journal.idle()
            return
        self._journal.write(self._topic, batch, timeout_s=timeout_s)
        with self._lock:
            for key, value in batch:
                self._values.pop(key, None)
                if value is not None:
                    self._values[key] = value
