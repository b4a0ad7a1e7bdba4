"""The outputs of one input partition, written in whole batches: from the instance's memory to the socket."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rpkpy.batches import codec, payload
from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RefusedError, RpkpyError
from rpkpy.host import commits
from rpkpy.host.model import Transform
from rpkpy.host.record_path import DEAD_LETTER, RecordRefused
from rpkpy.host.topology import Topology
from rpkpy.kafka.wire import outgoing
from rpkpy.kafka.wire.outgoing import BatchRefused
from rpkpy.kafka.wire.produce import Lane, Producer
from rpkpy.kafka.wire.transactions import Transactions, identity

if TYPE_CHECKING:
    from rpkpy.engine import Output
    from rpkpy.engine.by_key import KeyPartitioner

# The broker: 5 attempts of a second with up to half a second between them, then the processor has failed.
_PRODUCE_TIMEOUT_S = 8.0


class WireSink:
    """A Sink (see record_path) on Kafka's own protocol.

    Records go to the partition that follows the input's; by key, where the transform says so, those that have one.
    """

    path = "wire"

    def __init__(self, kafka: KafkaSettings, topology: Topology, transform: Transform, partition: int) -> None:
        self._kafka = kafka
        self._topology = topology
        self._transform = transform
        self._partition = partition
        self._topics = dict(enumerate(transform.output_topics))
        if transform.dead_letter_topic is not None:
            self._topics[DEAD_LETTER] = transform.dead_letter_topic
        self._limits = topology.max_message_bytes(self._topics.values())
        self._transactions: Transactions | None = None
        transactional_id = None
        if transform.exactly_once:
            transactional_id = commits.transactional_id(transform, partition)
            self._transactions = Transactions(kafka, transactional_id, transform.compression, _PRODUCE_TIMEOUT_S)
            stamp = self._transactions.stamp
        else:
            stamp = identity(kafka, transform.compression)
        self._producer = Producer(kafka, stamp, transactional_id, _PRODUCE_TIMEOUT_S)
        self._by_key = _key_partitioner() if transform.options.partitioner == "key" else None
        self._outputs: dict[Lane, set[int]] = {}
        """Which outputs go to a partition: two may name one topic."""

    def send(self, output: "Output", skip: Sequence[bool]) -> None:
        """See Sink."""
        self._write(
            {
                index: batches
                for index, (batches, left_out) in enumerate(zip(output.plain, skip, strict=True))
                if len(batches) and not left_out
            }
        )

    def dead_letter(self, record: Record) -> None:
        """See Sink."""
        content, now_ms = payload.encode(record), time.time_ns() // 1_000_000
        self._write({DEAD_LETTER: codec.encode_payloads([content], now_ms)})

    def _write(self, outputs: "dict[int, bytes | memoryview]") -> None:
        compression = self._transform.compression
        ready: dict[Lane, list[bytearray]] = {}
        try:
            for index, batches in outputs.items():
                topic = self._topics[index]
                for partition, part in self._parted(index, topic, batches):
                    lane = topic, partition
                    self._outputs.setdefault(lane, set()).add(index)
                    ready.setdefault(lane, []).extend(outgoing.fitting(part, topic, self._limits[topic], compression))
        except BatchRefused as error:
            raise RecordRefused(error.message, cause=error.cause, fix=error.fix) from error
        if self._transactions is not None:
            self._transactions.add(ready)
        for lane, made in ready.items():
            self._producer.send(lane, made)

    def settle(self) -> dict[int, RpkpyError]:
        """See Sink."""
        failed = self._producer.flush()
        return {index: _for_policy(error) for lane, error in failed.items() for index in self._outputs[lane]}

    def commit(self, position: int, metadata: str) -> None:
        """See Sink."""
        assert self._transactions is not None  # noqa: S101
        transform = self._transform
        self._transactions.commit(
            commits.group_id(transform), transform.input_topic, self._partition, position + 1, metadata
        )

    def idle(self) -> None:
        """See Sink."""

    def close(self) -> None:
        """See Sink."""
        self._producer.close()
        if self._transactions is not None:
            self._transactions.close()

    def _parted(
        self, index: int, topic: str, batches: "bytes | memoryview"
    ) -> "Iterator[tuple[int, bytes | memoryview]]":
        """The batches of an output by the partition that they go to; a part is good until the next one is asked for."""
        found = self._topology.known(topic)
        if found is None:
            raise RefusedError(f"The output topic {topic} does not exist.")
        following = self._partition % found.partitions
        if self._by_key is None or index == DEAD_LETTER or found.partitions == 1:
            yield following, batches
            return
        view = memoryview(batches)
        for start, size in codec.batch_sizes(view):
            yield from self._by_key.deal(view[start : start + size], found.partitions, following)


def _key_partitioner() -> "KeyPartitioner":
    from rpkpy.engine.by_key import KeyPartitioner

    return KeyPartitioner()


def _for_policy(error: RpkpyError) -> RpkpyError:
    """The error as processors know it."""
    if isinstance(error, BatchRefused):
        return RecordRefused(error.message, cause=error.cause, fix=error.fix)
    return error
