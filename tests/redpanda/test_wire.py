"""Every recorded run of rpk against a server that answers as its server did: requests, output and exit behaviour.

wire/*.json holds the runs: arguments, what rpk printed, what was asked and answered ("server N: /path" stands for a
URL). rpk's two licence probes before each command are left out of the files: a server that is asked for them fails
the test. Where rpkpy differs on purpose, the tables below say so and why.
"""

import json
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rpkpy.redpanda import http
from tests.cli.harness import Cli
from tests.redpanda.loopback import Asked, Loopback, Reply, serving

WIRE = Path(__file__).parent / "wire"
TINY_WASM = b"\0asm\1\0\0\0"
CASES = {case["name"]: case for file in sorted(WIRE.glob("*.json")) for case in json.loads(file.read_text())}

# Where rpk exits with 1, rpkpy says which kind of failure it was.
EXIT_CODES = {
    2: """delete_prompt_eof deploy_extra_arg deploy_file_is_dir deploy_from_offset_bad_num
        deploy_from_offset_bad_prefix deploy_from_offset_float deploy_missing_default_file deploy_missing_file
        deploy_no_input_topic deploy_no_input_topic_piped deploy_var_bad_emptykey deploy_var_bad_novalue
        deploy_yaml_notopics list_d_format_empty list_extra_arg pause_no_arg""",
    3: "deploy_empty_wasm deploy_not_wasm deploy_from_url_notwasm",
    4: "deploy_err_401 list_err_403",
    5: """deploy_err_close list_body_empty tls_mismatch unreachable_default unreachable_delete unreachable_deploy
        unreachable_pause unreachable_two_hosts unreachable_two_hosts_deploy""",
    6: """delete_404 delete_err_400_json delete_err_404 delete_err_503 deploy_err_400_json deploy_err_400_jsonnomsg
        deploy_err_400_plain deploy_err_413 deploy_err_500 deploy_err_503 deploy_from_url_404 pause_err_404
        pause_err_500 three_nodes_deploy_leader_503 three_nodes_deploy_no_leader""",
}
EXIT_OF = {name: code for code, names in EXIT_CODES.items() for name in names.split()}

# What rpk sends although the broker must refuse it: rpkpy refuses it itself, with nothing sent.
REFUSED_BEFORE_SENDING = {
    "deploy_compression_bogus": "not a compression",
    "deploy_compression_producer": "not a compression",
    "deploy_from_offset_plusneg": "not a start offset",
}

# Runs in which rpk fails, or asks more than needed, and rpkpy does not: the requests that are sent instead.
_DEPLOY = {"method": "POST", "path": "/v1/transform/deploy", "server": "any"}
INSTEAD: dict[str, tuple[str, list[dict[str, Any]], str]] = {
    "cfg_tls_enabled_false": (
        "tls.enabled=false means off",
        [{"method": "GET", "path": "/v1/transform/", "server": 0, "status": 200, "answer": []}],
        "NAME  INPUT TOPIC  OUTPUT TOPIC  RUNNING  LAG\n",
    ),
    "three_nodes_deploy_leader_unknown_id": (
        "a broker hands the deploy on to the leader, so any host will do; rpk gives up after 36 s",
        [_DEPLOY],
        'transform "up" deployed.\n',
    ),
    "three_nodes_deploy_no_node_config": (
        "the deploy is sent once; rpk sends it to all hosts",
        [_DEPLOY],
        'transform "up" deployed.\n',
    ),
    "list_d_format_empty": ("the format is looked at before the cluster is asked", [], ""),
}
# Any host may answer these; rpk shuffles too.
ANY_HOST = {"three_nodes_list", "three_nodes_pause", "three_nodes_resume"}

# Not run: the outcome depends on what else runs on the machine. test_load.py checks the address that is used.
NEEDS_A_FREE_MACHINE = {"unreachable_default"}

# The cluster says no for a reason of its own that rpkpy does not know.
NOTHING_TO_ADVISE = {"deploy_err_400_jsonnomsg", "deploy_err_400_plain"}

LEADER_QUESTIONS = ("/v1/partitions/redpanda/controller/0", "/v1/node_config")


def test_the_tables_speak_of_recorded_runs_and_name_every_failure() -> None:
    failing = {name for name, case in CASES.items() if case["exit"] != 0} - set(INSTEAD)
    assert failing | {"list_d_format_empty"} == set(EXIT_OF)
    assert set(REFUSED_BEFORE_SENDING) | set(INSTEAD) | ANY_HOST | NOTHING_TO_ADVISE <= set(CASES)
    assert len(CASES) == 97


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)
    monkeypatch.setattr("rpkpy.redpanda.admin._NO_LEADER_PAUSE_S", 0.002)


class Cluster:
    """Servers that replay a recording: for each host, method and path, the recorded answers in turn."""

    def __init__(self, exchanges: list[dict[str, Any]], hosts: int) -> None:
        self.log: list[tuple[int, Asked]] = []
        self._stack = ExitStack()
        self._left: dict[tuple[int, str, str], list[dict[str, Any]]] = {}
        for exchange in exchanges:
            key = (exchange["server"], exchange["method"], exchange["path"])
            self._left.setdefault(key, []).append(exchange)
        self._hosts = hosts
        self.servers: list[Loopback] = []

    def __enter__(self) -> "Cluster":
        for index in range(self._hosts):
            self.servers.append(self._stack.enter_context(serving(self._answering(index))))
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _answering(self, index: int) -> Callable[[Asked], Reply]:
        return lambda asked: self._answer(index, asked)

    def _answer(self, index: int, asked: Asked) -> Reply:
        self.log.append((index, asked))
        left = self._left.get((index, asked.method, asked.path))
        if left is None and self._hosts > 1:  # another host gave the answer when it was recorded
            left = next((v for (_, m, p), v in self._left.items() if (m, p) == (asked.method, asked.path)), None)
        if left is None:
            return Reply(599, f"not recorded: {asked.method} {asked.path}")
        exchange = left.pop(0) if len(left) > 1 else left[0]
        headers = {"Location": self.url(exchange["location"])} if "location" in exchange else {}
        return Reply(
            exchange.get("status", 200), exchange.get("answer", ""), headers, closed=exchange.get("closed", False)
        )

    def url(self, text: str) -> str:
        """The URL that "server N: /path" stands for."""
        server, _, path = text.partition(": ")
        return f"http://{self.servers[int(server.split()[1])].address}{path}"


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


def _arguments(case: dict[str, Any], cluster: Cluster) -> list[str]:
    found = []
    for argument in case["args"]:
        for index, server in reversed(list(enumerate(cluster.servers))):
            argument = argument.replace(f"127.0.0.1:PORT{index}", server.address)
        found.append(argument.replace("127.0.0.1:PORT", cluster.servers[0].address))
    if "deploy" in found:
        found.append("--no-validate")  # the recorded module is eight bytes: no broker would start it
    return found


def _parsed(text: str, args: list[str]) -> Any:
    """Output for comparison: rpk's JSON escapes < and >, its YAML ends in an empty line."""
    from ruamel.yaml import YAML

    if "json" in args:
        return json.loads(text)
    return YAML(typ="safe").load(text) if "yaml" in args else text


@pytest.mark.parametrize("name", [name for name in CASES if name not in NEEDS_A_FREE_MACHINE])
def test_as_recorded(cli: Cli, name: str) -> None:
    case = CASES[name]
    exchanges = case["exchanges"]
    _reason, instead, instead_stdout = INSTEAD.get(name, ("", None, None))
    hosts = 3 if name.startswith("three_nodes") else 2 if name.startswith("redirect") else 1
    replayed = exchanges + [each | {"server": 0} if each["server"] == "any" else each for each in instead or []]
    _folder(cli, name)
    with Cluster(replayed, hosts) as cluster:
        args = _arguments(case, cluster)
        # brokers: nothing listens there, so topics are not looked up (rpk never does)
        outcome = cli(*args, env={"RPK_BROKERS": "127.0.0.1:1"} | case.get("env", {}))
        expected = exchanges if instead is None else instead
        if name in REFUSED_BEFORE_SENDING:
            expected = []
        _check_requests(name, cluster, expected)
        _check_referers(cluster, expected)

    if name in REFUSED_BEFORE_SENDING:
        assert (outcome.code, outcome.stdout) == (2, "")
        assert REFUSED_BEFORE_SENDING[name] in outcome.err
    elif name in EXIT_OF:
        assert (outcome.code, outcome.stdout) == (EXIT_OF[name], "")
        assert outcome.err.startswith("Error: ")
        assert "Fix: " in outcome.err or name in NOTHING_TO_ADVISE
        assert "Traceback" not in outcome.err
        for said in _messages(exchanges):
            assert said in outcome.err
    else:
        assert outcome.code == 0, outcome.err
        stdout = case["stdout"] if instead_stdout is None else instead_stdout
        assert _parsed(outcome.stdout, args) == _parsed(stdout, args)


def _messages(exchanges: list[dict[str, Any]]) -> list[str]:
    """What the cluster said in its refusals."""
    return [
        exchange["answer"]["message"]
        for exchange in exchanges
        if exchange.get("status", 200) >= 400
        and isinstance(exchange["answer"], dict)
        and "message" in exchange["answer"]
        and exchange["path"] not in LEADER_QUESTIONS
    ]


def _check_requests(name: str, cluster: Cluster, expected: list[dict[str, Any]]) -> None:
    """The same requests in the same order; how the leader is found may differ, whom it is sent to may not."""
    matters = [(index, asked) for index, asked in cluster.log if asked.path not in LEADER_QUESTIONS]
    wanted = [exchange for exchange in expected if exchange["path"] not in LEADER_QUESTIONS]
    assert [(asked.method, asked.path) for _, asked in matters] == [(each["method"], each["path"]) for each in wanted]
    for (index, asked), exchange in zip(matters, wanted, strict=True):
        if exchange["server"] != "any" and name not in ANY_HOST:
            assert index == exchange["server"]
        assert asked.headers.get("authorization") == exchange.get("authorization")
        if "json" in exchange:
            head, wasm = asked.body[: -len(TINY_WASM)], asked.body[-exchange["wasm_bytes"] :]
            assert wasm == TINY_WASM
            assert head.endswith(b"}"), "the module follows the closing brace at once"
            assert list(json.loads(head).items()) == list(exchange["json"].items()), "the same keys in the same order"
        if "text" in exchange:
            assert asked.body == exchange["text"].encode()


def _check_referers(cluster: Cluster, expected: list[dict[str, Any]]) -> None:
    for index, asked in cluster.log:
        referer = next((each["referer"] for each in expected if "referer" in each and each["server"] == index), None)
        assert asked.headers.get("referer") == (cluster.url(referer) if referer else None)
