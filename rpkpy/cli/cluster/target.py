"""What the cluster commands share: the cluster's Admin API, and what follows a change of its properties."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import emit
from rpkpy.errors import RpkpyError, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.cluster_config import Changes, ClusterAdmin

AllOption = Annotated[bool, typer.Option("--all", help="Low-level properties (tunables) too.")]


@dataclass(frozen=True)
class Changed:
    """The configuration after a change: its version, and the brokers that must be restarted (None: not known)."""

    config_version: int
    needs_restart: list[int] | None


def admin_of(context: Context) -> "ClusterAdmin":
    """The Admin API that the settings lead to. Raises UsageError for a cloud's cluster without a known one."""
    from rpkpy.redpanda.cluster_config import ClusterAdmin

    settings = context.settings()
    if settings.cloud_cluster is not None and not settings.admin_known:
        raise UsageError(
            "Redpanda Cloud looks after the health and the properties of its clusters itself.",
            cause=f"Profile {settings.profile!r} is for the cluster {settings.cloud_cluster.name!r} there, whose Admin "
            "API's address is not in the profile.",
            fix="Its console shows both; rpkpy cluster info shows brokers and topics.",
        )
    return ClusterAdmin(settings, say=lambda text: context.debug(printable(text)))


def apply(context: Context, admin: "ClusterAdmin", changes: "Changes", format: str) -> None:
    """Make the changes; print the new version, warn of brokers to restart, say what it means for transforms."""
    version = admin.change(changes)
    try:
        waiting = [node.node_id for node in admin.status() if node.needs_restart]
    except RpkpyError as error:  # the change is made: what fails now must not look as if it were not
        waiting = None
        context.warn(f"whether brokers must be restarted is not known: {printable(error.message)}")
    emit(
        context,
        Changed(version, waiting),
        format,
        text=lambda _: f"Successfully updated configuration. New configuration version is {version}.",
    )
    if waiting:
        context.warn(f"brokers must be restarted before this counts: {', '.join(map(str, waiting))}.")
    explain(context, admin, [*changes.upsert, *changes.remove])


def explain(context: Context, admin: "ClusterAdmin", names: list[str]) -> None:
    """Say on standard error what properties mean for transforms, and how many transforms there is room for."""
    from rpkpy.redpanda.transform_properties import ENABLED, EXPLAINED, FUNCTION, RESERVATION, room

    for name in names:
        if name in EXPLAINED:
            context.note(f"{name}: {EXPLAINED[name].meaning}")
    if {ENABLED, FUNCTION, RESERVATION}.isdisjoint(names):
        return
    found = room(admin.properties())
    if found is not None:
        context.note(f"Room for transforms: {found} ({RESERVATION} / {FUNCTION}).")


def shown(value: Any) -> str:
    """A property's value in a table."""
    import json

    if value is None:
        return ""
    return printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
