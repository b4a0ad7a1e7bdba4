"""rpk.yaml of versions 1 to 5 as version 6, in memory: what is new is added, nothing is taken away."""

from typing import Any


def upgrade(data: Any, version: int) -> None:
    """Give `data`, the mapping of an rpk.yaml, the keys of `version` beside the older ones they came from.

    Before version 6 a cloud login was known by its name, and a cluster's resource group was its namespace. Anything
    of another shape is left alone.
    """
    if not isinstance(data.get("version", version), int):
        return
    auths = [auth for auth in _mappings(data.get("cloud_auth")) if auth.get("name") and isinstance(auth["name"], str)]
    for auth in auths:
        if not auth.get("kind") and auth.get("client_id"):
            auth["kind"] = "client-credentials" if auth.get("client_secret") else "sso"
    by_name = {auth["name"]: auth for auth in auths}
    _point_at(data, "current_cloud_auth", by_name, "current_cloud_auth_org_id", "current_cloud_auth_kind")
    for profile in _mappings(data.get("profiles")):
        cluster = profile.get("cloud_cluster")
        if not isinstance(cluster, dict):
            continue
        for old, new in (("namespace", "resource_group"), ("cluster", "cluster_name")):
            if cluster.get(old) and not cluster.get(new):
                cluster[new] = cluster[old]
        _point_at(cluster, "auth", by_name, "auth_org_id", "auth_kind")
    if "version" in data:
        data["version"] = version


def _point_at(data: Any, name_key: str, auths: dict[Any, Any], org_key: str, kind_key: str) -> None:
    name = data.get(name_key)
    auth = auths.get(name) if isinstance(name, str) else None
    if auth is not None and auth.get("org_id") and not data.get(org_key):
        data[org_key] = auth["org_id"]
        data[kind_key] = auth.get("kind", "")


def _mappings(value: Any) -> list[Any]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, dict)]
