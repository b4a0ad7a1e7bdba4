"""`rpkpy topic alter-config` and `add-partitions`."""

import json

import pytest

from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka


def settings(cli: Cli, topic: str) -> dict[str, tuple[str, str]]:
    (described,) = json.loads(cli("topic", "describe", topic, "-c", "--format", "json").stdout)
    return {each["key"]: (each["value"], each["source"]) for each in described["configs"]}


@pytest.mark.kafka
def test_settings_change_one_by_one(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic(retention_ms="5000", segment_ms="70000")
    outcome = on_kafka(
        *("topic", "alter-config", topic, "--set", "retention.ms=9000", "--append", "cleanup.policy=compact"),
        *("--delete", "segment.ms,max.message.bytes"),
    )
    assert (outcome.code, outcome.stdout.split()) == (0, ["TOPIC", "STATUS", topic, "OK"]), outcome.err
    changed = settings(on_kafka, topic)
    assert changed["retention.ms"] == ("9000", "DYNAMIC_TOPIC_CONFIG")
    assert changed["cleanup.policy"] == ("delete,compact", "DYNAMIC_TOPIC_CONFIG")
    assert changed["segment.ms"][1] == "DEFAULT_CONFIG"
    assert on_kafka("topic", "alter-config", topic, "--subtract", "cleanup.policy=delete").code == 0
    assert settings(on_kafka, topic)["cleanup.policy"][0] == "compact"


@pytest.mark.kafka
def test_dry_changes_nothing(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic(retention_ms="5000")
    assert on_kafka("topic", "alter-config", topic, "-s", "retention.ms=1", "--dry").code == 0
    assert settings(on_kafka, topic)["retention.ms"][0] == "5000"


@pytest.mark.kafka
def test_each_topic_has_its_own_outcome(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic()
    outcome = on_kafka("topic", "alter-config", topic, "never-made", "-s", "retention.ms=9", "--format", "json")
    assert outcome.code == 6
    by_topic = {each["topic"]: each["status"] for each in json.loads(outcome.stdout)}
    assert by_topic[topic] == "OK"
    assert by_topic["never-made"].startswith("UNKNOWN_TOPIC_OR_PARTITION")
    bad = on_kafka("topic", "alter-config", topic, "-s", "retention.ms=long")
    assert (bad.code, "INVALID_CONFIG" in bad.stdout) == (6, True)


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ((), "No change is asked for"),
        (("--set", "retention.ms"), "is not KEY=VALUE"),
        (("--set", "a=1", "--delete", "a"), '"a" is changed twice'),
    ],
)
def test_changes_that_cannot_be_meant(cli: Cli, flags: tuple[str, ...], says: str) -> None:
    outcome = cli("topic", "alter-config", "t", *flags)
    assert (outcome.code, says in outcome.err) == (2, True), outcome.err


@pytest.mark.kafka
def test_partitions_are_added_to_those_there_are(on_kafka: Cli, kafka: TestKafka) -> None:
    first, second = kafka.topic(partitions=2), kafka.topic()
    outcome = on_kafka("topic", "add-partitions", first, second, "-n", "3", "--format", "json")
    assert [each["status"] for each in json.loads(outcome.stdout)] == ["OK", "OK"], outcome.err
    listed = {each["name"]: each["partitions"] for each in json.loads(on_kafka("topic", "ls", "--format=json").stdout)}
    assert (listed[first], listed[second]) == (5, 4)


@pytest.mark.kafka
def test_partitions_cannot_be_added_to(on_kafka: Cli) -> None:
    outcome = on_kafka("topic", "add-partitions", "never-made", "-n", "1")
    assert (outcome.code, "UNKNOWN_TOPIC_OR_PARTITION" in outcome.stdout) == (6, True)
    internal = on_kafka("topic", "add-partitions", "__consumer_offsets", "-n", "1")
    assert (internal.code, "--force" in internal.err) == (2, True)
    assert on_kafka("topic", "add-partitions", "t").code == 2


def test_describe_storage_says_who_can(cli: Cli) -> None:
    outcome = cli("topic", "describe-storage", "t", "-a", "-H")
    assert (outcome.code, "rpk topic describe-storage t" in outcome.err) == (2, True)
