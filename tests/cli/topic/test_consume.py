"""`rpkpy topic consume`."""

import json
import signal
import subprocess
import sys

import pytest

from rpkpy.kafka import client
from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka


@pytest.fixture
def filled(kafka: TestKafka) -> str:
    """A topic of two partitions: 0 holds p0-0 .. p0-4, 1 holds p1-0 .. p1-2, timestamps 1000, 2000, ... ms apart."""
    topic = kafka.topic(partitions=2, retention_ms="-1")
    producer = client.producer(kafka.settings)
    for partition, count in ((0, 5), (1, 3)):
        for number in range(count):
            producer.produce(
                topic,
                value=f"p{partition}-{number}".encode(),
                key=b"k",
                partition=partition,
                timestamp=1_600_000_000_000 + 1000 * number,
            )
    assert producer.flush(20) == 0
    return topic


def values(cli: Cli, topic: str, *flags: str) -> list[str]:
    outcome = cli("topic", "consume", topic, "-f", "%v\\n", *flags)
    assert outcome.code == 0, outcome.err
    return sorted(outcome.stdout.split())


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("-o", ":end"), "p0-0 p0-1 p0-2 p0-3 p0-4 p1-0 p1-1 p1-2"),
        (("-o", ":end", "-p", "1"), "p1-0 p1-1 p1-2"),
        (("-o", ":2"), "p0-0 p0-1 p1-0 p1-1"),
        (("-o", "1:3"), "p0-1 p0-2 p1-1 p1-2"),
        (("-o", "4:end"), "p0-4"),
        (("-o", "-1", "-n", "2"), "p0-4 p1-2"),
        (("-o", "+3", "-n", "2", "-p", "0"), "p0-3 p0-4"),
        (("-o", "2", "-n", "1", "-p", "1"), "p1-2"),
        (("-o", "@1600000003000:end"), "p0-3 p0-4"),
        (("-o", "@:1600000001000"), "p0-0 p1-0"),
        (("-o", "@1600000001000:1s"), "p0-1 p1-1"),
        (("-o", "100:200"), ""),
        (("-n", "5", "-p", "0"), "p0-0 p0-1 p0-2 p0-3 p0-4"),
        (("-n", "8", "-p", "0,1"), "p0-0 p0-1 p0-2 p0-3 p0-4 p1-0 p1-1 p1-2"),
    ],
)
def test_spans(on_kafka: Cli, filled: str, flags: tuple[str, ...], expected: str) -> None:
    assert values(on_kafka, filled, *flags) == expected.split()


@pytest.mark.kafka
def test_json_is_rpks(on_kafka: Cli, filled: str) -> None:
    pretty = on_kafka("topic", "consume", filled, "-p", "1", "-n", "1").stdout
    assert pretty == (
        f'{{\n  "topic": "{filled}",\n  "key": "k",\n  "value": "p1-0",\n  "timestamp": 1600000000000,\n'
        '  "partition": 1,\n  "offset": 0\n}\n'
    )
    meta = on_kafka("topic", "consume", filled, "-p", "1", "-n", "1", "--meta-only", "--pretty-print=false").stdout
    assert json.loads(meta)["value_size"] == 4


@pytest.mark.kafka
def test_the_partitions_offsets(on_kafka: Cli, filled: str) -> None:
    assert on_kafka("topic", "trim-prefix", filled, "-o", "2", "-p", "0", "--no-confirm").code == 0
    seen = on_kafka("topic", "consume", filled, "-o", ":end", "-f", "%p %o %[ %| %] %]{big16}\\n")
    assert seen.out.splitlines()[:1] in ([b"0 2 2 5 5 \x00\x05"], [b"1 0 0 3 3 \x00\x03"]), seen.err


@pytest.mark.kafka
def test_a_group_goes_on_where_it_was(on_kafka: Cli, filled: str) -> None:
    group = ("-g", f"group-of-{filled}")
    seen = values(on_kafka, filled, *group, "-n", "3") + values(on_kafka, filled, *group, "-n", "5")
    assert len(seen) == len(set(seen)) == 8


@pytest.mark.kafka
def test_a_new_group_begins_at_the_offset(on_kafka: Cli, filled: str) -> None:
    assert values(on_kafka, filled, "-g", f"late-{filled}", "-o", "2", "-n", "4") == ["p0-2", "p0-3", "p0-4", "p1-2"]
    other = values(on_kafka, filled, "-g", f"range-{filled}", "-b", "range", "-o", "-1", "-n", "2")
    assert other == ["p0-4", "p1-2"]


@pytest.mark.kafka
def test_expressions(on_kafka: Cli, filled: str) -> None:
    assert values(on_kafka, f"{filled[:-1]}.", "-r", "-o", ":1") == ["p0-0", "p1-0"]


@pytest.mark.kafka
def test_read_committed_leaves_out_what_was_aborted_and_ends(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic()
    producer = client.producer(kafka.settings, transactional_id=f"tx-{topic}")
    producer.init_transactions(20)
    for value, commit in (("kept", True), ("dropped", False)):
        producer.begin_transaction()
        producer.produce(topic, value=value.encode())
        producer.flush(20)
        producer.commit_transaction(20) if commit else producer.abort_transaction(20)
    assert values(on_kafka, topic, "-o", ":end", "--read-committed") == ["kept"]
    assert values(on_kafka, topic, "-o", ":end") == ["dropped", "kept"]


@pytest.mark.kafka
def test_missing_topics_and_partitions_are_named(on_kafka: Cli, filled: str) -> None:
    assert on_kafka("topic", "consume", "never-made").code == 6
    outcome = on_kafka("topic", "consume", filled, "-p", "7")
    assert (outcome.code, "has no partition 7" in outcome.err) == (2, True)


@pytest.mark.parametrize(
    "flags",
    [
        ("-o", "sometime"),
        ("-f", "%q"),
        ("-p", "x"),
        ("-g", "g", "-p", "0"),
        ("--print-control-records",),
        ("--pretty-print", "perhaps"),
        ("--fetch-max-wait", "soon"),
    ],
)
def test_what_cannot_be_done_is_refused(cli: Cli, flags: tuple[str, ...]) -> None:
    outcome = cli("topic", "consume", "t", *flags)
    assert outcome.code == 2, outcome.err


@pytest.mark.kafka
def test_what_a_group_cannot_do(on_kafka: Cli, filled: str) -> None:
    assert on_kafka("topic", "consume", filled, "-g", "g", "-o", ":end").code == 2
    assert on_kafka("topic", "consume", filled, "-g", "g", "-b", "sticky").code == 2


@pytest.mark.kafka
def test_it_streams_and_ctrl_c_ends_it(on_kafka: Cli, filled: str) -> None:
    command = [sys.executable, "-m", "rpkpy", "topic", "consume", filled, "-f", "%v\\n"]
    with subprocess.Popen(command, env=on_kafka.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        lines = {process.stdout.readline() for _ in range(8)}
        assert len(lines) == 8
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 130
        assert process.stderr.read() == b"Interrupted.\n"
