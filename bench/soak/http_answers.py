"""Fuzzing: servers that answer the Admin API's, the schema registry's and the cloud's clients with anything.

Commands run whole, against a server on loopback: an answer's status, headers, framing and JSON are by chance.
"""

import json
from collections import Counter
from random import Random
from typing import Any

from bench.soak import terminal
from bench.soak.figures import Budget, Clock, Figures
from rpkpy.redpanda import http
from rpkpy.redpanda.cloud import http as cloud_http
from tests.cli.cloud.account import Account
from tests.cli.harness import Cli
from tests.fakes.cloud import FakeCloud
from tests.redpanda.loopback import Asked, Reply, serving
from tests.wasm import modules

# --request-timeout of the Admin API's client bounds all attempts: a hanging server costs that.
_MOST_S = 15.0
_COMMANDS = {
    "admin": (
        ("transform", "list"),
        ("transform", "list", "--format", "json"),
        ("transform", "list", "--detailed"),
        ("transform", "describe", "up"),
        ("transform", "delete", "up", "--no-confirm"),
        ("transform", "pause", "up"),
        ("transform", "update", "up", "--env-var", "K=V"),
        ("transform", "deploy", "--file", "up.wasm", "--name", "up", "-i", "in", "-o", "out"),
        ("transform", "diff", "--file", "up.wasm", "--name", "up", "-i", "in", "-o", "out"),
        ("cluster", "health"),
        ("cluster", "config", "status"),
        ("cluster", "config", "get", "log_segment_size"),
        ("cluster", "config", "list"),
        ("cluster", "config", "set", "log_segment_size", "1"),
    ),
    "registry": (
        ("registry", "subject", "list"),
        ("registry", "schema", "list"),
        ("registry", "schema", "get", "--id", "1"),
        ("registry", "schema", "get", "s", "--schema-version", "latest", "--print-schema"),
        ("registry", "schema", "references", "s", "--schema-version", "1"),
        ("registry", "schema", "create", "s", "--schema", "s.avsc"),
        ("registry", "schema", "check-compatibility", "s", "--schema-version", "1", "--schema", "s.avsc"),
        ("registry", "schema", "delete", "s", "--schema-version", "1"),
        ("registry", "mode", "get"),
        ("registry", "compatibility-level", "get", "s"),
    ),
    "cloud": (
        ("transform", "list"),
        ("transform", "list", "--format", "json"),
        ("transform", "delete", "up", "--no-confirm"),
        ("transform", "deploy", "--file", "up.wasm", "--name", "up", "-i", "in", "-o", "out"),
        ("cloud", "cluster", "select", "mycluster"),
        ("cloud", "login", "--no-profile", "--client-id", "a", "--client-secret", "b"),
    ),
}
_KEYS = (
    *("name", "input_topic", "output_topics", "status", "partition", "node_id", "lag", "environment", "key", "value"),
    *("message", "code", "error_code", "subject", "version", "id", "schema", "schemaType", "references", "mode"),
    *("compatibility", "compatibilityLevel", "is_compatible", "messages", "is_healthy", "all_nodes", "nodes_down"),
    *("controller_id", "properties", "log_segment_size", "type", "description", "needs_restart", "config_version"),
    *("transforms", "next_page_token", "statuses", "partition_id", "broker_id", "output_topic_names", "clusters"),
    *("cluster", "dataplane_api", "url", "access_token", "expires_in", "token_type", "error", "state", "kafka_api"),
)
_TEXTS = (
    "",
    "up",
    "running",
    "x" * 3000,
    "\x1b[2J",
    "\ud800",
    "AVRO",
    '"string"',
    "1",
    "latest",
    "é\u202e",
    "\0",
    "./..",
)
_STATUSES = (
    200,
    200,
    200,
    200,
    201,
    204,
    301,
    307,
    308,
    400,
    401,
    403,
    404,
    405,
    409,
    413,
    422,
    429,
    500,
    501,
    503,
    504,
)
_HEADERS = (
    ("Location", ("/v1/transform/", "http://[::", "//", "http://127.0.0.1:1/", "file:///x", "http://x:99999/", "\xff")),
    ("Retry-After", ("0", "-1", "999999999999999999", "soon", "²")),
    ("Content-Type", ("text/html", "application/json; charset=utf-16", "\xff")),
    ("Content-Encoding", ("gzip", "identity", "br, gzip")),
)  # fmt: skip


def _json(random: Random, depth: int = 0) -> Any:
    match random.randrange(9 if depth < 4 else 5):
        case 0:
            return random.choice((None, True, False))
        case 1:
            return random.choice((0, 1, -1, 7, 1 << 31, 1 << 64, 10**400, 1.5, 1e308, float("nan")))
        case 2 | 3 | 4:
            return random.choice(_TEXTS)
        case 5 | 6:
            return [_json(random, depth + 1) for _ in range(random.randrange(4))]
        case _:
            keys = random.sample(_KEYS, random.randrange(1, 12))
            return {key: _json(random, depth + 1) for key in keys}


def _reply(random: Random) -> Reply:
    if random.random() < 0.04:
        return Reply(closed=True)
    headers = {name: random.choice(values) for name, values in _HEADERS if random.random() < 0.08}
    body = json.dumps(_json(random)).encode()
    match random.randrange(8):
        case 0:
            body = random.randbytes(random.randrange(200))
        case 1:
            body = f"<html><title>{random.choice(_TEXTS)}</title>".encode("utf-8", "replace")
        case 2:
            body = body[: random.randrange(1, 300)]
        case 3:
            body = b"[" * random.choice((1, 100_000))
    cut = random.choice((1, 5, -3)) if random.random() < 0.05 else 0
    return Reply(random.choice(_STATUSES), body, headers, cut=cut)


def run(budget: Budget) -> Figures:
    """Each case is a command; every request it makes is answered by chance."""
    random = Random(budget.seed)  # noqa: S311
    pauses = http._FIRST_PAUSE_S, cloud_http._FIRST_PAUSE_S  # noqa: SLF001
    http._FIRST_PAUSE_S = cloud_http._FIRST_PAUSE_S = 0.001  # noqa: SLF001
    codes: Counter[int] = Counter()
    odd: list[str] = []
    clock = Clock()

    def answer(asked: Asked) -> Reply:
        return _reply(random)

    try:
        with terminal.shell() as cli, serving(answer) as server:
            for _ in budget.rounds():
                api = random.choice(list(_COMMANDS))
                arguments = random.choice(_COMMANDS[api])
                _prepare(cli, api, server.address)
                with clock:
                    outcome = cli(*arguments)
                codes[outcome.code] += 1
                if (wrong := terminal.complaint(outcome)) is not None:
                    odd.append(f"{' '.join(arguments)}: {wrong}")
    finally:
        http._FIRST_PAUSE_S, cloud_http._FIRST_PAUSE_S = pauses  # noqa: SLF001
    cases = codes.total()
    shown = ", ".join(f"{count:,} x {code}" for code, count in sorted(codes.items()))
    return Figures(
        cases,
        not odd and clock.wall_s < _MOST_S and cases > 0,
        f"{cases:,} commands against answers by chance: exit codes {shown}; {len(odd)} tracebacks or silences; the "
        f"slowest took {clock.wall_s:.1f} s" + (f"; {odd[0]}" if odd else ""),
        {"odd": len(odd), "slowest_s": round(clock.wall_s, 2), **{f"exit_{code}": n for code, n in codes.items()}},
    )


def _prepare(cli: Cli, api: str, address: str) -> None:
    """Let the settings name the server for `api`, and nothing else."""
    for name in [name for name in cli.env if name.startswith("RPK_")]:
        del cli.env[name]
    (cli.cwd / "up.wasm").write_bytes(modules.identity())
    (cli.cwd / "s.avsc").write_text('"string"', encoding="utf-8")
    file = cli.home / ".config" / "rpk" / "rpk.yaml"
    file.unlink(missing_ok=True)
    cli.env["RPK_BROKERS"] = "127.0.0.1:1"
    if api == "admin":
        cli.env["RPK_ADMIN_HOSTS"] = address
    elif api == "registry":
        cli.env["RPK_REGISTRY_HOSTS"] = address
    else:
        del cli.env["RPK_BROKERS"]
        fake = FakeCloud()
        account = Account(cli, fake, _At(address))  # type: ignore[arg-type]
        account.logged_in()


class _At:
    """As much of a server as an Account asks for."""

    def __init__(self, address: str) -> None:
        self.address = address
