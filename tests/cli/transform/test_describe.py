"""`rpkpy transform describe` against an Admin API that tells what Redpanda's does; tests/redpanda has the host's."""

import json
from typing import Any

import pytest

from tests.cli.harness import Cli, Outcome
from tests.cli.transform.test_validate import project
from tests.redpanda.loopback import Asked, Reply, serving

ENTRY: dict[str, Any] = {
    "name": "copy",
    "input_topic": "in",
    "output_topics": ["out", "more"],
    "status": [
        {"node_id": 2, "partition": 1, "status": "errored", "lag": 7},
        {"node_id": 1, "partition": 0, "status": "running", "lag": 3},
    ],
    "environment": [{"key": "FIELDS", "value": "email"}],
    "compression": "none",
}
OFFSETS = [
    {"transform_name": "copy", "partition": 0, "offset": 41},
    {"transform_name": "copy", "partition": 0, "offset": 40},
    {"transform_name": "other", "partition": 1, "offset": 9},
]


def redpanda(asked: Asked) -> Reply:
    """What a broker answers: recorded shapes of src/v/redpanda/admin/transform.cc."""
    return Reply(200, OFFSETS if "committed_offsets" in asked.path else [ENTRY])


def describe(cli: Cli, *args: str, answer: Any = redpanda) -> Outcome:
    """Against a loopback Admin API, with no Kafka behind it."""
    with serving(answer) as server:
        return cli("transform", "describe", *args, "-X", f"admin.hosts={server.address}", "-X", "brokers=127.0.0.1:1")


def test_what_redpanda_tells(cli: Cli) -> None:
    outcome = describe(cli, "copy")
    assert outcome.code == 0, outcome
    lines = [line.split() for line in outcome.stdout.splitlines()]
    assert ["Running", "1", "/", "2", "partitions"] in lines
    assert ["Lag", "10", "records"] in lines
    assert ["Environment", "FIELDS=email"] in lines
    assert ["0", "1", "running", "3", "40"] in lines  # the lowest of its outputs
    assert ["1", "2", "errored", "7", "-"] in lines
    assert "Module" not in outcome.stdout  # Redpanda does not tell
    assert "Nothing is known of its log: no answer from 127.0.0.1:1" in outcome.err


def test_json_leaves_out_what_nobody_tells(cli: Cli) -> None:
    found = json.loads(describe(cli, "copy", "--format", "json").stdout)
    assert found["partitions"][0] == {"partition": 0, "node_id": 1, "status": "running", "lag": 3, "committed": 40}
    assert "committed" not in found["partitions"][1]
    assert not {"host", "built", "logs"} & found.keys()
    assert "module_sha256: string" in cli("transform", "describe", "--format", "help").stdout


def test_the_module_in_the_projects_folder(cli: Cli) -> None:
    project(cli)
    built = json.loads(describe(cli, "--format", "json").stdout)["built"]
    assert (built["file"], built["deployed"], built["origin"]) == ("copy.wasm", None, {})
    assert "copy.wasm: sha256 " + built["sha256"] in " ".join(describe(cli).stdout.split())


def test_an_unknown_name(cli: Cli) -> None:
    outcome = describe(cli, "mask")
    assert (outcome.code, outcome.out) == (6, b"")
    assert 'no transform "mask"' in outcome.err
    assert "These are deployed: copy." in outcome.err


def test_offsets_that_are_not_told(cli: Cli) -> None:
    def no_offsets(asked: Asked) -> Reply:
        return Reply(403, {"message": "Forbidden", "code": 403}) if "offsets" in asked.path else Reply(200, [ENTRY])

    outcome = describe(cli, "copy", answer=no_offsets)
    assert outcome.code == 0
    assert ["0", "1", "running", "3", "-"] in [line.split() for line in outcome.stdout.splitlines()]


@pytest.mark.parametrize(
    "offsets", [{"a": 1}, [1], [{"transform_name": "copy", "partition": "x", "offset": 1}], "<html>"]
)
def test_offsets_that_make_no_sense(cli: Cli, offsets: Any) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(200, offsets if "offsets" in asked.path else [ENTRY])

    assert describe(cli, "copy", answer=answer).code == 0


def test_names_cannot_act_on_the_terminal(cli: Cli) -> None:
    bad = ENTRY | {"name": "a\x1b[2J", "environment": [{"key": "K", "value": "\x1b[31m"}]}
    outcome = describe(cli, "a\x1b[2J", answer=lambda asked: Reply(200, [] if "offsets" in asked.path else [bad]))
    assert outcome.code == 0
    assert b"\x1b" not in outcome.out


def test_nothing_answers(cli: Cli) -> None:
    assert cli("transform", "describe", "copy", "-X", "admin.hosts=127.0.0.1:1").code == 5
    assert cli("transform", "describe", "-X", "admin.hosts=127.0.0.1:1").code == 2  # nor is a transform named
