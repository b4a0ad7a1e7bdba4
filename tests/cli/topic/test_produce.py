"""`rpkpy topic produce`."""

import json
import re

import pytest

from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka


def contents(cli: Cli, topic: str, format: str = "%k=%v\\n") -> str:
    """What a topic holds."""
    outcome = cli("topic", "consume", topic, "-o", ":end", "-f", format)
    assert outcome.code == 0, outcome.err
    return outcome.stdout


@pytest.mark.kafka
def test_lines_become_records_and_are_reported_as_rpk_does(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic()
    outcome = on_kafka("topic", "produce", topic, stdin=b"one\ntwo")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.stdout.splitlines()
    for number, line in enumerate(lines):
        assert re.fullmatch(rf"Produced to partition 0 at offset {number} with timestamp \d{{13}}\.", line)
    assert len(lines) == 2
    assert contents(on_kafka, topic) == "=one\n=two\n"


@pytest.mark.kafka
def test_keys_headers_tombstones_and_partitions(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic(partitions=3)
    flags = ("-k", "fixed", "-H", "a:1", "-H", "b=2", "-p", "2", "-Z", "-z", "zstd", "-o", "%p/%o ")
    assert on_kafka("topic", "produce", topic, *flags, stdin=b"v\n\n").stdout == "2/0 2/1 "
    consumed = on_kafka("topic", "consume", topic, "-o", ":end", "--pretty-print=false").stdout.splitlines()
    first, second = map(json.loads, consumed)
    assert first["headers"] == [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]
    assert (first["key"], first["value"], first["partition"]) == ("fixed", "v", 2)
    assert "value" not in second


@pytest.mark.kafka
def test_json_lines_with_bytes_timestamps_and_nulls(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic(retention_ms="-1")
    records: list[dict[str, object]] = [
        {"key": "k", "value": '{"id": 1}', "headers": [{"key": "h", "value": None}], "timestamp": 1_600_000_000_000},
        {"key": None, "value": {"base64": "/wA="}, "timestamp": 1_600_000_000_001},
    ]
    data = "\n".join(map(json.dumps, records)).encode()
    assert on_kafka("topic", "produce", topic, "-f", "json", "-o", "", stdin=data).stdout == ""
    back = on_kafka("topic", "consume", topic, "-o", ":end", "--pretty-print", "false").stdout.splitlines()
    first, second = map(json.loads, back)
    assert {name: first[name] for name in records[0]} == records[0]
    assert second["value"] == {"base64": "/wA="} and "key" not in second


@pytest.mark.kafka
def test_topics_named_by_the_input(on_kafka: Cli, kafka: TestKafka) -> None:
    one, two = kafka.topic(), kafka.topic()
    outcome = on_kafka("topic", "produce", "-f", "%t %v\\n", stdin=f"{one} x\n{two} y\n".encode())
    assert outcome.code == 0, outcome.err
    assert (contents(on_kafka, one), contents(on_kafka, two)) == ("=x\n", "=y\n")
    assert on_kafka("topic", "produce", stdin=b"x\n").code == 2


@pytest.mark.kafka
def test_what_is_read_before_a_bad_record_is_delivered(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic()
    outcome = on_kafka("topic", "produce", topic, "-f", "%v{hex}\\n", stdin=b"61\nzz\n")
    assert outcome.code == 3
    assert "Record 2" in outcome.err
    assert contents(on_kafka, topic) == "=a\n"


@pytest.mark.kafka
def test_a_record_that_the_broker_refuses_ends_in_an_error(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic(max_message_bytes="2000")
    outcome = on_kafka("topic", "produce", topic, "-z", "none", stdin=b"small\n" + b"x" * 5000 + b"\n")
    assert outcome.code == 3
    assert "MESSAGE_TOO_LARGE" in outcome.err


@pytest.mark.kafka
def test_a_large_record_is_the_brokers_to_judge(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic(max_message_bytes=str(8 << 20))
    outcome = on_kafka("topic", "produce", topic, "-z", "none", stdin=b"x" * (5 << 20))
    assert outcome.code == 0, outcome.err
    assert contents(on_kafka, topic, "%V") == str(5 << 20)


@pytest.mark.kafka
def test_missing_topics_and_partitions_are_named(on_kafka: Cli, kafka: TestKafka) -> None:
    missing = on_kafka("topic", "produce", "never-made", stdin=b"x\n")
    assert missing.code == 6
    assert "rpkpy topic create never-made" in missing.err
    partition = on_kafka("topic", "produce", kafka.topic(), "-p", "9", stdin=b"x\n")
    assert (partition.code, "has no partition 9" in partition.err) == (2, True)


@pytest.mark.kafka
def test_a_missing_topic_is_made_when_asked_for(on_kafka: Cli) -> None:
    outcome = on_kafka("topic", "produce", "made-by-produce", "--allow-auto-topic-creation", stdin=b"x\n")
    assert outcome.code == 0, outcome.err
    assert contents(on_kafka, "made-by-produce") == "=x\n"


@pytest.mark.parametrize(
    "flags",
    [
        ("-f", "%q"),
        ("-o", "%q"),
        ("-z", "brotli"),
        ("--acks", "2"),
        ("--delivery-timeout", "10ms"),
        ("--delivery-timeout", "soon"),
        ("-H", "nothing"),
    ],
)
def test_what_cannot_be_done_is_refused(cli: Cli, flags: tuple[str, ...]) -> None:
    outcome = cli("topic", "produce", "t", *flags, stdin=b"x\n")
    assert outcome.code == 2, outcome.err
