"""`rpkpy cluster info`, against the real broker."""

import itertools
import json

import pytest

from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


def titles(text: str) -> list[str]:
    lines = text.splitlines()
    return [line for line, under in itertools.pairwise(lines) if under == "=" * len(line)]


def test_all_sections_by_default(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic(partitions=2)
    for name in ("info", "status", "metadata"):
        text = on_kafka("cluster", name).stdout
        assert titles(text) == ["CLUSTER", "BROKERS", "TOPICS"]
        assert [topic, "2", "1"] in [line.split() for line in text.splitlines()]


def test_sections(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic()
    host, _, port = kafka.bootstrap.rpartition(":")
    assert on_kafka("cluster", "info", "-b").stdout.split() == ["ID", "HOST", "PORT", "1*", host, port]
    assert len(on_kafka("cluster", "info", "-c").stdout.split()) == 1
    assert titles(on_kafka("cluster", "info", "-c", "-b").stdout) == ["CLUSTER", "BROKERS"]
    assert on_kafka("cluster", "info", topic).stdout.splitlines()[1].split() == [topic, "1", "1"]
    assert "PARTITION  LEADER" in on_kafka("cluster", "info", "-d", topic).stdout
    assert on_kafka("cluster", "info", "never-made").code == 6


def test_internal_topics_are_asked_for(on_kafka: Cli, kafka: TestKafka) -> None:
    from rpkpy.kafka import client

    consumer = client.consumer(kafka.settings, group_id="makes-the-offsets-topic")
    consumer.subscribe([kafka.topic()])
    while not consumer.assignment():
        consumer.poll(0.1)
    consumer.close()
    assert "__consumer_offsets" not in on_kafka("cluster", "info", "-t").stdout
    assert "__consumer_offsets" in on_kafka("cluster", "info", "-i").stdout


def test_json_has_what_was_asked_for(on_kafka: Cli) -> None:
    found = json.loads(on_kafka("cluster", "info", "-b", "-c", "--format", "json").stdout)
    assert set(found) == {"cluster", "controller", "brokers"}
    assert (found["controller"], found["brokers"][0]["id"]) == (1, 1)
