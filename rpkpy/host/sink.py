"""The output topics of one processor: what a feed made goes to the partition that follows the input partition."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rpkpy.batches.record import Record
from rpkpy.errors import RefusedError, RpkpyError, UnreachableError
from rpkpy.host.topology import Topology
from rpkpy.kafka import client

if TYPE_CHECKING:
    from confluent_kafka import Producer

    from rpkpy.config.settings import KafkaSettings

# Of a batch beside its records (61 bytes) and of a record beside key, value and headers, at most.
_BATCH_OVERHEAD_BYTES = 61
_RECORD_OVERHEAD_BYTES = 30
_HEADER_OVERHEAD_BYTES = 10
_MAX_BATCH_BYTES = 1_000_000
# The broker: 5 attempts of a second with up to half a second between them, then the processor has failed.
_PRODUCE_TIMEOUT_S = 8.0


class Sink:
    """Writes to the outputs. Used by one thread.

    `send` hands records over, `settle` waits for their acknowledgements. Records of one output keep their order.
    """

    def __init__(
        self,
        kafka: "KafkaSettings",
        topology: Topology,
        topics: Sequence[str],
        input_partition: int,
        compression: str,
    ) -> None:
        self._kafka = kafka
        self._topology = topology
        self._topics = tuple(topics)
        self._input_partition = input_partition
        self._limits = topology.max_message_bytes(topics)
        self._compressed = compression != "none"
        self._failed: dict[int, RpkpyError] = {}
        self._busy = False
        self._callbacks = [self._on_failure(index) for index in range(len(topics))]
        batch_bytes = min(_MAX_BATCH_BYTES, *(self._limits[topic] for topic in topics))
        largest = max(self._limits[topic] for topic in topics)
        self._producer: Producer = client.producer(
            kafka,
            # Idempotence keeps the order when a request is tried again; it costs nothing here.
            enable_idempotence=True,
            acks="all",
            compression_type=compression,
            batch_size=batch_bytes,
            # What compresses well may be larger than the topic's limit before it is compressed.
            message_max_bytes=min(1_000_000_000, largest * 32 if self._compressed else max(largest, 1_000)),
            message_timeout_ms=int(_PRODUCE_TIMEOUT_S * 1_000),
            linger_ms=0.5,
            batch_num_messages=10_000,
            queue_buffering_max_messages=1_000_000,
            delivery_report_only_error=True,
        )

    @property
    def busy(self) -> bool:
        """Whether something sent is not settled yet."""
        return self._busy

    def send(self, outputs: Sequence[Sequence[Record]], skip: Sequence[bool]) -> None:
        """Queue what one feed made: `outputs[i]` for output topic i, left out where `skip[i]`.

        All of it gets the time of this moment (the input's times are not carried over, as on the broker). Nothing
        is queued when one record alone is too large for its topic: RefusedError.
        """
        partitions = [self._partition(topic) for topic in self._topics]
        wanted = [records for records, left_out in zip(outputs, skip, strict=True) if not left_out]
        if not any(wanted):
            return
        if not self._compressed:
            for topic, records, left_out in zip(self._topics, outputs, skip, strict=True):
                if not left_out:
                    self._check_sizes(topic, records)
        now_ms = time.time_ns() // 1_000_000
        self._busy = True
        for index, (records, left_out) in enumerate(zip(outputs, skip, strict=True)):
            if not left_out:
                for record in records:
                    self._produce(index, partitions[index], record, now_ms)

    def settle(self) -> dict[int, RpkpyError]:
        """Wait until everything sent is answered; what went wrong, by output index (empty: all acknowledged)."""
        if not self._busy:
            return {}
        left = self._producer.flush(_PRODUCE_TIMEOUT_S + 2)
        self._busy = False
        if left:
            gone = UnreachableError("Kafka did not answer: could not write the output.")
            return dict.fromkeys(range(len(self._topics)), gone)
        failed, self._failed = self._failed, {}
        return failed

    def close(self) -> None:
        """Give up what is not settled."""
        self._producer.purge()
        self._producer.flush(0)

    def _partition(self, topic: str) -> int:
        found = self._topology.known(topic)
        if found is None:
            raise RefusedError(f"The output topic {topic} does not exist.")
        return self._input_partition % found.partitions

    def _check_sizes(self, topic: str, records: Sequence[Record]) -> None:
        limit = self._limits[topic] - _BATCH_OVERHEAD_BYTES - _RECORD_OVERHEAD_BYTES
        for record in records:
            size = len(record.key or b"") + len(record.value or b"")
            if record.headers:
                size += sum(len(key) + len(value or b"") + _HEADER_OVERHEAD_BYTES for key, value in record.headers)
            if size > limit:
                raise RefusedError(
                    f"A record of {size} bytes does not fit the output topic {topic}.",
                    cause=f"max.message.bytes of the topic is {self._limits[topic]}.",
                    fix=f"Raise max.message.bytes of {topic}, or make smaller records.",
                )

    def _produce(self, index: int, partition: int, record: Record, now_ms: int) -> None:
        from confluent_kafka import KafkaException

        topic = self._topics[index]
        while True:
            try:
                self._producer.produce(
                    topic,
                    value=record.value,
                    key=record.key,
                    partition=partition,
                    timestamp=now_ms,
                    headers=[(key.decode(), value) for key, value in record.headers] if record.headers else None,
                    on_delivery=self._callbacks[index],
                )
                return
            except BufferError:  # the queue is full: let some of it go out
                self._producer.poll(0.05)
            except KafkaException as error:
                raise client.translate(error.args[0], self._kafka, f"{topic} cannot be written to.") from error
            except UnicodeDecodeError as error:
                raise RefusedError(f"A header name for {topic} is not UTF-8, which this client cannot send.") from error

    def _on_failure(self, index: int) -> Callable[[Any, object], None]:
        """What librdkafka calls for a record of output `index` that it could not deliver."""

        def failed(error: Any, _: object) -> None:
            if error is not None:
                doing = f"{self._topics[index]} cannot be written to."
                self._failed.setdefault(index, client.translate(error, self._kafka, doing))

        return failed
