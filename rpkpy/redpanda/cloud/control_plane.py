"""Redpanda Cloud's control plane: which clusters an organisation has, and where they are reached.

Paths and fields are those of the Control Plane API (its OpenAPI description of 2026, version v1); v1beta2, which rpk
asks over Connect, has the same ones. Serverless clusters have paths of their own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from rpkpy.config.settings import SERVERLESS
from rpkpy.errors import RefusedError, UsageError
from rpkpy.redpanda.cloud.session import Session
from rpkpy.redpanda.cloud.versions import VersionedApi

VERSIONS = ("v1", "v1beta2")
"""Newest first."""
READY = "STATE_READY"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster of the organisation.

    `kind` is TYPE_DEDICATED, TYPE_BYOC or TYPE_SERVERLESS; `brokers` are host:port; `url` is that of the data plane
    and `console` that of Redpanda Console. `mtls` says that clients need certificates.
    """

    id: str
    name: str
    resource_group_id: str
    kind: str
    state: str
    brokers: tuple[str, ...] = ()
    registry: str = ""
    url: str = ""
    console: str = ""
    mtls: bool = False

    @property
    def ready(self) -> bool:
        """Whether it takes requests."""
        return self.state == READY

    @property
    def serverless(self) -> bool:
        """Whether it is a serverless cluster."""
        return self.kind == SERVERLESS


@dataclass(frozen=True, slots=True)
class Named:
    """A cluster with the name of its resource group, which it is called by: GROUP/NAME."""

    cluster: Cluster
    resource_group: str

    @property
    def full_name(self) -> str:
        """GROUP/NAME."""
        return f"{self.resource_group}/{self.cluster.name}"


class ControlPlane:
    """The control plane, asked with the token of `session`."""

    def __init__(self, session: Session) -> None:
        api = session.api(session.endpoints.control_plane_url, "Redpanda Cloud's control plane")
        self._api = VersionedApi(session, api, VERSIONS)

    def clusters(self) -> list[Named]:
        """The organisation's clusters: serverless ones first, each kind by its full name, as rpk lists them."""
        action = "list the clusters of Redpanda Cloud"
        groups = {
            str(group.get("id", "")): str(group.get("name", ""))
            for group in self._all("/resource-groups", "resource_groups", action)
        }
        found = []
        for path, key, read in (
            ("/serverless/clusters", "serverless_clusters", _serverless),
            ("/clusters", "clusters", _cluster),
        ):
            listed = [read(data) for data in self._all(path, key, action)]
            named = [Named(each, groups.get(each.resource_group_id, each.resource_group_id)) for each in listed]
            found += sorted(named, key=lambda each: each.full_name)
        return found

    def find(self, wanted: str) -> Named:
        """The cluster that `wanted` names: its id, its name, or GROUP/NAME.

        RefusedError where there is none, UsageError where several have that name.
        """
        if "/" not in wanted:
            cluster = self._get(wanted)
            if cluster is not None:
                return self.named(cluster)
        found = [each for each in self.clusters() if wanted in (each.cluster.name, each.full_name)]
        if not found:
            raise RefusedError(
                f"unable to find a cluster {wanted!r}: neither an id nor a name is that.",
                fix="rpkpy cloud cluster select, on a terminal, lists them.",
            )
        if len(found) > 1:
            listed = "\n".join(f"{each.full_name}: {each.cluster.id}" for each in found)
            raise UsageError(f"Several clusters are called {wanted!r}.", cause=listed, fix="Give the id of one.")
        return self.detailed(found[0])

    def detailed(self, listed: Named) -> Named:
        """A cluster of the list with all its fields, which a list need not have."""
        cluster = self._get(listed.cluster.id)
        return Named(cluster, listed.resource_group) if cluster is not None else listed

    def named(self, cluster: Cluster) -> Named:
        """The cluster with the name of its resource group."""
        action = "read the cluster's resource group"
        path = f"/resource-groups/{quote(cluster.resource_group_id, safe='', errors='surrogateescape')}"
        found = self._object(path, "resource_group", action) if cluster.resource_group_id else None
        return Named(cluster, str((found or {}).get("name", "")) or cluster.resource_group_id)

    def _get(self, id: str) -> Cluster | None:
        action = f"read the cluster {id!r}"
        segment = quote(id, safe="", errors="surrogateescape")
        if (data := self._object(f"/clusters/{segment}", "cluster", action)) is not None:
            return _cluster(data)
        if (data := self._object(f"/serverless/clusters/{segment}", "serverless_cluster", action)) is not None:
            return _serverless(data)
        return None

    def _object(self, path: str, key: str, action: str) -> dict[str, Any] | None:
        """The object at `path`, which the answer wraps in `key`; None where there is none."""
        answer = self._api.ask("GET", path, action=action)
        if answer.status == HTTPStatus.NOT_FOUND:
            return None
        data = answer.json(action)
        found = data.get(key, data)
        return found if isinstance(found, dict) else None

    def _all(self, path: str, key: str, action: str) -> Iterator[dict[str, Any]]:
        """Every object of a list; none where there is no such list."""
        for answer in self._api.pages(path, action):
            if answer.status == HTTPStatus.NOT_FOUND:
                return
            items = answer.json(action).get(key)
            yield from (item for item in (items if isinstance(items, list) else ()) if isinstance(item, dict))


def _cluster(data: dict[str, Any]) -> Cluster:
    kafka, registry = _part(data, "kafka_api"), _part(data, "schema_registry")
    return Cluster(
        id=_text(data, "id"),
        name=_text(data, "name"),
        resource_group_id=_text(data, "resource_group_id"),
        kind=_text(data, "type"),
        state=_text(data, "state"),
        brokers=_texts(kafka, "seed_brokers"),
        registry=_text(registry, "url"),
        url=_text(_part(data, "dataplane_api"), "url"),
        console=_text(_part(data, "redpanda_console"), "url"),
        mtls=_part(kafka, "mtls").get("enabled") is True,
    )


def _serverless(data: dict[str, Any]) -> Cluster:
    return Cluster(
        id=_text(data, "id"),
        name=_text(data, "name"),
        resource_group_id=_text(data, "resource_group_id"),
        kind=SERVERLESS,
        state=_text(data, "state"),
        brokers=_texts(_part(data, "kafka_api"), "seed_brokers"),
        registry=_text(_part(data, "schema_registry"), "url"),
        url=_text(_part(data, "dataplane_api"), "url"),
        console=_text(data, "console_url"),
    )


def _part(data: dict[str, Any], key: str) -> dict[str, Any]:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _texts(data: dict[str, Any], key: str) -> tuple[str, ...]:
    value = data.get(key)
    return tuple(map(str, value)) if isinstance(value, list) else ()
