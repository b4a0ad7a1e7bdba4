"""Exactly once: outputs and progress in one transaction, whatever happens to the host."""

from typing import Any

import pytest

from rpkpy.host import commits
from rpkpy.kafka import client
from tests.host import guests
from tests.host.harness import Api, eventually, produce, values, values_of
from tests.host.test_durability import end_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

ONCE = {"guarantee": "exactly-once"}
FROM_START = {"format": "from_start", "value": 0}


def deploy(api: Api, name: str, source: str, targets: list[str], wasm: bytes | None = None, **more: Any) -> None:
    answer = api.deploy(name, source, targets, wasm or guests.wasm(), offset=FROM_START, **more)
    assert answer.status_code == 200, answer.text


def fill(kafka: TestKafka, topic: str, count: int, first: int = 0, partition: int = 0) -> None:
    """Write `count` numbered records of 100 bytes."""
    producer = client.producer(kafka.settings, linger_ms=20, queue_buffering_max_messages=count + 1)
    for index in range(first, first + count):
        producer.produce(topic, value=b"%08d" % index + b"x" * 92, partition=partition)
    assert producer.flush(60) == 0


def numbers(kafka: TestKafka, topic: str, partition: int = 0) -> list[int]:
    """What a reader of committed records sees."""
    return [int(value[:8]) for value in values(kafka.settings, topic, partition)]


def committed(kafka: TestKafka, transform_uuid: str, name: str, topic: str) -> tuple[int, str] | None:
    from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

    admin = client.admin(kafka.settings)
    group = f"rpkpy.{name}.{transform_uuid}"
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])
    (found,) = admin.wait(admin.raw.list_consumer_group_offsets([asked])[group]).topic_partitions
    return (found.offset, found.metadata) if found.offset >= 0 else None


def test_outputs_and_progress_are_one_transaction(api: Api, kafka: TestKafka) -> None:
    source, targets = kafka.topic(), [kafka.topic(), kafka.topic()]
    deploy(api, "n", source, targets, guests.wasm(*guests.fan_out(targets)), rpkpy=ONCE)
    produce(kafka.settings, source, ["a", "b"])
    for target in targets:
        assert values_of(kafka.settings, target, 2) == ["a", "b"]
    # the last record of the output is a transaction's marker
    assert all(end_of(kafka, target) > 2 for target in targets)
    uuid = transform_uuid(kafka, "n")
    # each of a transaction's partitions gets its marker in its own time, the group's is one of them
    found = eventually(lambda: committed(kafka, uuid, "n", source))
    assert found is not None and found[0] == 2
    rows = [{"transform_name": "n", "partition": 0, "offset": 1}] * 2
    assert eventually(lambda: api.http.get("/v1/transform/debug/committed_offsets").json() == rows)


def transform_uuid(kafka: TestKafka, name: str) -> str:
    from rpkpy.host import kept

    found = kept.find(client.admin(kafka.settings), name)
    assert found is not None
    return found.uuid


def test_a_metadata_that_is_not_ours_is_no_progress() -> None:
    said = commits.encode("topic", [3, 5])
    assert commits.decode(said, "topic", 2) == [3, 5]
    assert commits.decode(said + "\x7f}]", "topic", 2) == [3, 5]  # what confluent-kafka may read behind its end
    assert commits.decode(said, "made anew", 2) is None
    assert commits.decode(said, "topic", 3) is None
    for other in (None, "", "x", "[]", "{}", '{"v":2,"topic_id":"topic","outputs":[1,2]}', '{"v":1}', "9" * 5_000):
        assert commits.decode(other, "topic", 2) is None


def test_a_chain_is_exactly_once_from_end_to_end(api: Api, kafka: TestKafka) -> None:
    """The second reads committed records only, and passes over the first one's markers."""
    first, second, third = kafka.topic(), kafka.topic(), kafka.topic()
    deploy(api, "n1", first, [second], rpkpy=ONCE)
    deploy(api, "n2", second, [third], rpkpy=ONCE)
    producer = client.producer(kafka.settings, transactional_id="t-" + first)
    producer.init_transactions(20)
    for value, commit in (("aborted", False), ("a", True), ("b", True)):
        producer.begin_transaction()
        producer.produce(first, value=value)
        producer.flush(20)
        producer.commit_transaction(20) if commit else producer.abort_transaction(20)
    assert values_of(kafka.settings, third, 2) == ["a", "b"]
    assert eventually(lambda: [item["status"][0]["lag"] for item in api.listing()] == [0, 0])


def test_a_transform_becomes_exactly_once_where_it_stands(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    deploy(api, "n", source, [target])
    fill(kafka, source, 100)
    assert len(values_of(kafka.settings, target, 100)) == 100
    assert api.patch("n", rpkpy=ONCE).status_code == 200
    fill(kafka, source, 100, first=100)
    assert len(values_of(kafka.settings, target, 200)) == 200
    assert api.patch("n", rpkpy={"guarantee": "at-least-once"}).status_code == 200
    fill(kafka, source, 100, first=200)
    assert len(values_of(kafka.settings, target, 300)) == 300
    assert numbers(kafka, target) == list(range(300))


def test_a_trap_commits_what_came_before_it_and_nothing_else(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    deploy(api, "n", source, [target], guests.wasm(guests.TRAP_ON_MARK), rpkpy=ONCE)
    produce(kafka.settings, source, ["a", "b", "bad!", "c"])
    assert values_of(kafka.settings, target, 2) == ["a", "b"]
    assert eventually(lambda: api.states("n") == ["errored"])
    assert api.deploy("n", source, [target], guests.wasm(), rpkpy=ONCE).status_code == 200
    assert values_of(kafka.settings, target, 4) == ["a", "b", "bad!", "c"]
