"""`rpkpy transform logs` on a real Kafka, beyond the recorded runs (tests/cli/wire): where rpk hangs or leaves out."""

import io
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from rpkpy.cli.context import Context
from rpkpy.cli.main import main
from rpkpy.kafka import client
from rpkpy.redpanda import transform_logs
from rpkpy.redpanda.transform_logs import TOPIC, LogEvent
from tests.cli.harness import Cli, Outcome
from tests.kafka.fixture import TestKafka
from tests.redpanda.recorded_logs import EVENTS, TEXT

Write = Callable[..., None]


@pytest.fixture
def write(kafka: TestKafka) -> Write:
    """Writes events under a transform's name to a partition, their Kafka timestamps in milliseconds."""

    kafka.log_topic()

    def write(name: str, events: Sequence[LogEvent | bytes], partition: int = 0) -> None:
        producer = client.producer(kafka.settings)
        failed: list[object] = []
        for event in events:
            value = event if isinstance(event, bytes) else transform_logs.encode(replace(event, transform=name))
            moment_ms = 1700000000000 if isinstance(event, bytes) else event.time_ns // 1_000_000
            producer.produce(
                TOPIC,
                value,
                name.encode(),
                partition=partition,
                timestamp=moment_ms,
                on_delivery=lambda error, message: failed.append(error) if error else None,
            )
        assert (producer.flush(10), failed) == (0, [])

    return write


@pytest.fixture
def logs(cli: Cli, kafka: TestKafka) -> Callable[..., Outcome]:
    def logs(*args: str) -> Outcome:
        return cli("transform", "logs", *args, "-X", f"brokers={kafka.bootstrap}")

    return logs


pytestmark = pytest.mark.kafka


def test_records_are_found_in_whatever_partition(logs: Callable[..., Outcome], write: Write) -> None:
    write("scattered", EVENTS[1::2], partition=2)
    write("scattered", EVENTS[0::2], partition=1)
    assert logs("scattered").stdout == TEXT  # merged by time


def test_nothing_written_is_an_end_and_no_hang(logs: Callable[..., Outcome], write: Write) -> None:
    outcome = logs("never-logged")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert 'Nothing is logged of a transform "never-logged"; rpkpy transform list' in outcome.err
    outcome = logs("never-logged", "--since", "-1h")
    assert 'Nothing is logged of a transform "never-logged" in that time' in outcome.err


def test_the_last_record_is_shown(logs: Callable[..., Outcome], write: Write) -> None:
    write("single", [LogEvent("single", "only\n", 1700000100000 * 1_000_000)])  # after every other test's
    assert logs("single").stdout == "only\n"
    assert logs("single", "--since", "1700000100000").stdout == "only\n"
    assert logs("single", "--since", "1700000100001").stdout == ""


def test_what_is_no_event_is_left_out(logs: Callable[..., Outcome], write: Write) -> None:
    write("odd", [b"not json", EVENTS[0], b""])
    assert logs("odd").stdout == "hello\n"
    assert "not a log event" in logs("odd", "-v").err


def test_the_project_is_meant_where_no_name_is_given(cli: Cli, logs: Callable[..., Outcome], write: Write) -> None:
    write("mine", EVENTS[:1])
    (cli.cwd / "transform.yaml").write_text("name: mine\n")
    assert logs().stdout == "hello\n"


class Growing(io.StringIO):
    """A stream that another thread waits on."""

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 20
        while text not in self.getvalue():
            assert time.monotonic() < deadline, self.getvalue()
            time.sleep(0.02)


def test_follow_shows_what_comes_and_ends_with_head(cli: Cli, kafka: TestKafka, write: Write) -> None:
    write("followed", EVENTS[:1])
    stdout = Growing()
    context = Context(stdin=io.StringIO(), stdout=stdout, stderr=io.StringIO(), environ=cli.env, cwd=cli.cwd)
    args = ["transform", "logs", "followed", "-f", "--head", "3", "-X", f"brokers={kafka.bootstrap}"]
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(args, context)))
    thread.start()
    stdout.wait_for("hello\n")
    write("followed", EVENTS[1:2])
    stdout.wait_for("warn line\n")
    write("followed", EVENTS[-1:], partition=1)
    thread.join(20)
    assert codes == [0]
    assert stdout.getvalue() == "hello\nwarn line\nlast\n"


def test_no_topic_is_no_error(cli: Cli, logs: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transform_logs, "TOPIC", "_redpanda.not_there")
    monkeypatch.setattr("rpkpy.redpanda.log_reader.TOPIC", "_redpanda.not_there")
    outcome = logs("any")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert "no topic _redpanda.not_there yet" in outcome.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["x", "--since", "yesterday"], "--since: 'yesterday' is not a moment"),
        (["x", "--tail", "1", "-f"], "--tail cannot be combined with --follow"),
        (["x", "--tail", "1", "--head", "1"], "--tail cannot be combined with --head"),
        (["x", "--head", "-1"], "--head"),
        (["x", "--format", "xml"], "not supported"),
        ([], "Which transform is meant?"),
    ],
)
def test_what_cannot_be_meant(logs: Callable[..., Outcome], args: list[str], said: str) -> None:
    outcome = logs(*args)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert said in outcome.err


def test_the_shape(cli: Cli) -> None:
    outcome = cli("transform", "logs", "--format", "help")
    assert outcome.code == 0
    assert "timeUnixNano: integer" in outcome.stdout


def test_no_broker(cli: Cli) -> None:
    outcome = cli("transform", "logs", "x", "-X", "brokers=127.0.0.1:1", "-X", "globals.dial_timeout=1s")
    assert (outcome.code, outcome.stdout) == (5, "")
    assert "127.0.0.1:1" in outcome.err


def test_logs_of_a_project_outlive_its_transforms(cli: Cli, logs: Callable[..., Outcome], write: Write) -> None:
    """With several inputs, and no Admin API that answers."""
    (cli.cwd / "transform.yaml").write_text("name: fan\ninput-topics: [a, b]\noutput-topic: c\n")
    write("fan-b", [LogEvent("", "second\n", 2_000_000, 9)])
    write("fan-a", [LogEvent("", "first\n", 1_000_000, 9)], partition=1)
    write("fan", [LogEvent("", "of nobody\n", 3_000_000, 9)])
    outcome = logs("-X", "admin.hosts=127.0.0.1:1")
    assert (outcome.code, outcome.stdout) == (0, "fan-a: first\nfan-b: second\n"), outcome.err
    assert logs("fan-b").stdout == "second\n"
