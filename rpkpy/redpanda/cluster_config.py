"""The Admin API beyond transforms: the cluster's properties and its health.

Source of paths and fields: Redpanda's src/v/redpanda/admin/api-doc/{cluster_config,cluster}.json.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from rpkpy.config.settings import Settings
from rpkpy.errors import RefusedError
from rpkpy.redpanda import event_loop, refusals
from rpkpy.redpanda.admin import AdminCluster
from rpkpy.redpanda.http import Answer, HttpApi
from rpkpy.redpanda.refusals import Api


@dataclass(frozen=True, slots=True)
class Property:
    """What the cluster says of a property: `type` is a JSON Schema type, `item_type` that of an array's items.

    `visibility` is user, tunable (not for every day) or deprecated. A secret's value is never shown by the cluster.
    """

    name: str
    type: str
    description: str = ""
    nullable: bool = False
    needs_restart: bool = False
    visibility: str = "user"
    secret: bool = False
    units: str = ""
    example: str = ""
    enum_values: tuple[str, ...] = ()
    item_type: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """How far a broker is with the configuration; lists name properties it calls invalid or does not know."""

    node_id: int
    config_version: int
    needs_restart: bool
    invalid: list[str]
    unknown: list[str]


@dataclass(frozen=True, slots=True)
class Health:
    """The cluster's health. Lists of partitions (`namespace/topic/partition`) may be cut short; counts are not."""

    is_healthy: bool
    unhealthy_reasons: list[str]
    controller_id: int
    all_nodes: list[int]
    nodes_down: list[int]
    nodes_in_recovery_mode: list[int]
    high_disk_usage_nodes: list[int]
    leaderless_partitions: list[str]
    leaderless_count: int
    under_replicated_partitions: list[str]
    under_replicated_count: int


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do with properties: new values, and those to go back to their defaults."""

    upsert: Mapping[str, Any] = field(default_factory=dict)
    remove: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.upsert or self.remove)


def _fix(status: int, body: bytes) -> str | None:
    if status == HTTPStatus.NOT_FOUND:
        return (
            "A Redpanda has this; rpkpy's own host beside a Kafka has not: its settings are given to `rpkpy host run` "
            "and `rpkpy local start`, a topic's to `rpkpy topic alter-config`."
        )
    if status == HTTPStatus.BAD_REQUEST:
        return "Nothing was changed. rpkpy cluster config get KEY --explain says what a property takes."
    return refusals.ADMIN.fix(status, body)


_API = Api(refusals.ADMIN.name, refusals.ADMIN.option, _fix)


class ClusterAdmin(AdminCluster):
    """The cluster's properties and health. `say` is told of every request. Raises as Cluster says."""

    def __init__(self, settings: Settings, say: Callable[[str], None] = lambda text: None) -> None:
        super().__init__(settings, say)
        self._api = HttpApi(
            settings.admin, settings.kafka.sasl, settings.dial_timeout_s, settings.request_timeout_s, say, _API
        )

    def changed(self) -> dict[str, Any]:
        """The properties that are not at their defaults."""
        return self._mapping("/v1/cluster_config?include_defaults=false", "read the cluster's properties")

    def schema(self) -> dict[str, Property]:
        """What the cluster says of each property."""
        action = "read what properties there are"
        answer = self._get("/v1/cluster_config/schema", action)
        try:
            return {name: _property(name, each) for name, each in answer.json(action)["properties"].items()}
        except (KeyError, TypeError, AttributeError):
            raise answer.unexpected(action) from None

    def change(self, changes: Changes) -> int:
        """Change properties, all or none; the new version of the configuration."""
        action = "change the cluster's properties"
        body = json.dumps({"upsert": dict(changes.upsert), "remove": list(changes.remove)}).encode()
        answer = event_loop.run(self._to_leader("PUT", "/v1/cluster_config", action, body))
        try:
            return int(answer.json(action)["config_version"])
        except (KeyError, TypeError, ValueError):
            raise answer.unexpected(action) from None

    def status(self) -> list[NodeStatus]:
        """How far each broker is with the configuration."""
        action = "read the status of the configuration"
        answer = event_loop.run(self._to_leader("GET", "/v1/cluster_config/status", action, None))
        try:
            return sorted(map(_node, answer.json(action)), key=lambda node: node.node_id)
        except (KeyError, TypeError, ValueError):
            raise answer.unexpected(action) from None

    def health(self) -> Health:
        """The cluster's health."""
        action = "read the cluster's health"
        answer = self._get("/v1/cluster/health_overview", action)
        try:
            return _health(answer.json(action))
        except (KeyError, TypeError, ValueError, AttributeError):
            raise answer.unexpected(action) from None

    def _mapping(self, path: str, action: str) -> dict[str, Any]:
        answer = self._get(path, action)
        found = answer.json(action)
        if not isinstance(found, dict):
            raise answer.unexpected(action)
        return found

    def _get(self, path: str, action: str) -> Answer:
        return event_loop.run(self._to_any("GET", path, action))


def unknown(name: str, known: Sequence[str]) -> RefusedError:
    """The error for a property that the cluster does not have, with the names most like it."""
    from difflib import get_close_matches

    near = get_close_matches(name, known, n=3)
    return RefusedError(
        f'The cluster has no property "{name}".',
        cause=f"Names like it: {', '.join(near)}." if near else None,
        fix="rpkpy cluster config list --filter PART names properties.",
    )


def _property(name: str, data: Mapping[str, Any]) -> Property:
    items = data.get("items")
    return Property(
        name,
        str(data.get("type", "string")),
        str(data.get("description", "")),
        bool(data.get("nullable")),
        bool(data.get("needs_restart")),
        str(data.get("visibility", "user")),
        bool(data.get("is_secret")),
        str(data.get("units") or ""),
        str(data.get("example") or ""),
        tuple(map(str, data.get("enum_values") or ())),
        str(items.get("type", "")) if isinstance(items, Mapping) else "",
        tuple(map(str, data.get("aliases") or ())),
    )


def _node(data: Mapping[str, Any]) -> NodeStatus:
    return NodeStatus(
        int(data["node_id"]),
        int(data["config_version"]),
        bool(data["restart"]),
        list(map(str, data.get("invalid") or ())),
        list(map(str, data.get("unknown") or ())),
    )


def _health(data: Mapping[str, Any]) -> Health:
    def numbers(name: str) -> list[int]:
        return list(map(int, data.get(name) or ()))

    def texts(name: str) -> list[str]:
        return list(map(str, data.get(name) or ()))

    leaderless, under_replicated = texts("leaderless_partitions"), texts("under_replicated_partitions")
    return Health(
        bool(data["is_healthy"]),
        texts("unhealthy_reasons"),
        int(data["controller_id"]),
        sorted(numbers("all_nodes")),
        sorted(numbers("nodes_down")),
        sorted(numbers("nodes_in_recovery_mode")),
        sorted(numbers("high_disk_usage_nodes")),
        leaderless,
        int(data.get("leaderless_count", len(leaderless))),
        under_replicated,
        int(data.get("under_replicated_count", len(under_replicated))),
    )
