"""Batches written over the wire: all of them, once each, in order, whatever becomes of connections and answers."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import UnreachableError
from rpkpy.kafka.wire import outgoing
from rpkpy.kafka.wire.outgoing import BatchRefused, TooLarge
from rpkpy.kafka.wire.produce import Lane, Producer
from rpkpy.kafka.wire.protocol import Api, int16
from rpkpy.kafka.wire.transactions import identity
from tests.host.harness import consume, values
from tests.kafka.fixture import TestKafka
from tests.kafka.wire.proxy import Cut, proxied

pytestmark = pytest.mark.kafka

LIMIT = 1_048_588


@contextmanager
def producing(kafka: KafkaSettings, compression: str = "none", timeout_s: float = 8.0) -> Iterator[Producer]:
    producer = Producer(kafka, identity(kafka, compression), None, timeout_s)
    try:
        yield producer
    finally:
        producer.close()


def batch(texts: Sequence[str]) -> bytes:
    """A batch as the engine makes them: LogAppendTime, no producer."""
    records = [Record(None, text.encode()) for text in texts]
    return codec.encode_batch(records, log_append_time_ms=time.time_ns() // 1_000_000)


def numbered(first: int, count: int) -> bytes:
    return batch([str(number) for number in range(first, first + count)])


def send(producer: Producer, lane: Lane, batches: bytes, *, limit: int = LIMIT, compression: str = "none") -> None:
    producer.send(lane, outgoing.fitting(batches, lane[0], limit, compression))


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
def test_what_is_written_is_what_is_read(kafka: TestKafka, compression: str) -> None:
    name = kafka.topic()
    now_ms = time.time_ns() // 1_000_000
    records = [
        Record(b"k%d" % number if number % 2 else None, None if number % 3 == 0 else b"v" * number, ((b"h", b"x"),))
        for number in range(2_000)
    ]
    with producing(kafka.settings, compression) as producer:
        for start in range(0, len(records), 100):
            made = codec.encode_batch(records[start : start + 100], log_append_time_ms=now_ms)
            send(producer, (name, 0), made, compression=compression)
        assert producer.flush() == {}
    found = consume(kafka.settings, name)
    assert [(record.key, record.value, record.headers) for record in found] == [
        (record.key, record.value, record.headers) for record in records
    ]
    assert {record.timestamp_ms for record in found} == {now_ms}


def test_times_of_their_own_are_kept(kafka: TestKafka) -> None:
    name = kafka.topic(retention_ms="-1")
    times = [1_700_000_000_000 + number * 1_000 for number in (5, 1, 9)]
    with producing(kafka.settings) as producer:
        send(producer, (name, 0), codec.encode_batch([Record(None, b"x", timestamp_ms=time_ms) for time_ms in times]))
        assert producer.flush() == {}
    assert [record.timestamp_ms for record in consume(kafka.settings, name)] == times


def test_several_topics_and_partitions_keep_each_their_order(kafka: TestKafka) -> None:
    names = [kafka.topic(partitions=2) for _ in range(2)]
    lanes = [(name, partition) for name in names for partition in range(2)]
    with producing(kafka.settings) as producer:
        for first in range(0, 200, 5):
            for lane in lanes:
                send(producer, lane, numbered(first, 5))
        assert producer.flush() == {}
    for name, partition in lanes:
        assert values(kafka.settings, name, partition) == [str(number) for number in range(200)]


def test_lost_answers_write_nothing_twice(kafka: TestKafka) -> None:
    """The broker has written what it could not acknowledge: the same batches come again, and it knows them."""
    name, left = kafka.topic(), [6]

    def spoil(api: Api, frame: bytes) -> bytes:
        if api is Api.PRODUCE and left[0]:
            left[0] -= 1
            if left[0] % 3 != 2:
                raise Cut(frame[:9] if left[0] % 2 else b"")
        return frame

    with proxied(kafka.settings) as (proxy, settings), producing(settings) as producer:
        proxy.spoil = spoil
        for first in range(0, 400, 4):
            send(producer, (name, 0), numbered(first, 4))
        assert producer.flush() == {}
        assert left == [0]
    assert values(kafka.settings, name) == [str(number) for number in range(400)]


@pytest.mark.parametrize("code", [3, 6, 7, 19, 20])
def test_what_passes_is_tried_again_in_order(kafka: TestKafka, code: int) -> None:
    """The answer is spoiled, so that the broker has written what it seems to have refused."""
    name, left = kafka.topic(), [3]
    at = 8 + 4 + 2 + len(name) + 4 + 4

    def spoil(api: Api, frame: bytes) -> bytes:
        if api is Api.PRODUCE and left[0]:
            left[0] -= 1
            if left[0] != 1:
                return frame[:at] + int16(code) + frame[at + 2 :]
        return frame

    with proxied(kafka.settings) as (proxy, settings), producing(settings) as producer:
        proxy.spoil = spoil
        for first in range(0, 100, 4):
            send(producer, (name, 0), numbered(first, 4))
        assert producer.flush() == {}
    assert values(kafka.settings, name) == [str(number) for number in range(100)]


@pytest.mark.parametrize("seed", range(8))
def test_any_answers_may_be_spoiled_again_and_again(kafka: TestKafka, seed: int) -> None:
    """A broker knows a producer's last five batches: one that it took long ago must never be sent again."""
    name, left = kafka.topic(), [20]
    at = 8 + 4 + 2 + len(name) + 4 + 4
    chance = random.Random(seed)  # noqa: S311

    def spoil(api: Api, frame: bytes) -> bytes:
        if api is Api.PRODUCE and left[0] and chance.random() < 0.6:
            left[0] -= 1
            return frame[:at] + int16(chance.choice((7, 20))) + frame[at + 2 :]
        return frame

    with proxied(kafka.settings) as (proxy, settings), producing(settings, timeout_s=30) as producer:
        proxy.spoil = spoil
        for first in range(0, 240, 4):
            send(producer, (name, 0), numbered(first, 4))
        assert producer.flush() == {}
    assert left == [0]
    assert values(kafka.settings, name) == [str(number) for number in range(240)]


def test_a_broker_that_is_silent_is_given_up(kafka: TestKafka) -> None:
    name = kafka.topic()
    with proxied(kafka.settings) as (proxy, settings), producing(settings, timeout_s=1.0) as producer:
        proxy.spoil = lambda api, frame: None if api is Api.PRODUCE else frame
        send(producer, (name, 0), numbered(0, 1))
        (error,) = producer.flush().values()
        assert isinstance(error, UnreachableError) and "did not answer" in error.message
        with pytest.raises(UnreachableError):
            send(producer, (name, 0), numbered(1, 1))
    assert not producer.flush()


def test_a_topic_that_does_not_exist(kafka: TestKafka) -> None:
    with producing(kafka.settings, timeout_s=0.5) as producer:
        send(producer, (f"{kafka.topic()}-no", 0), numbered(0, 1))
        (error,) = producer.flush().values()
        assert isinstance(error, UnreachableError)


@pytest.mark.parametrize("compression", ["none", "lz4"])
def test_a_batch_that_is_too_large_is_cut(kafka: TestKafka, compression: str) -> None:
    """What the limit says beforehand, and what the broker finds for itself."""
    texts = [f"{number}:{'x' * (number % 50)}" for number in range(300)]
    for limit in (600, LIMIT):
        name = kafka.topic(max_message_bytes="600")
        with producing(kafka.settings, compression) as producer:
            for start in range(0, 300, 100):
                made = batch(texts[start : start + 100])
                send(producer, (name, 0), made, limit=limit, compression=compression)
            assert producer.flush() == {}
        assert values(kafka.settings, name) == texts


@pytest.mark.parametrize("known", [False, True])
def test_a_record_that_is_too_large_is_refused_and_others_go_on(kafka: TestKafka, known: bool) -> None:
    """Nothing of what stands behind it is written, whether the producer knew of the refusal or not."""
    name, other = kafka.topic(max_message_bytes="600"), kafka.topic()
    with producing(kafka.settings) as producer:
        with pytest.raises(TooLarge) as caught:
            send(producer, (name, 0), batch(["a", "x" * 700, "b"]), limit=600)
        assert name in caught.value.message and "600" in str(caught.value.cause)
        send(producer, (name, 0), batch(["first"]))
        send(producer, (name, 0), batch(["x" * 700]))
        send(producer, (other, 0), batch(["elsewhere"]))
        if known:
            time.sleep(0.5)
            send(producer, (other, 0), batch(["there"]))  # takes the answers that have come
        send(producer, (name, 0), batch(["behind it"]))
        failed = producer.flush()
        assert set(failed) == {(name, 0)} and isinstance(failed[name, 0], BatchRefused)
        send(producer, (name, 0), batch(["later"]))
        assert producer.flush() == {}
    assert values(kafka.settings, name) == ["first", "later"]
    assert values(kafka.settings, other)[0] == "elsewhere"


def test_a_compacted_topic_wants_keys(kafka: TestKafka) -> None:
    name = kafka.topic(cleanup_policy="compact")
    with producing(kafka.settings) as producer:
        send(producer, (name, 0), batch(["no key"]))
        (error,) = producer.flush().values()
        assert isinstance(error, BatchRefused) and "INVALID_RECORD" in str(error.cause)
        send(producer, (name, 0), codec.encode_batch([Record(b"k", b"v", timestamp_ms=time.time_ns() // 1_000_000)]))
        assert producer.flush() == {}
    assert values(kafka.settings, name) == ["v"]


def test_sequences_begin_again_after_31_bits() -> None:
    assert outgoing.next_sequence(2**31 - 2, 1) == 2**31 - 1
    assert outgoing.next_sequence(2**31 - 2, 2) == 0
    assert outgoing.next_sequence(2**31 - 1, 3) == 2


@pytest.mark.parametrize("seed", range(12))
def test_damaged_answers_do_no_harm(kafka: TestKafka, seed: int) -> None:
    name, left = kafka.topic(), [2]
    chance = random.Random(seed)  # noqa: S311

    def spoil(api: Api, frame: bytes) -> bytes:
        if api is not Api.PRODUCE or not left[0]:
            return frame
        left[0] -= 1
        damaged = bytearray(frame)
        damaged[chance.randrange(8 + 4 + 2 + len(name) + 4 + 4)] = chance.randrange(256)  # what stands before the error
        return bytes(damaged)

    with proxied(kafka.settings) as (proxy, settings), producing(settings) as producer:
        proxy.spoil = spoil
        for first in range(0, 40, 4):
            send(producer, (name, 0), numbered(first, 4))
        assert producer.flush() == {}
    assert values(kafka.settings, name) == [str(number) for number in range(40)]
