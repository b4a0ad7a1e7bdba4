"""`rpkpy topic create`."""

import json

import pytest

from rpkpy.kafka.local.ports import choose
from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka


@pytest.mark.kafka
def test_creates_with_partitions_and_settings(on_kafka: Cli) -> None:
    outcome = on_kafka("topic", "create", "made-a", "made-b", "-p", "3", "-r", "1", "-c", "cleanup.policy=compact")
    assert outcome.stdout == "TOPIC   STATUS\nmade-a  OK\nmade-b  OK\n"
    described = json.loads(on_kafka("topic", "describe", "made-a", "--format", "json").stdout)[0]
    assert described["summary"]["partitions"] == 3
    assert {"key": "cleanup.policy", "value": "compact", "source": "DYNAMIC_TOPIC_CONFIG"} in described["configs"]


@pytest.mark.kafka
def test_one_that_is_there_is_refused_unless_that_is_fine(on_kafka: Cli, kafka: TestKafka) -> None:
    name = kafka.topic()
    refused = on_kafka("topic", "create", name)
    assert refused.code == 6
    assert "TOPIC_ALREADY_EXISTS: " in refused.stdout
    fine = on_kafka("topic", "create", name, "--if-not-exists", "--format", "json")
    assert (fine.code, json.loads(fine.stdout)) == (0, [{"topic": name, "status": "OK"}])


@pytest.mark.kafka
def test_dry_creates_nothing(on_kafka: Cli) -> None:
    assert on_kafka("topic", "create", "dry-one", "--dry").code == 0
    assert "dry-one" not in on_kafka("topic", "list").stdout


def test_a_setting_without_a_value_is_a_usage_error(cli: Cli) -> None:
    outcome = cli("topic", "create", "t", "-c", "cleanup.policy")
    assert outcome.code == 2
    assert "is not KEY=VALUE" in outcome.err


def test_no_broker_is_unreachable(cli: Cli) -> None:
    outcome = cli("topic", "create", "t", "-X", f"brokers=127.0.0.1:{choose()}", "-X", "globals.dial_timeout=300ms")
    assert outcome.code == 5
    assert "rpkpy local start" in outcome.err
