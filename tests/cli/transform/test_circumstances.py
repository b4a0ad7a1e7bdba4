"""`--limits`, `--schema-registry` and `--schema-registry-file` of `rpkpy transform run` and `validate`."""

import json
import os
import signal
import subprocess
import sys

import pytest

from rpkpy.engine.schema_registry import Definition, SchemaType, encode_definition
from tests.cli.harness import Cli
from tests.engine.guest import ECHO, wasm
from tests.engine.test_schema_registry import OUT, SUBJECT, TEXT, call, data
from tests.fakes.schema_registry import FakeRegistry
from tests.redpanda.loopback import Reply, serving
from tests.wasm.modules import identity, transform

LARGE = transform(memory='(memory (export "memory") 257)')
CREATED = encode_definition(Definition(SchemaType.AVRO, '{ "type": "string" }'))
# Registers a schema, replies its id, then how long the subject's latest one is, then the answer for an unknown id.
ASKS = wasm(
    call("create_subject_schema", SUBJECT, 8, TEXT, len(CREATED), OUT)
    + f"(call $reply (i32.load (i32.const {OUT})))"
    + call("get_subject_schema", SUBJECT, 8, -1, OUT, 100)
    + call("get_schema_definition", 99, OUT, 100),
    declarations=data(SUBJECT, b"customer") + data(TEXT, CREATED),
)
FILE = "schemas: [{subject: customer, id: 7, schema: '\"long\"'}]\n"


def numbers(out: bytes) -> list[int]:
    """What the guest replied, from raw output without separators."""
    return [int.from_bytes(out[at : at + 4], "little", signed=True) for at in range(0, len(out), 4)]


@pytest.fixture
def asks(cli: Cli) -> Cli:
    (cli.cwd / "asks.wasm").write_bytes(ASKS)
    (cli.cwd / "schemas.yaml").write_text(FILE)
    return cli


RUN = ("transform", "run", "asks.wasm", "--input-format", "raw", "--format", "%v")


def test_schemas_out_of_a_file(asks: Cli) -> None:
    outcome = asks(*RUN, "--schema-registry-file", "schemas.yaml", stdin=b"x\ny\n")
    assert outcome.code == 0
    # status, id, length of the new version (id 8, version 2), unknown id; and the same at the second record
    assert numbers(outcome.out) == [0, 8, 22, -2] * 2
    assert outcome.err.count("get_schema_definition(99): there is no schema with id 99") == 1
    assert (asks.cwd / "schemas.yaml").read_text() == FILE


def test_schemas_of_the_cluster(asks: Cli) -> None:
    registry = FakeRegistry()
    with serving(registry) as server:
        outcome = asks(*RUN, "--schema-registry", "-X", f"registry.hosts={server.address}", stdin=b"x\ny\n")
    assert outcome.code == 0
    assert numbers(outcome.out) == [0, 1, 22, -2] * 2
    assert outcome.err.count("answered 404: Schema 99 not found") == 1
    assert registry.schemas == [{"schema": '{"type":"string"}'}]


def test_without_a_registry_none_is_enabled_and_none_is_asked(asks: Cli) -> None:
    with serving(FakeRegistry()) as server:
        outcome = asks(*RUN, "-X", f"registry.hosts={server.address}", stdin=b"x\ny\n")
        assert server.asked == []
    assert numbers(outcome.out) == [-1, 0, -1, -1] * 2
    assert outcome.err.count("is told that there is none. Pass --schema-registry-file FILE") == 1


def test_a_registry_that_is_not_there_is_a_warning(asks: Cli) -> None:
    outcome = asks(*RUN, "--schema-registry", "-X", "registry.hosts=127.0.0.1:1", stdin=b"x\n" * 10)
    assert outcome.code == 0
    assert numbers(outcome.out) == [-2, 0, -2, -2] * 10
    assert len([line for line in outcome.err.splitlines() if "no answer from the registry" in line]) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--schema-registry", "--schema-registry-file", "schemas.yaml"], "do not go together"),
        (["--schema-registry-file", "none.yaml"], "none.yaml cannot be read"),
        (["--schema-registry-file", "asks.wasm"], "asks.wasm is not"),
        (["--limits", "nonsense"], "--limits nonsense: there is no such file"),
    ],
)
def test_arguments_that_cannot_be_meant(asks: Cli, arguments: list[str], words: str) -> None:
    outcome = asks(*RUN, *arguments, stdin=b"x\n")
    assert outcome.code == 2, outcome
    assert words in outcome.err


def test_validate_with_schemas(asks: Cli) -> None:
    demands = wasm(
        on_start=f"(if (i32.ne (call $get_schema_definition (i32.const 7) (i32.const {OUT}) (i32.const 99))"
        " (i32.const 9)) (then unreachable))"
    )
    (asks.cwd / "demands.wasm").write_bytes(demands)
    outcome = asks("transform", "validate", "demands.wasm")
    assert outcome.code == 3
    assert "is told that there is none" in outcome.err
    outcome = asks("transform", "validate", "demands.wasm", "--schema-registry-file", "schemas.yaml")
    assert outcome.code == 0, outcome


# Limits.


def report(cli: Cli, *arguments: str, code: int = 0) -> dict[str, object]:
    """validate's report in JSON."""
    outcome = cli("transform", "validate", "--no-run", "--format", "json", *arguments)
    assert outcome.code == code, outcome
    return dict(json.loads(outcome.stdout))


@pytest.fixture
def project(cli: Cli) -> Cli:
    (cli.cwd / "t.wasm").write_bytes(LARGE)
    (cli.cwd / "transform.yaml").write_text(
        "name: t\ninput-topic: in\noutput-topics: [out]\n"
        "cluster: {data_transforms_per_function_memory_limit: 33554432}\n"
    )
    (cli.cwd / "prod.yaml").write_text("data_transforms_per_function_memory_limit: 1048576\n")
    return cli


@pytest.mark.parametrize(
    ("arguments", "code", "memory", "source"),
    [
        ([], 0, 32 << 20, "cluster: in transform.yaml"),
        (["--limits", "broker"], 3, 2 << 20, "the broker's defaults, --limits broker"),
        (["--limits", "none"], 0, 4 << 30, "--limits none"),
        (["--limits", "prod.yaml"], 3, 1 << 20, "prod.yaml"),
        (["--limits", "prod.yaml", "--memory-limit", "20M"], 0, 20 << 20, "prod.yaml; --memory-limit 20M"),
    ],
)
def test_validate_says_whose_limits(project: Cli, arguments: list[str], code: int, memory: int, source: str) -> None:
    found = report(project, *arguments, code=code)
    assert found["limits_from"] == source
    limits = found["limits"]
    assert isinstance(limits, dict) and limits["data_transforms_per_function_memory_limit"] == memory
    assert f"({source})" in project("transform", "validate", "--no-run", *arguments).err


def test_the_connected_clusters_limits(project: Cli) -> None:
    properties = {"data_transforms_per_function_memory_limit": 64 << 20, "data_transforms_enabled": False, "x": [1]}
    with serving(lambda asked: Reply(200, properties)) as server:
        found = report(project, "--limits", "cluster", "-X", f"admin.hosts={server.address}")
        outcome = project("transform", "validate", "--limits", "cluster", "-X", f"admin.hosts={server.address}")
        assert server.asked[0].path == "/v1/cluster_config?include_defaults=true"
    assert found["limits_from"] == f"the cluster at {server.address}"
    assert "64 MiB of memory" in outcome.err
    assert "data_transforms_enabled is false" in outcome.err


@pytest.mark.parametrize(
    ("reply", "code"),
    [(Reply(200, "[]"), 5), (Reply(200, "<html>"), 5), (Reply(403, {"message": "Forbidden"}), 4), (Reply(404, ""), 6)],
)
def test_a_cluster_that_does_not_say(project: Cli, reply: Reply, code: int) -> None:
    with serving(lambda asked: reply) as server:
        outcome = project("transform", "validate", "--limits", "cluster", "-X", f"admin.hosts={server.address}")
    assert outcome.code == code
    assert "read the cluster's properties" in outcome.err


def test_limits_of_a_run(cli: Cli) -> None:
    (cli.cwd / "large.wasm").write_bytes(wasm(ECHO, pages="40"))
    run = ("transform", "run", "large.wasm", "--input-format", "raw", "--format", "raw", "--stats")
    assert cli(*run, stdin=b"x\n").code == 3  # 40 pages are more than 2 MiB
    outcome = cli(*run, "--limits", "none", stdin=b"x\n")
    assert (outcome.code, outcome.out) == (0, b"x\n")
    assert "limits:  4 GiB of memory, no time limit (--limits none)" in outcome.err
    properties = {"data_transforms_per_function_memory_limit": 64 << 20}
    with serving(lambda asked: Reply(200, properties)) as server:
        outcome = cli(*run, "--limits", "cluster", "-X", f"admin.hosts={server.address}", stdin=b"x\n")
    assert (outcome.code, outcome.out) == (0, b"x\n")


def test_memory_grows_without_limit_to_all_that_there_is(cli: Cli) -> None:
    grow = "(call $reply (memory.grow (i32.const 40000)))"  # 2.5 GiB, not touched
    (cli.cwd / "grow.wasm").write_bytes(wasm(grow))
    run = ("transform", "run", "grow.wasm", "--input-format", "raw", "--format", "%v")
    assert numbers(cli(*run, stdin=b"x\n").out) == [-1]
    assert numbers(cli(*run, "--limits", "none", stdin=b"x\n").out) == [18]


def test_an_endless_loop_without_limits_ends_with_ctrl_c(cli: Cli) -> None:
    (cli.cwd / "loop.wasm").write_bytes(wasm(f"{ECHO} (drop (call $fd_write (i32.const 2) (i32.const 600) (i32.const 1)"
        " (i32.const 640))) (loop (br 0))", declarations='(data (i32.const 600) "\\80\\02\\00\\00\\04\\00\\00\\00")'
        ' (data (i32.const 640) "here")'))  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "rpkpy", "transform", "run", "loop.wasm", "--input-format", "raw", "--limits", "none"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=cli.cwd,
        env={**os.environ, **cli.env},
    )
    with process:
        assert process.stdin is not None and process.stderr is not None
        process.stdin.write(b"x\n")
        process.stdin.close()
        assert b"here" in process.stderr.readline()  # the guest runs
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130


def test_deploy_goes_by_the_projects_limits(project: Cli) -> None:
    with serving(lambda asked: Reply(200, "")) as server:
        settings = ("-X", f"admin.hosts={server.address}", "-X", "brokers=127.0.0.1:1")
        assert project("transform", "deploy", "--force", *settings).code == 0
        (project.cwd / "transform.yaml").write_text("name: t\ninput-topic: in\noutput-topics: [out]\n")
        outcome = project("transform", "deploy", "--force", *settings)
    assert outcome.code == 3
    assert len(server.asked) == 1


def test_a_module_that_asks_nothing_is_told_nothing(cli: Cli) -> None:
    (cli.cwd / "x.wasm").write_bytes(identity())
    outcome = cli("transform", "validate", "x.wasm")
    assert "registry" not in outcome.err
