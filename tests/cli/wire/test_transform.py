"""Every recorded run of rpk's transform commands against servers that answer as its servers did.

rpk's two licence probes before each command are left out of the recordings: a server that is asked for them answers
with an error. Where rpkpy differs on purpose, the table (table.py) says so and why.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from rpkpy.redpanda import http
from tests.cli.harness import Cli, Outcome
from tests.cli.wire import recorded
from tests.cli.wire.recorded import Exchange, Run
from tests.cli.wire.replay import Replay
from tests.cli.wire.table import Expected, expected
from tests.redpanda.loopback import Asked

GROUPS = ("auth", "delete", "deploy", "list", "nodes", "pause", "redirect", "unreachable")
RUNS = {name: run for group in GROUPS for name, run in recorded.load(group).items()}
TINY_WASM = b"\0asm\1\0\0\0"

# Any host may answer these; rpk shuffles too.
ANY_HOST = {"three_nodes_list", "three_nodes_pause", "three_nodes_resume"}
# Not run: the outcome depends on what else runs on the machine. test_load.py checks the address that is used.
NEEDS_A_FREE_MACHINE = {"unreachable_default"}
# The cluster says no for a reason of its own that rpkpy does not know.
NOTHING_TO_ADVISE = {"deploy_err_400_jsonnomsg", "deploy_err_400_plain"}
LEADER_QUESTIONS = ("/v1/partitions/redpanda/controller/0", "/v1/node_config")


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)
    monkeypatch.setattr("rpkpy.redpanda.admin._NO_LEADER_PAUSE_S", 0.002)


def _folder(cli: Cli, name: str) -> None:
    """The folder rpk was run in: modules, and a project for the runs that have one."""
    (cli.cwd / "proj").mkdir()
    (cli.cwd / "proj" / "tiny.wasm").write_bytes(TINY_WASM)
    (cli.cwd / "proj" / "empty.wasm").write_bytes(b"")
    (cli.cwd / "proj" / "notwasm.wasm").write_bytes(b"#!/bin/sh\n")
    if name.startswith("deploy_yaml"):
        topics = "" if name.endswith("notopics") else "input-topic: fin\noutput-topic: single\n"
        language = "TINYGO" if name.endswith("upper") else "tinygo"
        (cli.cwd / "transform.yaml").write_text(f"name: myxform\nlanguage: {language}\n{topics}")
        (cli.cwd / "myxform.wasm").write_bytes(TINY_WASM)


def _arguments(run: Run, replay: Replay) -> list[str]:
    found = [replay.filled(argument) for argument in run.args]
    # the recorded module is eight bytes: no broker would start it
    return [*found, "--no-validate"] if "deploy" in found else found


@pytest.mark.parametrize("name", [name for name in RUNS if name not in NEEDS_A_FREE_MACHINE])
def test_as_recorded(cli: Cli, name: str) -> None:
    run = RUNS[name]
    wanted = expected(run)
    servers = 3 if name.startswith("three_nodes") else 2 if name.startswith("redirect") else 1
    _folder(cli, name)
    with Replay([*run.exchanges, *wanted.exchanges], servers) as replay:
        args = _arguments(run, replay)
        # brokers: nothing listens there, so topics are not looked up (rpk never does)
        outcome = cli(*args, env={"RPK_BROKERS": "127.0.0.1:1", **run.env})
        _check_requests(name, replay, wanted.exchanges)
        _check_referers(replay, wanted.exchanges)
    _check_output(run, wanted, outcome, args)


def _check_output(run: Run, wanted: Expected, outcome: Outcome, args: Sequence[str]) -> None:
    assert outcome.code == wanted.exit, outcome.err
    assert _parsed(outcome.stdout, args) == _parsed(wanted.stdout, args)
    for said in wanted.said:
        assert said in outcome.err
    if wanted.exit:
        assert outcome.err.startswith("Error: ")
        assert "Fix: " in outcome.err or run.name in NOTHING_TO_ADVISE
        assert "Traceback" not in outcome.err
        for said in _messages(run.exchanges):
            assert said in outcome.err
    for secret in ("s3cr:et", "envp"):
        assert secret not in outcome.err


def _parsed(text: str, args: Sequence[str]) -> Any:
    """Output for comparison: rpk's JSON escapes < and >, its YAML ends in an empty line."""
    from ruamel.yaml import YAML

    if "json" in args and text:
        return json.loads(text)
    return YAML(typ="safe").load(text) if "yaml" in args else text


def _messages(exchanges: Sequence[Exchange]) -> list[str]:
    """What the cluster said in its refusals."""
    return [
        exchange.answer["message"]
        for exchange in exchanges
        if exchange.status >= 400
        and isinstance(exchange.answer, Mapping)
        and "message" in exchange.answer
        and exchange.path not in LEADER_QUESTIONS
    ]


def _check_requests(name: str, replay: Replay, wanted: Sequence[Exchange]) -> None:
    """The same requests in the same order; how the leader is found may differ, whom it is sent to may not."""
    matters = [(index, asked) for index, asked in replay.log if asked.path not in LEADER_QUESTIONS]
    wanted = [exchange for exchange in wanted if exchange.path not in LEADER_QUESTIONS]
    assert [(asked.method, asked.path) for _, asked in matters] == [(each.method, each.path) for each in wanted]
    for (index, asked), exchange in zip(matters, wanted, strict=True):
        if exchange.server is not None and name not in ANY_HOST:
            assert index == exchange.server
        _check_request(asked, exchange)


def _check_request(asked: Asked, exchange: Exchange) -> None:
    if "/v1/" in asked.path:  # a module by URL is fetched from anywhere
        assert (asked.headers["accept"], asked.headers["content-type"]) == ("application/json", exchange.content_type)
    assert asked.headers.get("authorization") == exchange.authorization
    assert re.match(r"rpkpy/\d", asked.headers["user-agent"])
    assert asked.headers["accept-encoding"] == "identity"
    assert "transfer-encoding" not in asked.headers
    if exchange.json is not None:
        head, wasm = asked.body[: -len(TINY_WASM)], asked.body[-exchange.wasm_bytes :]
        assert wasm == TINY_WASM
        assert head.endswith(b"}"), "the module follows the closing brace at once"
        assert list(json.loads(head).items()) == list(exchange.json.items()), "the same keys in the same order"
    if exchange.text is not None:
        assert asked.body == exchange.text.encode()


def _check_referers(replay: Replay, wanted: Sequence[Exchange]) -> None:
    for index, asked in replay.log:
        referer = next((each.referer for each in wanted if each.referer and each.server == index), None)
        assert asked.headers.get("referer") == (replay.url(referer) if referer else None)
