"""The commands against rpkpy's own transform host on a real Kafka: a transform's life."""

import hashlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.harness import Cli, Outcome
from tests.host import guests
from tests.host.harness import Api, eventually, produce, running_host, values_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

NAME = "my life/é"  # not a project's name, but a broker takes it


@pytest.fixture(scope="module")
def host(kafka: TestKafka) -> Iterator[Api]:
    with running_host(kafka.settings) as api:
        yield api


class Shell:
    """Runs `rpkpy transform ...` against the host."""

    def __init__(self, cli: Cli, kafka: TestKafka, host: Api) -> None:
        self.cli = cli
        self.settings = ("-X", f"brokers={kafka.bootstrap}", "-X", f"admin.hosts={host.url.removeprefix('http://')}")

    def __call__(self, *args: str) -> Outcome:
        return self.cli("transform", *args, *self.settings)

    def status(self) -> list[dict[str, Any]]:
        """The partitions of the transform, as listed."""
        listed = json.loads(self("list", "-d", "--format", "json").stdout)
        return [part for row in listed if row["name"] == NAME for part in row["status"] or ()]


@pytest.fixture
def shell(cli: Cli, kafka: TestKafka, host: Api) -> Iterator[Shell]:
    shell = Shell(cli, kafka, host)
    yield shell
    shell("delete", NAME, "--no-confirm")


def test_a_life(shell: Shell, kafka: TestKafka) -> None:
    source = kafka.topic(partitions=2)
    module = shell.cli.cwd / "log.wasm"
    module.write_bytes(guests.wasm(guests.LOG))
    deploy = ("deploy", "--file", "log.wasm", "--name", NAME, "-i", source, "-o", f"{source}-out")

    missing = shell(*deploy)
    assert missing.code == 6
    assert f"Topic {source}-out does not exist." in missing.err
    deployed = shell(*deploy, "--create-topics", "--from-offset", "+0")
    assert (deployed.code, deployed.stdout) == (0, f'transform "{NAME}" deployed.\n'), deployed.err

    produce(kafka.settings, source, ["a", "b"])
    assert values_of(kafka.settings, f"{source}-out", 2) == ["a", "b"]
    assert eventually(lambda: [part["status"] for part in shell.status()] == ["running", "running"])
    assert "2 / 2" in shell("list").stdout

    assert eventually(lambda: shell("logs", NAME).stdout.count("hello") == 2)
    assert "WARN uh-oh" in shell("logs", NAME, "--format", "wide").stdout
    assert shell("logs", NAME, "--head", "1").stdout == "hello\n"

    described = json.loads(shell("describe", NAME, "--format", "json").stdout)
    assert described["host"]["module_sha256"] == hashlib.sha256(module.read_bytes()).hexdigest()
    assert (described["host"]["from_offset"], described["host"]["paused"]) == ("+0", False)
    assert [line.partition("INFO ")[2] for line in described["logs"][:2]] == ["hello", "hello"]
    assert sum(part.get("committed", -1) + 1 for part in described["partitions"]) == 2
    assert f"sha256 {described['host']['module_sha256']}" in " ".join(shell("describe", NAME).stdout.split())

    assert shell("pause", NAME).stdout == "Transform paused!\n"
    assert eventually(lambda: [part["status"] for part in shell.status()] == ["inactive", "inactive"])
    assert "(paused)" in shell("describe", NAME).stdout
    produce(kafka.settings, source, ["c"])
    assert shell("resume", NAME).stdout == "Transform resumed!\n"
    assert values_of(kafka.settings, f"{source}-out", 3) == ["a", "b", "c"]

    other = shell(*deploy[:-1], source + "-else", "--create-topics")
    assert other.code == 6
    assert "A deployed transform keeps its topics" in other.err
    assert shell("delete", NAME, "--no-confirm").stdout == "Delete successful!\n"
    assert eventually(lambda: NAME not in shell("list").stdout)
    unknown = shell("pause", NAME)
    assert unknown.code == 6
    assert "Transform does not exist" in unknown.err


def test_the_host_tells_which_module_runs(shell: Shell, kafka: TestKafka) -> None:
    source = kafka.topic()
    flags = ("-i", source, "-o", f"{source}-out")
    module = shell.cli.cwd / "log.wasm"
    module.write_bytes(guests.wasm(guests.LOG))
    deploy = ("deploy", "--file", "log.wasm", "--name", NAME, *flags)

    def content() -> dict[str, Any]:
        found = json.loads(shell("diff", NAME, "--file", "log.wasm", *flags, "--format", "json").stdout)
        return dict(found["module"])

    planned = shell(*deploy, "--create-topics", "--dry-run")
    assert f"+ topic {source}-out" in planned.stdout, planned
    assert shell(*deploy, "--dry-run").code == 6  # nothing would make the topic, and nothing has
    assert shell(*deploy, "--create-topics").code == 0
    sha256 = hashlib.sha256(module.read_bytes()).hexdigest()
    assert content() == {
        "status": "same",
        "deployed_sha256": sha256,
        "wanted_sha256": sha256,
        "known_from": "host",
    }
    shell.cli.env["RPKPY_STATE_DIR"] += "-of-another-machine"
    assert eventually(lambda: [part["status"] for part in shell.status()] == ["running"])
    same = shell(*deploy)
    assert (same.code, "no change" in same.stdout, "The host keeps the same module" in same.err) == (0, True, True), (
        same
    )
    module.write_bytes(guests.wasm(guests.IDENTITY))
    assert content()["status"] == "different"
    assert shell(*deploy, "--strict").code == 8  # this machine deployed nothing
    shell.cli.env["RPKPY_STATE_DIR"] = shell.cli.env["RPKPY_STATE_DIR"].removesuffix("-of-another-machine")
    assert shell(*deploy, "--strict").stdout == f'transform "{NAME}" deployed.\n'


def test_updated_rolled_back_and_redeployed(shell: Shell, kafka: TestKafka) -> None:
    source = kafka.topic()
    module = shell.cli.cwd / "log.wasm"
    module.write_bytes(guests.wasm(guests.LOG))
    flags = ("--file", "log.wasm", "--name", NAME, "-i", source, "-o", f"{source}-out")
    assert shell("deploy", *flags, "--create-topics", "--from-offset", "+0", "--var", "A=1").code == 0
    produce(kafka.settings, source, ["a", "b"])
    assert values_of(kafka.settings, f"{source}-out", 2) == ["a", "b"]

    assert shell("update", NAME, "--var", "B=2", "--compression", "zstd", "--no-confirm").code == 0
    described = json.loads(shell("describe", NAME, "--format", "json").stdout)
    assert (described["environment"], described["compression"]) == ({"A": "1", "B": "2"}, "zstd")
    assert shell("rollback", NAME, "--no-confirm").code == 0
    described = json.loads(shell("describe", NAME, "--format", "json").stdout)
    assert (described["environment"], described["compression"]) == ({"A": "1"}, "none")
    produce(kafka.settings, source, ["c"])
    assert values_of(kafka.settings, f"{source}-out", 3) == ["a", "b", "c"]  # it kept its place

    assert shell("redeploy", *flags, "--from-offset", "-1", "--no-confirm").code == 0
    assert values_of(kafka.settings, f"{source}-out", 4)[:4] == ["a", "b", "c", "c"]
    rows = json.loads(shell("history", NAME, "--format", "json").stdout)
    assert [row["how"] for row in rows] == ["deploy", "update", "rollback", "redeploy"]


def test_following_ends_at_ctrl_c(shell: Shell, kafka: TestKafka, host: Api) -> None:
    command = [sys.executable, "-m", "rpkpy", "transform", "logs", "nobody", "--follow", *shell.settings]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=shell.cli.env) as process:
        time.sleep(2.5)  # long enough to be reading, or waiting for the topic
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


def test_the_hosts_options_are_deployed_shown_compared_and_changed(shell: Shell, kafka: TestKafka) -> None:
    source = kafka.topic()
    flags = ("-i", source, "-o", f"{source}-out")
    (shell.cli.cwd / "trap.wasm").write_bytes(guests.wasm(guests.TRAP_ON_MARK))
    deploy = ("deploy", "--file", "trap.wasm", "--name", NAME, *flags, "--from-offset", "+0")
    wanted = ("--on-error", "DLQ", "--guarantee", "exactly-once", "--timestamps", "carry")

    missing = shell(*deploy, *wanted)
    assert missing.code == 6
    assert f"Topics {source}-out, {source}.dlq do not exist." in missing.err
    produce(kafka.settings, source, ["a", "bad!", "b"])
    assert shell(*deploy, *wanted, "--create-topics").code == 0
    assert values_of(kafka.settings, f"{source}-out", 2) == ["a", "b"]
    assert values_of(kafka.settings, f"{source}.dlq", 1) == ["bad!"]

    told = {
        "on-error": "dlq",
        "dead-letter-topic": f"{source}.dlq",
        "guarantee": "exactly-once",
        "partitioner": "input",
        "timestamps": "carry",
    }
    for args in (("list",), ("list", "-d")):
        (listed,) = json.loads(shell(*args, "--format", "json").stdout)
        assert listed["options"] == told
    assert "      guarantee exactly-once\n      timestamps carry\n" in shell("list", "-d").stdout
    assert json.loads(shell("describe", NAME, "--format", "json").stdout)["options"] == told
    assert " ".join(("Dead letter topic", f"{source}.dlq")) in " ".join(shell("describe", NAME).stdout.split())

    def differs(*args: str) -> list[tuple[str, str, str]]:
        found = json.loads(shell("diff", NAME, "--file", "trap.wasm", *flags, *args, "--format", "json").stdout)
        return [(each["field"], each["deployed"], each["wanted"]) for each in found["changes"]]

    assert differs(*wanted) == []
    assert differs(*wanted[:-1], "append") == [("host.timestamps", "carry", "append")]
    assert differs(*wanted, "--dead-letter-topic", f"{source}.dlq") == []
    assert eventually(lambda: [part["status"] for part in shell.status()] == ["running"])
    assert "no change" in shell(*deploy, *wanted).stdout

    changed = shell("update", NAME, "--on-error", "skip", "--partitioner", "key", "--no-confirm")
    assert (changed.code, changed.stdout) == (0, f'transform "{NAME}" updated.\n'), changed.err
    assert f"- host.dead-letter-topic  {source}.dlq" in changed.err
    (listed,) = json.loads(shell("list", "--format", "json").stdout)
    told |= {"on-error": "skip", "partitioner": "key"}
    del told["dead-letter-topic"]
    assert listed["options"] == told
    assert shell("update", NAME, "--on-error", "skip", "--no-confirm").stdout.endswith("no change.\n")
    assert shell(*deploy).code == 0  # a deployment says all: what it does not is as on a broker
    (listed,) = json.loads(shell("list", "--format", "json").stdout)
    assert set(listed["options"].values()) == {"fail", "at-least-once", "input", "append"}


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--on-error", "ignore"], "--on-error cannot be 'ignore'."),
        (["--guarantee", "exactly"], "Use one of at-least-once, exactly-once."),
        (["--dead-letter-topic", "x"], "The dead-letter topic x would get nothing."),
        (["--on-error", "dlq", "--dead-letter-topic", "no/topic"], "cannot be a topic"),
        (["--on-error", "dlq", "--dead-letter-topic", "a"], "'a' is the input and the dead-letter topic"),
    ],
)
def test_options_that_cannot_be_meant(shell: Shell, args: list[str], said: str) -> None:
    (shell.cli.cwd / "a.wasm").write_bytes(guests.wasm())
    outcome = shell("deploy", "--file", "a.wasm", "--name", NAME, "-i", "a", "-o", "b", *args)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert said in outcome.err
