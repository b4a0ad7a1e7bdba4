"""`rpkpy transform deploy`: what is sent, and what is refused before anything is."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rpkpy.cli.context import Context
from rpkpy.cli.main import main
from rpkpy.project import project as projects
from rpkpy.wasm import embed
from tests.cli.harness import Cli, Outcome
from tests.kafka.fixture import TestKafka
from tests.redpanda.loopback import Asked, Loopback, Reply, always, in_turn, serving
from tests.wasm import modules

PROJECT = """\
name: mask
input-topic: customer
output-topics: [masked, audit]
language: c
env:
  FIELDS: ssn
  KEEP: "1"
compression: gzip
from-offset: +5
"""


class Shell:
    """A project folder with a valid module, and a cluster that takes everything and lists nothing."""

    def __init__(self, cli: Cli, server: Loopback) -> None:
        self.cli = cli
        self.server = server

    def write(self, text: str = PROJECT, module: bytes | None = None) -> None:
        (self.cli.cwd / "transform.yaml").write_text(text)
        (self.cli.cwd / "mask.wasm").write_bytes(modules.identity() if module is None else module)

    def deploy(self, *args: str, brokers: str = "127.0.0.1:1") -> Outcome:
        settings = ("-X", f"admin.hosts={self.server.address}", "-X", f"brokers={brokers}")
        return self.cli("transform", "deploy", *args, *settings)

    @property
    def sent(self) -> dict[str, Any]:
        """The one deployment that arrived."""
        (asked,) = self.server.asked
        head, end = json.JSONDecoder().raw_decode(asked.body.split(b"\0asm")[0].decode())
        assert asked.body[end:] == asked.body[len(asked.body.split(b"\0asm")[0]) :]
        return dict(head)


def takes_everything(asked: Asked) -> Reply:
    """An Admin API that answers with success, and lists nothing."""
    return Reply(200, [] if asked.method == "GET" else "")


@pytest.fixture
def shell(cli: Cli) -> Iterator[Shell]:
    with serving(takes_everything) as server:
        yield Shell(cli, server)


def test_the_project_as_it_stands(shell: Shell) -> None:
    shell.write()
    outcome = shell.deploy()
    assert (outcome.code, outcome.stdout) == (0, 'transform "mask" deployed.\n')
    assert shell.sent == {
        "name": "mask",
        "input_topic": "customer",
        "output_topics": ["masked", "audit"],
        "environment": [{"key": "FIELDS", "value": "ssn"}, {"key": "KEEP", "value": "1"}],
        "compression": "gzip",
        "offset": {"format": "from_start", "value": 5},
    }
    assert shell.server.asked[0].body.endswith(modules.identity())
    assert "rpkpy transform logs mask" in outcome.err
    assert "counts on a first deployment" in outcome.err


def test_flags_over_the_project(shell: Shell) -> None:
    shell.write()
    outcome = shell.deploy(
        "--name=other",
        "-i",
        "a",
        "-o",
        "b,c",
        "-o",
        "d",
        "--var",
        "FIELDS=x=y",
        "--compression=NONE",
        "--from-offset=-3",
    )
    assert outcome.stdout == 'transform "other" deployed.\n'
    assert shell.sent == {
        "name": "other",
        "input_topic": "a",
        "output_topics": ["b", "c", "d"],
        "environment": [{"key": "FIELDS", "value": "x=y"}, {"key": "KEEP", "value": "1"}],
        "compression": "none",
        "offset": {"format": "from_end", "value": 3},
    }


def test_a_timestamp_in_seconds_is_doubted(shell: Shell) -> None:
    shell.write()
    outcome = shell.deploy("--from-offset", "@1700000000")
    assert outcome.code == 0
    assert "@1700000000000 if seconds were meant" in outcome.err
    assert shell.sent["offset"] == {"format": "timestamp", "value": 1700000000}


def test_from_timestamp(shell: Shell) -> None:
    shell.write()
    assert shell.deploy("--from-timestamp", "1700000000000", "--from-offset", "+1").code == 2
    assert "--from-timestamp" not in shell.cli("transform", "deploy", "--help").stdout
    assert shell.deploy("--from-timestamp", "1700000000000").code == 0
    assert shell.sent["offset"] == {"format": "timestamp", "value": 1700000000000}


def test_a_value_that_is_required(shell: Shell) -> None:
    shell.write(PROJECT.replace("FIELDS: ssn", "FIELDS: <required>"))
    outcome = shell.deploy()
    assert outcome.code == 2
    assert "Fix: --var FIELDS=VALUE" in outcome.err
    assert shell.server.asked == []
    assert shell.deploy("--var", "FIELDS=ssn").code == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--var", "REDPANDA_X=1"], "REDPANDA_"),
        (["--var", "A="], "1 to 2048 bytes"),
        (["--from-offset", "+-3"], "not a start offset"),
        (["--from-offset", "@99999999999999999999"], "not a start offset"),
        (["--from-timestamp", "soon"], "not a start offset"),
        (["--compression", "brotli"], "none, gzip"),
        (["-i", "masked"], "feed itself"),
        (["-o", "a,a"], "twice"),
        (["-o", "a b"], "cannot be a topic"),
        (["-o", "a,b,c,d,e,f,g,h,i"], "at most 8"),
        (["--partitions", "3"], "--create-topics"),
        (["--partitions", "0", "--create-topics"], "--partitions"),
    ],
)
def test_what_cannot_be_meant(shell: Shell, args: list[str], said: str) -> None:
    shell.write()
    outcome = shell.deploy(*args)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert said in outcome.err
    assert shell.server.asked == []


def test_a_module_the_broker_would_refuse(shell: Shell) -> None:
    shell.write(module=b"\0asm\1\0\0\0")
    outcome = shell.deploy()
    assert outcome.code == 3
    assert "_start" in outcome.err
    assert shell.server.asked == []
    assert shell.deploy("--no-validate").code == 0
    assert len(shell.server.asked) == 1


def test_a_module_that_is_too_large(shell: Shell) -> None:
    large = embed.write_section(modules.identity(), "padding", bytes(10 << 20))
    shell.write(module=large)
    outcome = shell.deploy()
    assert (outcome.code, outcome.stdout) == (3, "")
    assert "data_transforms_binary_max_size" in outcome.err
    assert shell.server.asked == []
    shell.write(PROJECT + "cluster: {data_transforms_binary_max_size: 16777216}\n", module=large)
    assert shell.deploy().code == 0
    assert shell.server.asked[0].body.endswith(large)


def test_no_cluster_takes_so_much(shell: Shell) -> None:
    shell.write()
    with (shell.cli.cwd / "mask.wasm").open("r+b") as file:
        file.truncate((128 << 20) + 1)  # sparse
    outcome = shell.deploy("--no-validate", "--force")
    assert (outcome.code, shell.server.asked) == (2, [])
    assert "128 MiB" in outcome.err


def test_the_limits_are_the_projects(shell: Shell) -> None:
    shell.write(module=modules.transform(memory='(memory (export "memory") 100)'))  # 6.25 MiB
    assert shell.deploy().code == 3
    shell.write(
        PROJECT + "cluster: {data_transforms_per_function_memory_limit: 16777216}\n",
        module=modules.transform(memory='(memory (export "memory") 100)'),
    )
    outcome = shell.deploy()
    assert outcome.code == 0
    assert outcome.err.count("data_transforms_per_function_memory_limit") == 1
    assert "not the broker's default of 2 MiB. The cluster must have" in outcome.err


def test_a_stated_limit_is_said_without_a_check_too(shell: Shell) -> None:
    shell.write(PROJECT + "cluster: {data_transforms_per_function_memory_limit: 16777216}\n")
    outcome = shell.deploy("--no-validate")
    assert "cluster config set data_transforms_per_function_memory_limit 16777216" in outcome.err


def test_a_stale_build(shell: Shell) -> None:
    shell.write()
    source = shell.cli.cwd / "transform.c"
    source.write_text("int main(void) { return 0; }\n")
    project = projects.load(shell.cli.cwd)
    origin = json.dumps({"source_sha256": project.source_hash(project.toolchain())}).encode()
    shell.write(module=embed.write_section(modules.identity(), "rpkpy.build", origin))
    assert shell.deploy().code == 0
    source.write_text("int main(void) { return 1; }\n")
    outcome = shell.deploy()
    assert outcome.code == 2
    assert "rpkpy transform build" in outcome.err
    assert len(shell.server.asked) == 1
    assert shell.deploy("--force").code == 0
    assert shell.deploy("--file", "mask.wasm").code == 0  # named by the person, so meant


def test_without_a_project(shell: Shell) -> None:
    outcome = shell.deploy("--file", "x.wasm", "-i", "a", "-o", "b")
    assert outcome.code == 2
    assert "transform.yaml" in outcome.err
    (shell.cli.cwd / "x.wasm").write_bytes(modules.identity())
    assert shell.deploy("--file", "x.wasm", "--name", "x", "-i", "a", "-o", "b").code == 0
    assert shell.sent["name"] == "x"


def test_a_module_by_url(shell: Shell) -> None:
    shell.write()
    (shell.cli.cwd / "mask.wasm").unlink()
    with serving(in_turn(Reply(302, "", {"Location": "/there"}), Reply(200, modules.identity()))) as files:
        assert shell.deploy("--file", f"http://{files.address}/m.wasm").code == 0
        assert [asked.path for asked in files.asked] == ["/m.wasm", "/there"]
    assert shell.server.asked[0].body.endswith(modules.identity())
    assert {path.name for path in shell.cli.cwd.iterdir()} == {"transform.yaml", "state"}


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (Reply(404, "gone"), 6, "status 404"),
        (Reply(200, b"\0asm" + b"x" * (10 * 1024 * 1024)), 3, "larger than 10485760 bytes"),
        (Reply(200, b"\0asm" * 20, cut=30), 5, "unable to fetch"),
        (Reply(200, b"<html>"), 3, "not a WebAssembly module"),
        (Reply(302, "", {"Location": "/m.wasm"}), 6, "redirects"),
        (Reply(302, "", {"Location": "file:///etc/passwd"}), 6, "unable to fetch"),
        (Reply(closed=True), 5, "unable to fetch"),
    ],
)
def test_a_url_that_has_no_module(shell: Shell, reply: Reply, code: int, said: str) -> None:
    shell.write()
    with serving(lambda asked: reply) as files:
        outcome = shell.deploy("--file", f"http://{files.address}/m.wasm")
    assert (outcome.code, outcome.stdout) == (code, "")
    assert said in outcome.err
    assert shell.server.asked == []


def test_the_brokers_no_is_passed_on(cli: Cli) -> None:
    with serving(always(400, {"message": "Topic does not exists", "code": 400})) as server:
        shell = Shell(cli, server)
        shell.write()
        outcome = shell.deploy()
    assert (outcome.code, outcome.stdout) == (6, "")
    assert 'Error: unable to deploy transform "mask": Topic does not exists.' in outcome.err
    assert "--create-topics" in outcome.err


def test_create_topics_needs_a_broker(shell: Shell) -> None:
    shell.write()
    outcome = shell.deploy("--create-topics")
    assert outcome.code == 5
    assert shell.server.asked == []


@pytest.mark.kafka
def test_topics_are_looked_up_and_made(shell: Shell, kafka: TestKafka) -> None:
    source, made = kafka.topic(partitions=3), kafka.topic()
    shell.write()
    args = ("-i", source, "-o", f"{made},{source}-out,{source}-more")
    outcome = shell.deploy(*args, brokers=kafka.bootstrap)
    assert outcome.code == 6
    assert f"Topics {source}-out, {source}-more do not exist." in outcome.err
    assert shell.server.asked == []
    assert shell.deploy(*args, "--no-validate", brokers=kafka.bootstrap).code == 0
    outcome = shell.deploy(*args, "--create-topics", brokers=kafka.bootstrap)
    assert outcome.code == 0, outcome.err
    assert f"Created {source}-out, {source}-more." in outcome.err
    outcome = shell.deploy(
        "-i", f"{source}-new", "-o", f"{source}-out", "--create-topics", "--partitions", "5", brokers=kafka.bootstrap
    )
    assert outcome.code == 0, outcome.err

    from rpkpy.kafka import client

    topics = client.admin(kafka.settings).metadata().topics
    counts = {suffix: len(topics[f"{source}{suffix}"].partitions) for suffix in ("", "-out", "-more", "-new")}
    assert counts == {"": 3, "-out": 3, "-more": 3, "-new": 5}


def test_a_folder_with_a_stray_manifest(shell: Shell, tmp_path: Path) -> None:
    (shell.cli.cwd / "transform.yaml").mkdir()
    assert shell.deploy("--name", "x", "-i", "a", "-o", "b").code == 2


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def on_a_terminal(shell: Shell, answers: str) -> tuple[io.StringIO, Terminal]:
    """Deploy with `answers` typed at a terminal: standard output (a file) and standard error (the terminal)."""
    stdout, stderr = io.StringIO(), Terminal()
    context = Context(
        stdin=Terminal(answers),
        stdout=stdout,
        stderr=stderr,
        environ=shell.cli.env | {"RPK_BROKERS": "127.0.0.1:1"},
        cwd=shell.cli.cwd,
    )
    assert main(["transform", "deploy", "-X", f"admin.hosts={shell.server.address}"], context) == 0
    return stdout, stderr


def test_on_a_terminal_a_large_module_shows_how_far_it_is(shell: Shell) -> None:
    shell.write(module=embed.write_section(modules.identity(), "padding", bytes(3 << 20)))
    stdout, stderr = on_a_terminal(shell, "")
    assert "Sending mask.wasm" in stderr.getvalue()
    assert "3.1/3.1 MB" in stderr.getvalue()
    assert stdout.getvalue() == 'transform "mask" deployed.\n'


def test_on_a_terminal_missing_topics_are_asked_for(shell: Shell) -> None:
    shell.write("name: mask\n")
    stdout, stderr = on_a_terminal(shell, "customer\nmasked,audit\n")
    assert (shell.sent["input_topic"], shell.sent["output_topics"]) == ("customer", ["masked", "audit"])
    assert "Input topic: Output topic: " in stderr.getvalue()
    assert stdout.getvalue() == 'transform "mask" deployed.\n'
