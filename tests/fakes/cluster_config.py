"""A Redpanda's Admin API for the cluster's properties and health, on loopback; no real one can be installed here.

Sources of truth: Redpanda's src/v/redpanda/admin/api-doc/{cluster_config,cluster}.json (paths, fields),
src/v/redpanda/admin/server.cc (validation errors are an object of texts by property, with status 400), and of the
properties src/v/config/configuration.cc.
"""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.redpanda.loopback import Asked, Reply

SCHEMA: dict[str, dict[str, Any]] = {
    "cluster_id": {"type": "string", "nullable": True, "description": "Cluster identifier.", "visibility": "user"},
    "data_transforms_enabled": {
        "type": "boolean",
        "description": "Enables WebAssembly powered data transforms directly in the broker",
        "needs_restart": True,
        "visibility": "user",
    },
    "data_transforms_per_core_memory_reservation": {
        "type": "integer",
        "description": "The amount of memory to reserve per core for data transform VMs.",
        "needs_restart": True,
        "example": "26214400",
        "visibility": "user",
        "aliases": ["wasm_per_core_memory_reservation"],
    },
    "data_transforms_per_function_memory_limit": {
        "type": "integer",
        "description": "The amount of memory to give an instance of a data transform VM.",
        "needs_restart": True,
        "example": "5242880",
        "visibility": "user",
        "aliases": ["wasm_per_function_memory_limit"],
    },
    "data_transforms_read_buffer_memory_percentage": {
        "type": "number",
        "description": "The percentage of available memory to use for read buffers.",
        "needs_restart": True,
        "visibility": "tunable",
    },
    "log_retention_ms": {
        "type": "integer",
        "nullable": True,
        "description": "Delete segments older than this.",
        "visibility": "user",
    },
    "log_cleanup_policy": {
        "type": "string",
        "description": "Default topic cleanup policy",
        "visibility": "user",
        "enum_values": ["compact", "delete", "compact,delete"],
    },
    "superusers": {
        "type": "array",
        "items": {"type": "string"},
        "description": "List of superuser usernames.",
        "visibility": "user",
    },
    "cloud_storage_secret_key": {
        "type": "string",
        "nullable": True,
        "is_secret": True,
        "description": "AWS secret key.",
        "visibility": "user",
    },
    "coproc_max_batch_size": {"type": "integer", "description": "Deprecated.", "visibility": "deprecated"},
}
DEFAULTS: dict[str, Any] = {
    "cluster_id": "cluster.one",
    "data_transforms_enabled": False,
    "data_transforms_per_core_memory_reservation": 20971520,
    "data_transforms_per_function_memory_limit": 2097152,
    "data_transforms_read_buffer_memory_percentage": 45,
    "log_retention_ms": 604800000,
    "log_cleanup_policy": "delete",
    "superusers": [],
    "cloud_storage_secret_key": None,
    "coproc_max_batch_size": 0,
}
HEALTHY: dict[str, Any] = {
    "is_healthy": True,
    "unhealthy_reasons": [],
    "controller_id": 1,
    "all_nodes": [1, 0],
    "nodes_down": [],
    "nodes_in_recovery_mode": [],
    "high_disk_usage_nodes": [],
    "leaderless_partitions": [],
    "leaderless_count": 0,
    "under_replicated_partitions": [],
    "under_replicated_count": 0,
    "bytes_in_cloud_storage": -1,
}


@dataclass
class FakeClusterConfig:
    """Answers a Loopback's requests; `values` are the properties that were set, `version` counts changes."""

    values: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    restart: bool = False
    health: list[dict[str, Any]] = field(default_factory=lambda: [HEALTHY])

    def __call__(self, asked: Asked) -> Reply:
        url = urlsplit(asked.path)
        if (asked.method, url.path) == ("GET", "/v1/cluster_config/schema"):
            return Reply(200, {"properties": SCHEMA})
        if (asked.method, url.path) == ("GET", "/v1/cluster_config/status"):
            node = {"config_version": self.version, "invalid": [], "unknown": []}
            return Reply(200, [{"node_id": number, "restart": self.restart, **node} for number in (1, 0)])
        if (asked.method, url.path) == ("GET", "/v1/cluster/health_overview"):
            return Reply(200, self.health.pop(0) if len(self.health) > 1 else self.health[0])
        if url.path == "/v1/cluster_config" and asked.method == "GET":
            everything = parse_qs(url.query).get("include_defaults") == ["true"]
            shown = {key: "[secret]" if SCHEMA[key].get("is_secret") else value for key, value in self.values.items()}
            return Reply(200, DEFAULTS | shown if everything else shown)
        if url.path == "/v1/cluster_config" and asked.method == "PUT":
            return self._change(json.loads(asked.body))
        return Reply(404, {"message": "Not found", "code": 404})

    def _change(self, body: dict[str, Any]) -> Reply:
        errors, read = {}, {}
        for key, value in body["upsert"].items():
            try:
                read[key] = _read(SCHEMA[key], value)
            except KeyError:
                errors[key] = "Unknown property"
            except ValueError as error:
                errors[key] = str(error)
        if errors:
            return Reply(400, errors)
        self.values |= read
        for key in body["remove"]:
            self.values.pop(key, None)
        self.restart |= any(SCHEMA[key].get("needs_restart") for key in [*read, *body["remove"]])
        self.version += 1
        return Reply(200, {"config_version": self.version})


def _read(known: dict[str, Any], value: Any) -> Any:
    """A value as the broker takes it: scalars may come as text."""
    if value is None:
        if not known.get("nullable"):
            raise ValueError("expected type, found null")
        return None
    if known["type"] == "array":
        return value if isinstance(value, list) else [value]
    if known["type"] == "boolean":
        if str(value).lower() not in ("true", "false"):
            raise ValueError("expected type boolean")
        return str(value).lower() == "true"
    if known["type"] in ("integer", "number"):
        try:
            return int(value)
        except ValueError:
            raise ValueError(f"expected type {known['type']}") from None
    if known.get("enum_values") and value not in known["enum_values"]:
        raise ValueError(f"expected one of {known['enum_values']}")
    return value
