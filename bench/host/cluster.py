"""What the host's benchmark needs of Kafka: topics, records in them, how far an output is, when what arrives."""

import itertools
import threading
import time
from collections.abc import Sequence

from confluent_kafka import TopicPartition

from rpkpy.batches import codec
from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka import client, topics
from rpkpy.kafka.wire import outgoing
from rpkpy.kafka.wire.fetch import Fetcher
from rpkpy.kafka.wire.produce import Producer
from rpkpy.kafka.wire.transactions import identity

_names = itertools.count()
_LARGEST = 1_048_588
_AT_ONCE = 200


def new_topic(kafka: KafkaSettings, partitions: int = 1) -> str:
    """A topic that keeps records of any age. Returns its name."""
    name = f"bench-{next(_names)}-{time.time_ns()}"
    (made,) = topics.create(
        client.admin(kafka),
        [name],
        partitions=partitions,
        replicas=1,
        config={"retention.ms": "-1", "segment.bytes": "1073741824"},
    )
    if not made.ok:
        raise RuntimeError(f"{name} cannot be made: {made}")
    return name


class Writer:
    """Writes batches to a partition as they stand."""

    def __init__(self, kafka: KafkaSettings, topic: str, partition: int = 0) -> None:
        self._topic = topic
        self._lane = topic, partition
        self._producer = Producer(kafka, identity(kafka, "none"), None, 60.0)

    def write(self, batches: Sequence[bytes]) -> None:
        """Write, and wait until all is acknowledged."""
        for start in range(0, len(batches), _AT_ONCE):
            ready = [
                made
                for batch in batches[start : start + _AT_ONCE]
                for made in outgoing.fitting(batch, self._topic, _LARGEST, "none")
            ]
            self._producer.send(self._lane, ready)
            if failed := self._producer.flush():
                raise RuntimeError(f"{self._topic} cannot be filled: {failed}")

    def close(self) -> None:
        """End the connection."""
        self._producer.close()


def fill(kafka: KafkaSettings, topic: str, batches: Sequence[bytes], records: int, partition: int = 0) -> int:
    """Write `batches` again and again, `records` at least; how many records that made."""
    each = sum(batch.record_count for data in batches for batch in codec.decode_batches(data, check_crc=False))
    repeats = -(-records // each)
    writer = Writer(kafka, topic, partition)
    for _ in range(repeats):
        writer.write(batches)
    writer.close()
    return each * repeats


class Output:
    """How many records stand in a partition."""

    def __init__(self, kafka: KafkaSettings, topic: str, partition: int = 0) -> None:
        self._consumer = client.consumer(kafka, group_id="bench", enable_auto_commit=False)
        self._place = TopicPartition(topic, partition)

    def await_records(self, count: int, timeout_s: float) -> None:
        """Wait until there are `count`."""
        deadline = time.monotonic() + timeout_s
        while (found := self._consumer.get_watermark_offsets(self._place, timeout=10)[1]) < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{found} of {count} records after {timeout_s:g} s")
            time.sleep(0.01)

    def close(self) -> None:
        """End the connection."""
        self._consumer.close()


class Arrivals:
    """Notes when the offsets of a topic's partition 0 can be read, in a thread of its own."""

    def __init__(self, kafka: KafkaSettings, topic: str, until: int) -> None:
        self._fetcher = Fetcher(kafka, topic, 0, 0)
        self._until = until
        self._space = bytearray(4 << 20)
        self.seen: list[tuple[float, int]] = []
        """Times (perf_counter, seconds), and the last offset that was there then."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while self._fetcher.offset < self._until:
            if self._fetcher.poll(lambda size: memoryview(self._space)[:size], 1.0) is not None:
                self.seen.append((time.perf_counter(), self._fetcher.offset - 1))
        self._fetcher.close()

    def of_batches(self, records: int, count: int) -> list[float]:
        """When each of the first `count` batches of so many records was there."""
        seen, times = iter(self.seen), []
        at, last = next(seen)
        for number in range(count):
            while last < (number + 1) * records - 1:
                at, last = next(seen)
            times.append(at)
        return times

    def stop(self) -> None:
        """Wait no longer."""
        self._until = 0
        self._thread.join(10)

    def join(self, timeout_s: float) -> None:
        """Wait for the last one."""
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise RuntimeError("not all records arrived")
