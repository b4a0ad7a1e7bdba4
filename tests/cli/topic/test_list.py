"""`rpkpy topic list`, `describe` and `delete`."""

import json

import pytest

from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka


@pytest.mark.kafka
def test_lists_names_partitions_and_replicas(on_kafka: Cli, kafka: TestKafka) -> None:
    name = kafka.topic(partitions=2)
    lines = on_kafka("topic", "ls").stdout.splitlines()
    assert lines[0].split() == ["NAME", "PARTITIONS", "REPLICAS"]
    assert [name, "2", "1"] in [line.split() for line in lines]
    only = on_kafka("topic", "list", "-d", name).stdout
    assert only == (
        f"{name}, 2 partitions, 1 replicas\n"
        "      PARTITION  LEADER  EPOCH  REPLICAS\n"
        "      0          1       -      [1]\n"
        "      1          1       -      [1]\n"
    )


@pytest.mark.kafka
def test_missing_topics_and_flags_that_exclude_each_other(on_kafka: Cli) -> None:
    assert on_kafka("topic", "list", "never-made").code == 6
    assert on_kafka("topic", "list", "-i", "-r", ".*").code == 2
    assert on_kafka("topic", "list", "-r", "never-.*").stdout == "NAME  PARTITIONS  REPLICAS\n"


@pytest.mark.kafka
def test_describe_has_rpks_sections(on_kafka: Cli, kafka: TestKafka) -> None:
    name = kafka.topic()
    everything = on_kafka("topic", "describe", name, "-a").stdout
    titles = [line for line in everything.splitlines() if line in ("SUMMARY", "CONFIGS", "PARTITIONS")]
    assert titles == ["SUMMARY", "CONFIGS", "PARTITIONS"]
    partitions = on_kafka("topic", "describe", name, "-p").stdout.splitlines()
    assert partitions[0].split() == ["PARTITION", "LEADER", "EPOCH", "REPLICAS", "LOG-START-OFFSET", "HIGH-WATERMARK"]
    assert partitions[1].split() == ["0", "1", "-", "[1]", "0", "0"]
    assert "LAST-STABLE-OFFSET" in on_kafka("topic", "describe", name, "-p", "--stable").stdout


@pytest.mark.kafka
def test_delete_by_name_and_by_expression(on_kafka: Cli) -> None:
    assert on_kafka("topic", "create", "doomed-1", "doomed-2", "spared").code == 0
    outcome = on_kafka("topic", "delete", "-r", "doomed-.*", "--format", "json")
    assert json.loads(outcome.stdout) == [
        {"topic": "doomed-1", "status": "OK"},
        {"topic": "doomed-2", "status": "OK"},
    ]
    refused = on_kafka("topic", "delete", "spared", "doomed-1")
    assert refused.code == 6
    assert "spared" in refused.stdout and "UNKNOWN_TOPIC_OR_PARTITION" in refused.stdout
