"""`rpkpy topic trim-prefix`."""

import json
import sys

import pexpect
import pytest

from rpkpy.kafka import client
from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka


@pytest.fixture
def filled(kafka: TestKafka) -> str:
    """A topic of two partitions of ten records each, a second apart from 1600000000000 ms on."""
    topic = kafka.topic(partitions=2, retention_ms="-1")
    producer = client.producer(kafka.settings)
    for number in range(20):
        producer.produce(topic, value=b"v", partition=number % 2, timestamp=1_600_000_000_000 + 1000 * (number // 2))
    assert producer.flush(20) == 0
    return topic


def starts(cli: Cli, topic: str) -> list[int]:
    (described,) = json.loads(cli("topic", "describe", topic, "-p", "--format", "json").stdout)
    return [each["start"] for each in described["offsets"]]


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("-o", "4"), [4, 4]),
        (("--offset", "7", "--partitions", "1"), [0, 7]),
        (("-o", "end"), [10, 10]),
        (("-o", "@1600000003000"), [3, 3]),
        (("-o", "@2037-01-01", "-p", "0"), [10, 0]),
    ],
)
def test_the_start_moves(on_kafka: Cli, filled: str, flags: tuple[str, ...], expected: list[int]) -> None:
    outcome = on_kafka("topic", "trim-prefix", filled, *flags, "--no-confirm", "--format", "json")
    assert outcome.code == 0, outcome.err
    assert [each["new_start_offset"] for each in json.loads(outcome.stdout)] == [each for each in expected if each]
    assert starts(on_kafka, filled) == expected


@pytest.mark.kafka
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("trim.txt", "{topic} 0 3\n\n{topic}\t1 5\n"),
        ("trim.json", '[{{"topic": "{topic}", "partition": 0, "offset": 3}}, {{"partition": 1, "offset": 5}}]'),
        ("trim.yaml", "- partition: 0\n  offset: 3\n- {{topic: {topic}, partition: 1, offset: 5}}\n"),
        ("pairs.txt", "0 3\n1 5\n"),
    ],
)
def test_a_file_says_it_all(on_kafka: Cli, filled: str, name: str, content: str) -> None:
    (on_kafka.cwd / name).write_text(content.format(topic=filled))
    outcome = on_kafka("topic", "trim", filled, "-f", name, "--no-confirm")
    assert outcome.stdout.splitlines()[1].split() == [filled, "0", "3"], outcome.err
    assert starts(on_kafka, filled) == [3, 5]


@pytest.mark.kafka
def test_an_offset_that_is_not_there_is_in_its_row(on_kafka: Cli, filled: str) -> None:
    outcome = on_kafka("topic", "trim-prefix", filled, "-o", "11", "-p", "0", "--no-confirm")
    assert (outcome.code, "OFFSET_OUT_OF_RANGE" in outcome.stdout) == (6, True), outcome.err
    assert on_kafka("topic", "trim-prefix", filled, "-o", "1", "-p", "7", "--no-confirm").code == 2
    assert on_kafka("topic", "trim-prefix", "never-made", "-o", "1", "--no-confirm").code == 6


@pytest.mark.kafka
def test_without_a_terminal_it_is_not_done_unasked(on_kafka: Cli, filled: str) -> None:
    outcome = on_kafka("topic", "trim-prefix", filled, "-o", "4")
    assert (outcome.code, "--no-confirm" in outcome.err) == (2, True)
    assert starts(on_kafka, filled) == [0, 0]


@pytest.mark.kafka
@pytest.mark.parametrize(("answer", "expected"), [("n", [0, 0]), ("y", [4, 4])])
def test_a_person_is_shown_what_would_go_and_asked(
    on_kafka: Cli, filled: str, answer: str, expected: list[int]
) -> None:
    shell = pexpect.spawn(
        sys.executable,
        ["-m", "rpkpy", "topic", "trim-prefix", filled, "-o", "4"],
        env={**on_kafka.env, "TERM": "xterm"},
        encoding="utf-8",
        timeout=30,
    )
    shell.expect_exact("PRIOR-START-OFFSET")
    shell.expect_exact("new start offsets?")
    shell.sendline(answer)
    shell.expect(pexpect.EOF)
    shell.close()
    assert (shell.exitstatus, starts(on_kafka, filled)) == (0, expected)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("-o", "3"), 2),
        (("t",), 2),
        (("t", "-o", "start"), 2),
        (("t", "-o", "3:5"), 2),
        (("t", "-o", "-3"), 2),
        (("t", "-o", "@soon"), 2),
        (("t", "-o", "3", "-f", "f"), 2),
        (("-f", "missing.txt"), 2),
        (("-f", "pairs.txt"), 2),
        (("other", "-f", "good.txt"), 2),
        (("-f", "bad.txt"), 3),
        (("-f", "bad.json"), 3),
        (("-f", "bad.yaml"), 3),
        (("-f", "empty.txt"), 3),
        (("-f", "binary.txt"), 3),
    ],
)
def test_what_cannot_be_meant(cli: Cli, arguments: tuple[str, ...], code: int) -> None:
    (cli.cwd / "pairs.txt").write_text("0 3\n")
    (cli.cwd / "good.txt").write_text("t 0 3\n")
    (cli.cwd / "bad.txt").write_text("t 0 -3\n")
    (cli.cwd / "bad.json").write_text('{"topic": "t"}')
    (cli.cwd / "bad.yaml").write_text("- {topic: t, partition: 99999999999, offset: 1}\n")
    (cli.cwd / "empty.txt").write_text("\n")
    (cli.cwd / "binary.txt").write_bytes(b"\xff\xfe")
    outcome = cli("topic", "trim-prefix", *arguments, "--no-confirm")
    assert (outcome.code, outcome.err.startswith("Error: ")) == (code, True), outcome.err
