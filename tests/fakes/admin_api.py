"""The Admin API of a Redpanda cluster on loopback, with faults that a test chooses; a broker cannot be run here.

Source of truth: Redpanda's src/v/redpanda/admin/transform.cc and api-doc/transform.json (paths, bodies, statuses,
texts), src/v/cluster/plugin_frontend.cc (rules and their order), src/v/redpanda/admin/server.cc (authentication,
redirects to a leader); leader and node ids as in the recorded runs of rpk (tests/cli/wire/nodes.json).

Not there: judging the module beyond its first bytes, processing, commands on other things than transforms.
"""

import base64
import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.redpanda.loopback import Asked, Loopback, Reply

Fault = Callable[[Asked], Reply | None]
"""What goes wrong with a request; None where nothing does."""

_COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")


@dataclass
class Brokers:
    """What the brokers of one cluster share.

    `transforms` by name: the deployed JSON, `wasm`, `is_paused`. With `users` (name to password) or `tokens` requests
    must authenticate, and changes need one of `superusers`; a token is a superuser's. `topics` None is any topic.
    """

    transforms: dict[str, dict[str, Any]] = field(default_factory=dict)
    leader_id: int = 0
    topics: set[str] | None = None
    users: dict[str, str] = field(default_factory=dict)
    superusers: set[str] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)


class Node:
    """One broker's Admin API: `address`, what it was `asked`, and the `fault` it has now."""

    def __init__(self, brokers: Brokers, node_id: int, tls: SSLContext | None = None) -> None:
        self.brokers = brokers
        self.node_id = node_id
        self.fault: Fault | None = None
        self._server = Loopback(self._answer, tls)
        self._server.start()

    @property
    def address(self) -> str:
        """host:port."""
        return self._server.address

    @property
    def asked(self) -> list[Asked]:
        """Every request so far, the ones that went wrong too."""
        return self._server.asked

    def stop(self) -> None:
        """Stop; connections to the address are refused from now on."""
        self._server.stop()

    def _answer(self, asked: Asked) -> Reply:
        if self.fault is not None and (reply := self.fault(asked)) is not None:
            return reply
        path = urlsplit(asked.path).path
        if refusal := self._not_allowed(asked, path):
            return refusal
        if asked.method == "GET" and path == "/v1/node_config":
            return Reply(200, {"node_id": self.node_id})
        if asked.method == "GET" and path == "/v1/partitions/redpanda/controller/0":
            return Reply(200, {"ns": "redpanda", "topic": "controller", "leader_id": self.brokers.leader_id})
        if asked.method == "GET" and path.rstrip("/") == "/v1/transform":
            return Reply(200, [_listed(deployed, self.node_id) for deployed in self.brokers.transforms.values()])
        if asked.method == "POST" and path == "/v1/transform/deploy":
            return self._deploy(asked.body)
        if path.startswith("/v1/transform/"):
            name, _, rest = path.removeprefix("/v1/transform/").partition("/")
            if asked.method == "DELETE" and not rest:
                self.brokers.transforms.pop(unquote(name), None)  # an unknown name is a success too
                return Reply()
            if asked.method == "PUT" and rest == "meta":
                return self._patch(unquote(name), asked.body)
        return error(404, "Not found")

    def _not_allowed(self, asked: Asked, path: str) -> Reply | None:
        if not self.brokers.users and not self.brokers.tokens:
            return None
        scheme, _, value = asked.headers.get("authorization", "").partition(" ")
        change = asked.method != "GET"
        if not scheme:
            return error(
                403, "Forbidden (superuser role required)" if change else "Forbidden (authentication is required)"
            )
        if scheme == "Bearer":
            return None if value in self.brokers.tokens else error(401, "Unauthorized")
        if scheme != "Basic":
            return error(400, "Unsupported Authorization method")
        user, _, password = base64.b64decode(value).decode().partition(":")
        if self.brokers.users.get(user) != password:
            return error(401, "Unauthorized")
        return (
            error(403, "Forbidden (superuser role required)")
            if change and user not in self.brokers.superusers
            else None
        )

    def _deploy(self, body: bytes) -> Reply:
        try:
            # a JSON object, and every byte after it is the module
            text = body.decode("utf-8", "surrogateescape")
            spec, end = json.JSONDecoder().raw_decode(text)
        except ValueError:
            return error(400, "JSON parse error: 3")
        wasm = text[end:].encode("utf-8", "surrogateescape")
        allowed = {"name", "input_topic", "output_topics", "environment", "compression", "offset"}
        if not {"name", "input_topic", "output_topics"} <= set(spec) <= allowed or (
            spec.get("compression", "none") not in _COMPRESSIONS
        ):
            return error(400, "invalid JSON request body: {}")
        if not wasm.startswith(b"\0asm"):
            return error(400, "invalid WebAssembly module")
        deployed = self.brokers.transforms.get(spec["name"])
        topics = ("input_topic", "output_topics")
        if deployed and any(deployed[key] != spec[key] for key in topics):
            return error(400, "Invalid update to transform, topic configuration cannot change")
        wanted = {spec["input_topic"], *spec["output_topics"]}
        if self.brokers.topics is not None and not wanted <= self.brokers.topics:
            return error(400, "Topic does not exists")
        self.brokers.transforms[spec["name"]] = spec | {"wasm": wasm, "is_paused": False}
        return Reply()

    def _patch(self, name: str, body: bytes) -> Reply:
        try:
            patch = json.loads(body)
        except ValueError:
            return error(400, "JSON parse error: 3")
        if not isinstance(patch, dict):
            return error(400, "Request body is not a JSON object")
        if name not in self.brokers.transforms:
            return error(400, "Transform does not exist")
        if not set(patch) <= {"is_paused", "env", "compression"}:
            return error(400, "invalid JSON request body: {}")
        if "env" in patch:  # replaces the whole map
            patch["environment"] = patch.pop("env")
        self.brokers.transforms[name].update(patch)
        return Reply()


def _listed(deployed: dict[str, Any], node_id: int) -> dict[str, Any]:
    status = "inactive" if deployed["is_paused"] else "running"
    return {
        "name": deployed["name"],
        "input_topic": deployed["input_topic"],
        "output_topics": deployed["output_topics"],
        "status": [{"node_id": node_id, "partition": 0, "status": status, "lag": 0}],
        "environment": deployed.get("environment", []),
        "compression": deployed.get("compression", "none"),
    }


def error(status: int, message: str) -> Reply:
    """A refusal as seastar's httpd writes it."""
    return Reply(status, {"message": message, "code": status})


@contextmanager
def running(count: int = 1, *, tls: SSLContext | None = None, brokers: Brokers | None = None) -> Iterator[list[Node]]:
    """The nodes 0 to `count` - 1 of a cluster."""
    shared = brokers or Brokers()
    with ExitStack() as stack:
        nodes = []
        for node_id in range(count):
            node = Node(shared, node_id, tls)
            stack.callback(node.stop)
            nodes.append(node)
        yield nodes


# Faults. Each is for every request; `first` makes one that passes.


def first(count: int, fault: Fault) -> Fault:
    """`fault` for the first `count` requests alone."""
    numbers = itertools.count()
    return lambda asked: fault(asked) if next(numbers) < count else None


def answers(reply: Reply) -> Fault:
    """The same answer to everything."""
    return lambda asked: reply


def failing(status: int) -> Fault:
    """An error of the broker."""
    return answers(error(status, "Leader not available"))


def redirecting(to: Node) -> Fault:
    """A 307 as a broker sends that is not the leader; a loop where `to` is the node itself."""
    return lambda asked: Reply(307, "", {"Location": f"http://{to.address}{asked.path}?redirect=1"})


HUNG = answers(Reply(hung=True))
CLOSED = answers(Reply(closed=True))
SLOW = answers(Reply(200, "[" + " " * 10_000 + "]", trickle_s=0.1))
TRUNCATED = answers(Reply(200, "[" + " " * 100 + "]", cut=50))
TOO_SHORT_A_LENGTH = answers(Reply(200, "[", cut=-1))
INVALID_JSON = answers(Reply(200, "[{]"))
HTML = answers(Reply(200, "<!DOCTYPE html><html><head><title>Please log in</title></head></html>"))
HTML_ERROR = answers(Reply(502, "<html><head><title>502 Bad Gateway</title></head></html>"))
HUGE = answers(Reply(200, b" " * (33 << 20)))
HUGE_ERROR = answers(Reply(400, b"x" * (8 << 20)))
