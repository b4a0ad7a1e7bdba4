"""`rpkpy transform dev`: the whole loop, on a terminal and without one, against a real Kafka and a real host."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import pexpect
import pytest

from tests.cli.harness import Cli
from tests.host.harness import eventually, produce, running_host, values
from tests.kafka.fixture import TestKafka
from tests.toolchains.workbench import Build

pytestmark = pytest.mark.toolchain("python")

PROGRAM = """\
from redpanda_transform import on_record_written

@on_record_written
def transform(event, writer):
    text = event.record.text()
    if text == "bad":
        raise ValueError("not this one")
    print("saw", text)
    writer.write(event.record, value="WORD " + text)
"""
FIXTURE = """\
tests:
  - name: a word goes before
    input_batch: [{value: x}]
    outputs: [{content_matches: "^WORD|^two "}]
"""
RPKPY = (sys.executable, "-m", "rpkpy", "transform", "dev")


@pytest.fixture(scope="module", autouse=True)
def runtime(runtimes: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The interpreter, which takes a minute to build the first time."""
    root = tmp_path_factory.mktemp("first")
    (root / "transform.py").write_text(PROGRAM)
    Build(root, "python")()


@pytest.fixture
def project(cli: Cli) -> Path:
    root = cli.home / "demo"
    (root / "tests").mkdir(parents=True)
    (root / "samples").mkdir()
    (root / "transform.yaml").write_text("name: demo\nlanguage: python\n")
    (root / "transform.py").write_text(PROGRAM.replace("WORD", "one"))
    (root / "tests" / "all.yaml").write_text(FIXTURE.replace("WORD", "one"))
    (root / "samples" / "input.jsonl").write_text('{"value":"sample"}\n')
    cli.cwd = root
    return root


def environ(cli: Cli) -> dict[str, str]:
    return {
        **cli.env,
        "RPKPY_RUNTIMES_DIR": os.environ["RPKPY_RUNTIMES_DIR"],
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TERM": "xterm-256color",
    }


class Events:
    """The events of a session in JSON, as they come."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self._queue: Queue[dict[str, Any]] = Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(json.loads(line))

    def until(self, wanted: Callable[[dict[str, Any]], bool], timeout_s: float = 60) -> list[dict[str, Any]]:
        """The events up to the first that is `wanted`."""
        found: list[dict[str, Any]] = []
        while not found or not wanted(found[-1]):
            try:
                found.append(self._queue.get(timeout=timeout_s))
            except Empty:
                raise AssertionError(found) from None
        return found

    def stage(self, name: str) -> list[dict[str, Any]]:
        """The events up to the end of a stage."""
        return self.until(lambda event: event.get("stage") == name)


@contextmanager
def session(cli: Cli, *args: str) -> Iterator[Events]:
    command = [*RPKPY, "--format", "json", *args]
    with subprocess.Popen(
        command, cwd=cli.cwd, env=environ(cli), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Events(process)
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 130, process.stderr.read() if process.stderr else ""


def test_the_loop_goes_on_through_broken_builds_and_failing_tests(cli: Cli, project: Path, kafka: TestKafka) -> None:
    source, out = kafka.topic(), kafka.topic()
    with running_host(kafka.settings) as api:
        to_it = ("-X", f"brokers={kafka.bootstrap}", "-X", f"admin.hosts={api.url}", "-i", source, "-o", out)
        with session(cli, *to_it) as events:
            first = events.stage("deploy")
            assert [event["stage"] for event in first if event["event"] == "stage"] == [
                "build", "validate", "test", "deploy",
            ]  # fmt: skip
            assert all(event["ok"] for event in first if event["event"] == "stage")
            (sample,) = [event for event in first if event["event"] == "exchange"]
            assert (sample["record"]["value"], sample["outputs"][0]["value"]) == ("sample", "one sample")
            assert sample["logs"] == ["saw sample"]

            produce(kafka.settings, source, ["a"])
            live = events.until(lambda event: event["event"] == "traffic" and event["records_out"] > 0)
            (exchange,) = [event for event in live if event["event"] == "exchange"]
            assert (exchange["source"], exchange["outputs"][0]["topic"]) == (source, out)
            assert exchange["fuel"] > 1000
            assert [event["latency_ms"] for event in live if event.get("latency_ms")] != []

            (project / "transform.py").write_text(PROGRAM + "def (\n")
            failed = events.stage("build")[-1]
            assert (failed["ok"], failed["text"]) == (False, "transform.py:10: SyntaxError: invalid syntax")
            (project / "transform.py").write_text(PROGRAM.replace("WORD", "three"))
            assert events.stage("test")[-1]["ok"] is False
            (project / "transform.py").write_text(PROGRAM.replace("WORD", "two"))
            assert events.stage("deploy")[-1]["ok"] is True

            produce(kafka.settings, source, ["b", "bad"])
            trap = events.until(lambda event: event["event"] == "exchange" and bool(event["trap"]))[-1]
            assert trap["record"]["value"] == "bad"
            assert any("not this one" in line for line in trap["logs"])
            assert eventually(lambda: values(kafka.settings, out)[:2] == ["one a", "two b"])
        assert [item["name"] for item in api.listing()] == ["demo"]
        (release,) = json.loads(cli("transform", "history", "--format", "json", *to_it[:4]).stdout)
        assert (release["how"], release["number"]) == ("dev", 1)  # both deployments are one release


def test_a_project_with_several_inputs(cli: Cli, project: Path, kafka: TestKafka) -> None:
    one, two, out = kafka.topic(), kafka.topic(), kafka.topic()
    text = f"name: demo\nlanguage: python\noutput-topic: {out}\ninput-topics: "
    (project / "transform.yaml").write_text(f"{text}[{one}, {two}]\n")
    with running_host(kafka.settings) as api:
        to_it = ("-X", f"brokers={kafka.bootstrap}", "-X", f"admin.hosts={api.url}")
        with session(cli, *to_it) as events:
            assert events.stage("deploy")[-1]["text"] == f"demo: {one}, {two} → {out}"
            for topic in (one, two):
                produce(kafka.settings, topic, ["a"])
                live = events.until(lambda event: event["event"] == "exchange")[-1]
                assert (live["source"], live["outputs"][0]["value"]) == (topic, "one a")
            assert eventually(lambda: values(kafka.settings, out) == ["one a", "one a"])
            (project / "transform.yaml").write_text(f"{text}[{one}]\n")
            said = [str(event) for event in events.stage("deploy")]
            assert any(f"demo-{two}" in event and "none of the project any more" in event for event in said)
        assert {f"demo-{one}", f"demo-{two}"} <= {item["name"] for item in api.listing()}
        assert cli("transform", "delete", "--no-confirm", *to_it).code == 0
        assert [item["name"] for item in api.listing() if item["name"].startswith("demo")] == []


def test_a_case_is_tested_without_a_build_or_a_deployment(cli: Cli, project: Path) -> None:
    with session(cli, "--no-deploy") as events:
        events.stage("test")
        (project / "tests" / "all.yaml").write_text(FIXTURE.replace("WORD", "none"))
        stages = [event["stage"] for event in events.stage("test") if event["event"] == "stage"]
        assert stages == ["validate", "test"]


def test_an_edit_is_new_output_in_a_moment(cli: Cli, project: Path) -> None:
    """The time is measured by hand (docs/commands/transform.md); here it is bounded as a machine under load allows."""
    with session(cli, "--no-deploy") as events:
        events.stage("test")
        started = time.monotonic()
        (project / "transform.py").write_text(PROGRAM.replace("WORD", "two"))
        changed = events.until(lambda event: event["event"] == "exchange")[-1]
        assert changed["outputs"][0]["value"] == "two sample"
        assert time.monotonic() - started < 10


def test_on_a_terminal(cli: Cli, project: Path) -> None:
    shell = cli.terminal("transform", "dev", "--no-deploy", columns=80, **environ(cli))
    shell.logfile_read = seen = io.StringIO()

    def until(*words: str) -> None:
        """Wait until each of `words` has come, in any order."""
        left = list(words)
        while left:
            left.pop(shell.expect_exact(left, timeout=60))

    until("demo", "✓ build", "✓ validate", "✓ test", "one sample", "saw sample", "Ctrl-C")
    (project / "transform.py").write_text(PROGRAM.replace("WORD", "two"))
    until("two sample")
    (project / "transform.py").write_text(PROGRAM + "def (\n")
    until("✗ build", "SyntaxError")
    shell.sendintr()
    shell.expect_exact("\x1b[?1049l")  # the terminal has its own screen again
    shell.expect(pexpect.EOF)
    assert "Traceback" not in seen.getvalue()
    shell.close()
    assert shell.exitstatus == 130


@pytest.mark.parametrize(
    ("args", "code", "says"),
    [
        (["-X", "admin.hosts=admin.example.com:9644"], 2, "admin.example.com:9644 is not on this machine"),
        (["-X", "brokers=10.0.0.1:9092", "-X", "admin.hosts=localhost"], 2, "10.0.0.1:9092 is not on this machine"),
        (["--no-deploy", "--format", "xml"], 2, '--format "xml" is not supported'),
        (["--no-deploy", "--var", "x"], 2, "missing value"),
    ],
)
def test_what_is_refused(cli: Cli, project: Path, args: list[str], code: int, says: str) -> None:
    outcome = cli("transform", "dev", *args)
    assert (outcome.code, says in outcome.err) == (code, True), outcome.err


def test_a_folder_that_is_no_project(cli: Cli) -> None:
    outcome = cli("transform", "dev", "--no-deploy")
    assert (outcome.code, "There is no transform.yaml" in outcome.err) == (2, True)
