"""A cloud cluster as a profile of rpk.yaml, which rpk uses too."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rpkpy.config import addresses, load, profiles, rpk_yaml
from rpkpy.config.addresses import BadAddress
from rpkpy.config.settings import CloudAuth
from rpkpy.errors import ConfigError, RefusedError
from rpkpy.redpanda.cloud.control_plane import Cluster, Named

NAME = "rpk-cloud"
"""The profile that `cloud cluster select` makes, and changes the next time (rpk's name)."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the profile `name`: made, changed, or changed and selected."""

    name: str
    made: bool
    was_current: bool


def write(file: Path, found: Named, auth: CloudAuth, alter: Callable[[Any], None] = lambda data: None) -> Written:
    """Make or change the profile NAME to talk to `found`, and select it.

    Kafka credentials and an Admin API address stay where it was for the same cluster before; another one's must not
    reach this one.
    `alter` sets further fields at last. ConfigError where a profile of that name is not for the cloud.
    """
    document = rpk_yaml.read(file)
    old = rpk_yaml.profiles(document).get(NAME) if document is not None else None
    if old is None:
        create(file, NAME, found, auth, alter)
        return Written(NAME, made=True, was_current=False)
    if not old.boolean("from_cloud"):
        raise ConfigError(
            f'unable to make profile "{NAME}": there is one of that name, and it is not for Redpanda Cloud.',
            fix="Rename it with `rpkpy profile rename-to`, or pass --profile NAME for the new one.",
        )
    data = fields(found, auth)

    def change(profile: Any) -> None:
        if (profile.get("cloud_cluster") or {}).get("cluster_id") == found.cluster.id:
            kafka = profile.get("kafka_api") or {}
            data["kafka_api"] |= {key: kafka[key] for key in ("sasl", "tls") if kafka.get(key)}
            data["admin_api"] = data["admin_api"] or profile.get("admin_api") or {}
        profile.update(data)
        alter(profile)

    was_current = profiles.current(file) == NAME
    profiles.change(file, NAME, change)
    profiles.use(file, NAME)
    return Written(NAME, made=False, was_current=was_current)


def create(
    file: Path,
    name: str,
    found: Named,
    auth: CloudAuth,
    alter: Callable[[Any], None] = lambda data: None,
) -> None:
    """Make the profile `name` for the cluster `found`, and select it; ConfigError where there is one of that name."""

    def fill(profile: Any) -> None:
        profile.update(fields(found, auth))
        alter(profile)

    profiles.create(file, name, fill)


def fields(found: Named, auth: CloudAuth) -> dict[str, Any]:
    """The fields of a profile for this cluster; RefusedError where it is not ready, or has no broker yet."""
    cluster = found.cluster
    if not cluster.ready or not cluster.brokers:
        state = cluster.state.removeprefix("STATE_").lower() or "without an address"
        raise RefusedError(
            f"The cluster {found.full_name!r} cannot be used yet.",
            cause=f"It is {state}.",
            fix="Run this again when it is ready.",
        )
    kafka: dict[str, Any] = {"brokers": list(cluster.brokers), "tls": {}}
    if cluster.serverless:
        kafka["sasl"] = {"mechanism": load.SERVERLESS_MECHANISM}
    data: dict[str, Any] = {
        "from_cloud": True,
        "cloud_cluster": {
            "namespace": "",
            "resource_group": found.resource_group,
            "cluster_id": cluster.id,
            "cluster_name": cluster.name,
            "auth_org_id": auth.org_id,
            "auth_kind": auth.kind,
            "cluster_type": cluster.kind,
            "cluster_url": cluster.url,
        },
        "kafka_api": kafka,
        "admin_api": _admin(cluster),
        "schema_registry": {},
    }
    if cluster.registry:
        data["schema_registry"] = {"addresses": [_address(cluster.registry)], "tls": {}}
    return data


def _admin(cluster: Cluster) -> dict[str, Any]:
    """A serverless cluster's console stands for the Admin API in rpk's profiles; other clusters have none there."""
    if not cluster.serverless or not cluster.console:
        return {}
    return {"addresses": [_address(cluster.console)], "tls": {}}


def _address(url: str) -> str:
    """The URL without its path, for rpk takes no address with one."""
    scheme, separator, rest = url.partition("://")
    address = f"{scheme}{separator}{rest.partition('/')[0]}"
    try:
        addresses.parse(address)
    except BadAddress as error:
        raise RefusedError(
            "Redpanda Cloud names an address that cannot be used.", cause=f"{error}.", fix="Try again later."
        ) from None
    return address
