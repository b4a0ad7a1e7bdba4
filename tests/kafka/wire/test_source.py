"""A partition read over the wire is what librdkafka reads of it, however it was written and in whatever parts."""

import random
import struct
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka import TopicPartition  # noqa: TID253

from rpkpy.batches.record import Record
from rpkpy.errors import RpkpyError
from rpkpy.host.wire_source import FEED_BYTES, WireSource
from rpkpy.kafka import client
from rpkpy.kafka.wire.protocol import Api, int16
from tests.host.harness import consume
from tests.kafka.fixture import TestKafka
from tests.kafka.wire.proxy import Cut, Proxy, proxied
from tests.kafka.wire.reading import Area, confluent, read_until

pytestmark = pytest.mark.kafka

CODECS = ("none", "gzip", "snappy", "lz4", "zstd")


def fill(kafka: TestKafka, topic: str, count: int, *, batch: int = 10, **conf: object) -> None:
    """Records with keys, headers, nulls and sizes of all kinds, in batches of `batch`."""
    producer = confluent(kafka.settings, batch_num_messages=batch, **conf)
    for number in range(count):
        value = None if number % 7 == 3 else b"%d:" % number + b"v" * (number * 37 % 300)
        headers: list[tuple[str, str | bytes | None]] = [("h", b"x"), ("n", None)] if number % 5 == 0 else []
        producer.produce(topic, value=value, key=b"k" if number % 2 else None, headers=headers, partition=0)
    assert producer.flush(20) == 0


@pytest.fixture(scope="module")
def topic(kafka: TestKafka) -> Iterator[tuple[str, list[Record]]]:
    """A topic with batches of every compression, and its records as librdkafka reads them."""
    name = kafka.topic()
    for compression in CODECS:
        fill(kafka, name, 60, compression_type=compression)
    fill(kafka, name, 500, batch=400)
    yield name, consume(kafka.settings, name)


def source_of(kafka: TestKafka, topic: str, offset: int = 0) -> "closing[WireSource]":
    return closing(WireSource(kafka.settings, topic, 0, offset))


def test_all_compressions_in_one_topic(kafka: TestKafka, topic: tuple[str, list[Record]]) -> None:
    name, expected = topic
    assert len(expected) == 800
    with source_of(kafka, name) as source:
        assert read_until(source, 799) == expected
        assert source.end() == 800
        assert source.read(Area(), 0.0) is None
        source.read(Area(), 1.0)
        assert source.end_seen == 800


@pytest.mark.parametrize("start", [1, 5, 59, 60, 123, 301, 799])
def test_a_first_batch_that_begins_before_the_offset(
    kafka: TestKafka, topic: tuple[str, list[Record]], start: int
) -> None:
    name, expected = topic
    with source_of(kafka, name, start) as source:
        assert read_until(source, 799) == expected[start:]


@pytest.mark.parametrize("most", [1, 2, 7, 100])
def test_feeds_of_few_records(kafka: TestKafka, topic: tuple[str, list[Record]], most: int) -> None:
    name, expected = topic
    with source_of(kafka, name, 590) as source:
        assert read_until(source, 799, max_records=most) == expected[590:]


def test_one_record_at_a_time_can_be_had_whole(kafka: TestKafka, topic: tuple[str, list[Record]]) -> None:
    name, expected = topic
    with source_of(kafka, name, 298) as source:
        for record in expected[298:303]:
            feed = source.read(Area(), 5, max_records=1)
            assert feed is not None and feed.records == 1 and feed.first_offset == record.offset
            assert source.record() == record


@pytest.mark.parametrize("seed", range(6))
def test_any_sequence_of_reads_and_seeks_gives_the_same_records(
    kafka: TestKafka, topic: tuple[str, list[Record]], seed: int
) -> None:
    name, expected = topic
    chance, area = random.Random(seed), Area()  # noqa: S311
    position = chance.randrange(700)
    with source_of(kafka, name, position) as source:
        for _ in range(60):
            if position > 799:
                break
            if chance.random() < 0.1:
                position = chance.randrange(800)
                source.seek(position)
            most = chance.choice((1, 2, 5, 50, 100_000))
            last = chance.choice((None, position, position + chance.randrange(30), position - 1))
            feed = source.read(area, 5, max_records=most, last_offset=last)
            assert feed is not None
            if last is not None and last >= position:
                assert feed.last_offset <= last
            assert area.records(feed) == expected[position : feed.last_offset + 1]
            position = feed.last_offset + 1


def test_only_what_is_committed(kafka: TestKafka) -> None:
    """Aborted transactions of two producers, woven into each other and into committed ones."""
    name = kafka.topic()
    first, second = (
        confluent(kafka.settings, transactional_id=f"{name}-{number}", batch_num_messages=3) for number in range(2)
    )
    for producer in (first, second):
        producer.init_transactions(10)
    for number in range(12):
        for producer in (first, second):
            producer.begin_transaction()
        for part in range(2):
            for who, producer in (("first", first), ("second", second)):
                producer.produce(name, value=f"{who} {number} {part}", partition=0)
                assert producer.flush(10) == 0
        first.abort_transaction(10) if number % 2 else first.commit_transaction(10)
        second.abort_transaction(10) if number % 3 else second.commit_transaction(10)
    fill(kafka, name, 5)
    expected = consume(kafka.settings, name)
    assert len(expected) == 12 + 8 + 5
    with source_of(kafka, name) as source:
        last = expected[-1].offset
        assert read_until(source, last) == expected
    for start in (3, 20, 41):
        with source_of(kafka, name, start) as source:
            assert read_until(source, last) == [record for record in expected if record.offset >= start]
    with source_of(kafka, name) as source:
        assert read_until(source, last, max_records=1) == expected


def test_markers_at_the_end_are_passed_and_an_open_transaction_is_waited_for(kafka: TestKafka) -> None:
    name = kafka.topic()
    producer = confluent(kafka.settings, transactional_id=name)
    producer.init_transactions(10)
    with source_of(kafka, name) as source:
        producer.begin_transaction()
        producer.produce(name, value=b"a", partition=0)
        assert producer.flush(10) == 0
        area = Area()
        assert source.read(area, 0.7) is None
        producer.commit_transaction(10)
        assert [record.value for record in read_until(source, 1)] == [b"a"]
        producer.begin_transaction()
        producer.produce(name, value=b"b", partition=0)
        assert producer.flush(10) == 0
        producer.abort_transaction(10)
        assert read_until(source, 3) == []  # the record, the marker
        assert source.read(area, 1.0) is None
        assert source.end_seen == source.end() == 4


def test_log_append_time(kafka: TestKafka) -> None:
    name = kafka.topic(message_timestamp_type="LogAppendTime")
    fill(kafka, name, 40)
    expected = consume(kafka.settings, name)
    assert min(record.timestamp_ms for record in expected) > time.time() * 1000 - 60_000
    for most in (1, 100):
        with source_of(kafka, name) as source:
            assert read_until(source, 39, max_records=most) == expected


def test_a_compacted_topic_with_gaps(kafka: TestKafka) -> None:
    name = kafka.topic(
        cleanup_policy="compact", segment_ms="100", min_cleanable_dirty_ratio="0.01", max_compaction_lag_ms="100"
    )
    producer = confluent(kafka.settings, batch_num_messages=5)
    for number in range(60):
        producer.produce(name, key=b"same" if number % 3 else b"%d" % number, value=b"%d" % number, partition=0)
    assert producer.flush(10) == 0
    time.sleep(0.3)
    producer.produce(name, key=b"end", value=b"end", partition=0)
    assert producer.flush(10) == 0
    for most in (1, 3, 1000):
        expected = consume(kafka.settings, name)
        with source_of(kafka, name) as source:
            assert read_until(source, 60, max_records=most) == expected


def test_records_that_are_gone_are_passed_over(kafka: TestKafka) -> None:
    name = kafka.topic()
    fill(kafka, name, 30)
    admin = client.admin(kafka.settings)
    (future,) = admin.raw.delete_records([TopicPartition(name, 0, 17)]).values()
    admin.wait(future)
    with source_of(kafka, name) as source:
        assert [record.offset for record in read_until(source, 29)] == list(range(17, 30))
    with source_of(kafka, name, 10_000) as source:  # the topic was cut back
        assert [record.offset for record in read_until(source, 29)] == list(range(17, 30))


def test_a_topic_that_is_made_later_and_one_that_goes(kafka: TestKafka) -> None:
    name = kafka.topic()
    with source_of(kafka, name) as source, source_of(kafka, f"{name}-later") as later:
        fill(kafka, name, 3)
        assert len(read_until(source, 2)) == 3
        assert later.read(Area(), 0.1) is None
        admin = client.admin(kafka.settings)
        (future,) = admin.raw.delete_topics([name]).values()
        admin.wait(future)
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            assert source.read(Area(), 0.2) is None


# With a proxy between.


class Spoiled:
    """A source behind a proxy, for the time of the block."""

    def __init__(self, kafka: TestKafka, topic: str) -> None:
        self._proxied = proxied(kafka.settings)
        self._topic = topic

    def __enter__(self) -> tuple[Proxy, WireSource]:
        proxy, settings = self._proxied.__enter__()
        self._source = WireSource(settings, self._topic, 0, 0)
        return proxy, self._source

    def __exit__(self, *_: object) -> None:
        self._source.close()
        self._proxied.__exit__(None, None, None)


def test_a_connection_that_is_cut_in_the_middle_of_answers(kafka: TestKafka, topic: tuple[str, list[Record]]) -> None:
    name, expected = topic
    chance, left = random.Random(1), [6]  # noqa: S311

    def spoil(api: Api, frame: bytes) -> bytes:
        if left[0] and chance.random() < 0.7:
            left[0] -= 1
            raise Cut(frame[: chance.randrange(len(frame))])
        return frame

    with Spoiled(kafka, name) as (proxy, source):
        proxy.spoil = spoil
        assert read_until(source, 799, max_records=40) == expected
        assert proxy.connections > 6


def test_an_answer_that_comes_in_drops_or_not_at_all(kafka: TestKafka, topic: tuple[str, list[Record]]) -> None:
    name, expected = topic
    answers = [0]

    def spoil(api: Api, frame: bytes) -> bytes | None:
        answers[0] += api is Api.FETCH
        if api is Api.FETCH and answers[0] == 1:
            return None  # the client gives it up after some time
        time.sleep(0.05)
        return frame

    with Spoiled(kafka, name) as (proxy, source):
        proxy.spoil = spoil
        assert read_until(source, 799) == expected


@pytest.mark.parametrize("code", [3, 5, 6, 56, 74, 78])
def test_a_leader_that_is_none(kafka: TestKafka, topic: tuple[str, list[Record]], code: int) -> None:
    name, expected = topic
    left = [2]

    def spoil(api: Api, frame: bytes) -> bytes:
        if api is Api.FETCH and left[0]:
            left[0] -= 1
            at = 8 + 14 + 2 + len(name) + 4 + 4  # behind the topic's name, a count and the partition's number
            return frame[:at] + int16(code) + frame[at + 2 :]
        return frame

    with Spoiled(kafka, name) as (proxy, source):
        proxy.spoil = spoil
        assert read_until(source, 799) == expected
        assert left == [0]


@pytest.mark.parametrize("size", [-1, 0, 3, 5, 17, 1 << 30, 0x7FFF_FFFF])
def test_a_size_that_cannot_be_right(kafka: TestKafka, topic: tuple[str, list[Record]], size: int) -> None:
    with Spoiled(kafka, topic[0]) as (proxy, source):
        proxy.spoil = lambda api, frame: struct.pack(">i", size) + frame[4:] if api is Api.FETCH else frame
        with pytest.raises(RpkpyError):
            read_until(source, 799, timeout_s=10)


@pytest.mark.parametrize("api", [Api.FETCH, Api.METADATA, Api.API_VERSIONS])
@pytest.mark.parametrize("seed", range(12))
def test_damaged_answers_are_refused_or_do_no_harm(
    kafka: TestKafka, topic: tuple[str, list[Record]], api: Api, seed: int
) -> None:
    """Whatever is changed, what is read is right, or an error that says so."""
    name, expected = topic
    chance, left = random.Random(seed), [1]  # noqa: S311

    def spoil(answered: Api, frame: bytes) -> bytes:
        if answered is not api or not left[0]:
            return frame
        left[0] -= 1
        damaged = bytearray(frame)
        for _ in range(chance.choice((1, 1, 4))):
            # mostly where lengths and counts are
            damaged[chance.randrange(min(len(frame), chance.choice((12, 60, 200, 100_000))))] = chance.randrange(256)
        return bytes(damaged)

    with Spoiled(kafka, name) as (proxy, source):
        proxy.spoil = spoil
        try:
            found = read_until(source, 799)
        except RpkpyError:
            found = read_until(source, 799)  # and it goes on afterwards
        assert found == expected


def test_compressed_batches_are_inflated_a_few_at_a_time(kafka: TestKafka) -> None:
    """A fetch of 1 MiB may hold gigabytes: no more than some MiB of them are in memory at once."""
    name, each = kafka.topic(max_message_bytes=str(64 << 20)), 3 * 1024 * 1024
    producer = confluent(kafka.settings, compression_type="zstd", message_max_bytes=64 << 20, batch_num_messages=1)
    for number in range(8):
        producer.produce(name, value=bytes([number]) * each, partition=0)
        assert producer.flush(20) == 0
    with source_of(kafka, name) as source:
        area, position = Area(), 0
        while position < 8:
            feed = source.read(area, 5)
            assert feed is not None and feed.size < FEED_BYTES + each
            for record in area.records(feed):
                assert record.value == bytes([position]) * each
                position += 1
