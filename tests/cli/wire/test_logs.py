"""Recorded runs of `rpk transform logs`, on a real Kafka with the records they were made of."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from rpkpy.kafka import client
from rpkpy.redpanda import transform_logs
from rpkpy.redpanda.transform_logs import TOPIC, LogEvent
from tests.cli.harness import Cli
from tests.cli.wire import recorded
from tests.cli.wire.table import expected
from tests.kafka.fixture import TestKafka
from tests.redpanda.recorded_logs import EVENTS

RUNS = recorded.load("logs")
# Each run's transform gets a name of its own in the one log topic of the tests.
ONLY = [LogEvent("up", "only\n", 1700000000000 * 1_000_000)]
VERY_LAST = [LogEvent("other", "very last\n", 1700000010000 * 1_000_000)]
RECORDS: dict[str, tuple[str, str, Sequence[LogEvent]]] = {
    "logs_single_record": ("up", "wire-only", ONLY),
    "logs_empty_topic": ("up", "wire-nobody", []),
    "logs_since_very_last": ("other", "wire-other", VERY_LAST),
}
MANY = ("up", "wire-up", EVENTS)

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def log_topic(kafka: TestKafka) -> TestKafka:
    """The broker, with every record in its log topic."""
    kafka.log_topic()
    producer = client.producer(kafka.settings)
    failed: list[object] = []
    for _, name, events in (MANY, *RECORDS.values()):
        for event in events:
            producer.produce(
                TOPIC,
                transform_logs.encode(replace(event, transform=name)),
                name.encode(),
                timestamp=event.time_ns // 1_000_000,
                on_delivery=lambda error, message: failed.append(error) if error else None,
            )
    assert (producer.flush(10), failed) == (0, [])
    return kafka


@pytest.mark.parametrize("name", RUNS)
def test_as_recorded(cli: Cli, log_topic: TestKafka, name: str) -> None:
    run = RUNS[name]
    wanted = expected(run)
    old, new, _ = RECORDS.get(name, MANY)
    args = [new if arg == old else re.sub(r"127\.0\.0\.1:\d+", log_topic.bootstrap, arg) for arg in run.args]
    outcome = cli(*args, env=dict(run.env))
    stdout = re.sub(rf'(stringValue":"|stringvalue: ){old}\b', rf"\g<1>{new}", wanted.stdout)
    assert (outcome.code, _parsed(outcome.stdout, args)) == (wanted.exit, _parsed(stdout, args)), outcome.err
    assert outcome.err == "" or wanted.exit or not stdout
    for said in wanted.said:
        assert said in outcome.err


def _parsed(text: str, args: Sequence[str]) -> Any:
    """Output for comparison: rpk's JSON escapes < and >."""
    from ruamel.yaml import YAML

    if "json" in args:
        return [json.loads(line) for line in text.splitlines()]
    return [YAML(typ="safe").load(part) for part in text.strip().split("\n\n")] if "yaml" in args else text
