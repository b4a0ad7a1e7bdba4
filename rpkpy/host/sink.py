"""The output topics of one processor: what a feed made goes to the partition that follows the input partition."""

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rpkpy.batches import payload
from rpkpy.errors import RefusedError, RpkpyError, UnreachableError
from rpkpy.host.topology import Topology
from rpkpy.kafka import client, errors

if TYPE_CHECKING:
    from confluent_kafka import Producer

    from rpkpy.config.settings import KafkaSettings

# Of a batch beside its record (61 bytes), and of a record beside its payload, at most.
_OVERHEAD_BYTES = 61 + 24
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
        self._callbacks = [_on_failure(self._failed, index, topic, kafka) for index, topic in enumerate(topics)]
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

    def send(self, outputs: Sequence[Sequence[bytes]], skip: Sequence[bool]) -> None:
        """Queue what one feed made: `outputs[i]` are record payloads for output topic i, left out where `skip[i]`.

        All of it gets the time of this moment (the input's times are not carried over, as on the broker). Nothing
        is queued when one record alone is too large for its topic: RefusedError.
        """
        wanted = [
            (index, self._partition(self._topics[index]), payloads)
            for index, (payloads, left_out) in enumerate(zip(outputs, skip, strict=True))
            if payloads and not left_out
        ]
        for index, _, payloads in wanted:
            self._check_sizes(self._topics[index], payloads)
        now_ms = time.time_ns() // 1_000_000
        for index, partition, payloads in wanted:
            self._busy = True
            self._produce(index, partition, payloads, now_ms)

    def settle(self) -> dict[int, RpkpyError]:
        """Wait until everything sent is answered; what went wrong, by output index (empty: all acknowledged)."""
        if not self._busy:
            return {}
        left = self._producer.flush(_PRODUCE_TIMEOUT_S + 2)
        self._busy = False
        if left:
            gone = UnreachableError("Kafka did not answer: could not write the output.")
            return dict.fromkeys(range(len(self._topics)), gone)
        failed = dict(self._failed)
        self._failed.clear()
        return failed

    def idle(self) -> None:
        """Let the client say what it has to say: it keeps its messages until somebody asks."""
        self._producer.poll(0)

    def close(self) -> None:
        """Give up what is not settled."""
        self._producer.purge()
        self._producer.flush(0)
        del self._producer  # with it go its threads and connections

    def _partition(self, topic: str) -> int:
        found = self._topology.known(topic)
        if found is None:
            raise RefusedError(f"The output topic {topic} does not exist.")
        return self._input_partition % found.partitions

    def _check_sizes(self, topic: str, payloads: Sequence[bytes]) -> None:
        if self._compressed:
            return  # how large a record is then, the broker sees first
        largest = max(map(len, payloads))
        if largest + _OVERHEAD_BYTES > self._limits[topic]:
            raise RefusedError(
                f"A record of {largest} bytes does not fit the output topic {topic}.",
                cause=f"max.message.bytes of the topic is {self._limits[topic]}.",
                fix=f"Raise max.message.bytes of {topic}, or make smaller records.",
            )

    def _produce(self, index: int, partition: int, payloads: Sequence[bytes], now_ms: int) -> None:
        from confluent_kafka import KafkaException

        topic, produce, on_delivery = self._topics[index], self._producer.produce, self._callbacks[index]
        for content in payloads:
            key, value, headers = payload.decode(content)
            while True:
                try:
                    produce(
                        topic,
                        value=value,
                        key=key,
                        partition=partition,
                        timestamp=now_ms,
                        headers=_named(headers) if headers else None,
                        on_delivery=on_delivery,
                    )
                    break
                except BufferError:  # the queue is full: let some of it go out
                    self._producer.poll(0.05)
                except KafkaException as error:
                    raise errors.translate(error.args[0], self._kafka, f"{topic} cannot be written to.") from error


def _on_failure(
    failed: dict[int, RpkpyError], index: int, topic: str, kafka: "KafkaSettings"
) -> Callable[[Any, object], None]:
    """What librdkafka calls for a record of output `index` that it could not deliver.

    It knows nothing of the sink: the producer holds it, and in a circle neither would be freed in time.
    """

    def note(error: Any, _: object) -> None:
        if error is not None:
            failed.setdefault(index, errors.translate(error, kafka, f"{topic} cannot be written to."))

    return note


def _named(headers: Sequence[tuple[bytes, bytes | None]]) -> list[tuple[str, str | bytes | None]]:
    """Headers as the client takes them; RefusedError for a name that it cannot send."""
    try:
        return [(name.decode(), value) for name, value in headers]
    except UnicodeDecodeError as error:
        raise RefusedError("A record has a header whose name is not UTF-8, which the host cannot send yet.") from error
