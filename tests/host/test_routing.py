"""To which partition an output record goes, and which time it has."""

import time
from contextlib import closing
from typing import Any

import pytest

from rpkpy.config.host_options import HostOptions
from rpkpy.host import record_path
from rpkpy.host.model import ModuleRef, Start, Transform
from rpkpy.host.settings import HostSettings
from rpkpy.host.topology import Topology
from rpkpy.kafka import client
from tests.host import guests
from tests.host.harness import Api, consume, eventually, produce, values
from tests.kafka.fixture import TestKafka
from tests.redpanda.test_transform_logs import KAFKA_MURMUR2

pytestmark = pytest.mark.kafka

FROM_START = {"format": "from_start", "value": 0}

VECTORS = {key.encode(): hashed for key, hashed in KAFKA_MURMUR2.items()}
"""murmur2 of keys, as Kafka's own test has them."""


def deploy(api: Api, source: str, target: str, **more: Any) -> None:
    answer = api.deploy("n", source, [target], guests.wasm(), offset=FROM_START, **more)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("guarantee", ["at-least-once", "exactly-once"])
def test_by_key_equal_keys_meet_where_kafkas_clients_put_them(api: Api, kafka: TestKafka, guarantee: str) -> None:
    partitions = 7
    source, target = kafka.topic(partitions=3), kafka.topic(partitions=partitions)
    for partition in range(3):
        for key in VECTORS:
            produce(kafka.settings, source, [f"{partition}"], partition=partition, key=key)
        produce(kafka.settings, source, [f"null{partition}"], partition=partition)
        produce(kafka.settings, source, [f"empty{partition}"], partition=partition, key=b"")
    deploy(api, source, target, rpkpy={"partitioner": "key", "guarantee": guarantee})

    def found() -> dict[int, list[tuple[bytes | None, bytes | None]]]:
        return {
            number: [(record.key, record.value) for record in consume(kafka.settings, target, number)]
            for number in range(partitions)
        }

    eventually(lambda: sum(map(len, found().values())) == 3 * (len(VECTORS) + 2))
    where = found()
    for key, hashed in VECTORS.items():
        own = where[(hashed & 0x7FFFFFFF) % partitions]
        assert sorted(value or b"" for each, value in own if each == key) == [b"0", b"1", b"2"], key
    for partition in range(3):
        assert (None, f"null{partition}".encode()) in where[partition]  # as without a partitioner
    # murmur2 of no bytes: 275646681
    assert sum(each == b"" for each, _ in where[275646681 % partitions]) == 3


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_by_key_many_records_at_once_keep_their_order(api: Api, kafka: TestKafka, compression: str) -> None:
    partitions, keys, count = 5, list(VECTORS), 3_000
    source, target = kafka.topic(), kafka.topic(partitions=partitions)
    producer = client.producer(kafka.settings, linger_ms=50)
    for step in range(count):
        producer.produce(source, value=str(step), key=keys[step % len(keys)], partition=0)
    assert producer.flush(20) == 0
    answer = api.deploy(
        "n", source, [target], guests.wasm(), offset=FROM_START, compression=compression, rpkpy={"partitioner": "key"}
    )
    assert answer.status_code == 200, answer.text

    def found() -> list[list[str]]:
        return [values(kafka.settings, target, number) for number in range(partitions)]

    eventually(lambda: sum(map(len, found())) == count)
    expected: list[list[str]] = [[] for _ in range(partitions)]
    for step in range(count):
        expected[(VECTORS[keys[step % len(keys)]] & 0x7FFFFFFF) % partitions].append(str(step))
    assert found() == expected


def test_the_wire_routes_by_key_too(kafka: TestKafka) -> None:
    routed = Transform(
        *("n", "uuid", kafka.topic(), (kafka.topic(partitions=2),), ModuleRef("0", 0, 0), Start(None, 0, "id", {})),
        options=HostOptions(partitioner="key"),
    )
    topology = Topology(kafka.settings, 10)
    topology.describe(routed.topics)
    with closing(record_path.open_sink(HostSettings(kafka.settings), topology, routed, 0)) as sink:
        assert sink.path == "wire"


def test_by_input_partition_is_the_brokers_way(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(partitions=3), kafka.topic(partitions=2)
    for partition in range(3):
        produce(kafka.settings, source, [f"p{partition}"], partition=partition, key=b"same")
    deploy(api, source, target)
    eventually(lambda: len(values(kafka.settings, target)) + len(values(kafka.settings, target, 1)) == 3)
    assert sorted(values(kafka.settings, target, 0)) == ["p0", "p2"]


@pytest.mark.parametrize("guarantee", ["at-least-once", "exactly-once"])
def test_times_are_carried_record_by_record(api: Api, kafka: TestKafka, guarantee: str) -> None:
    source, target = kafka.topic(retention_ms="-1"), kafka.topic(retention_ms="-1")
    times = [1_600_000_000_000 + step * 997 % 50_000 for step in range(500)]
    produce(kafka.settings, source, ["alone"], timestamp=times[0])
    several(kafka, source, times)
    deploy(api, source, target, rpkpy={"timestamps": "carry", "guarantee": guarantee})
    eventually(lambda: len(consume(kafka.settings, target)) == 501)
    expected = [(record.value, record.timestamp_ms) for record in consume(kafka.settings, source)]
    assert [(record.value, record.timestamp_ms) for record in consume(kafka.settings, target)] == expected
    assert {time_ms for _, time_ms in expected} == set(times)


def several(kafka: TestKafka, topic: str, times: list[int]) -> None:
    """A record for each time, in one go."""
    producer = client.producer(kafka.settings, linger_ms=50)
    for step, time_ms in enumerate(times):
        producer.produce(topic, value=str(step), partition=0, timestamp=time_ms)
    assert producer.flush(20) == 0


def test_times_are_those_of_the_write_by_default(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(retention_ms="-1"), kafka.topic()
    began_ms = int(time.time() * 1000)
    produce(kafka.settings, source, ["a"], timestamp=1_600_000_000_000)
    deploy(api, source, target)
    eventually(lambda: len(consume(kafka.settings, target)) == 1)
    assert consume(kafka.settings, target)[0].timestamp_ms >= began_ms


def test_a_time_that_the_output_refuses_is_the_records_fault(api: Api, kafka: TestKafka) -> None:
    source = kafka.topic(retention_ms="-1")
    target = kafka.topic(message_timestamp_before_max_ms="3600000")
    old, now = 1_600_000_000_000, int(time.time() * 1000)
    for value, time_ms in (("a", now), ("old", old), ("b", now)):
        produce(kafka.settings, source, [value], timestamp=time_ms)
    deploy(api, source, target, rpkpy={"timestamps": "carry", "on_error": "skip"})
    assert eventually(lambda: values(kafka.settings, target)[-1:] == ["b"])
    assert "old" not in values(kafka.settings, target)
