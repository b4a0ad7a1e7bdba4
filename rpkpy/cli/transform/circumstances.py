"""What `run` and `validate` share: the options for limits and schemas, and what these lead to."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.engine.schema_registry import SchemaRegistry

_NONE = (
    "The module asks a schema registry, and is told that there is none. Pass --schema-registry-file FILE; "
    "rpkpy transform run has --schema-registry for the cluster's."
)

LimitsOption = Annotated[
    str | None,
    typer.Option(
        "--limits",
        metavar="WHICH",
        help="Whose limits: broker (its defaults), cluster (the connected one's), none, or a YAML file of cluster "
        "properties. Without it: what the project states, else the defaults.",
    ),
]
MemoryLimitOption = Annotated[
    str | None, typer.Option("--memory-limit", metavar="SIZE", help="Memory of the transform, over --limits: 16MiB.")
]
SchemaRegistryFileOption = Annotated[
    str | None,
    typer.Option("--schema-registry-file", metavar="FILE", help="Schemas that the module may ask for (YAML, JSON)."),
]


def cluster_properties(context: Context) -> tuple[Mapping[str, Any], str]:
    """The connected cluster's properties, and its Admin API's addresses."""
    from rpkpy.redpanda.admin import AdminCluster

    settings = context.settings()
    if settings.cloud_cluster is not None and not settings.admin_known:
        raise UsageError(
            "The limits of a cluster of Redpanda Cloud cannot be read.",
            fix="Pass --limits broker, or --limits FILE with its properties.",
        )
    cluster = AdminCluster(settings, say=lambda text: context.debug(printable(text)))
    return cluster.properties(), ", ".join(settings.admin.addresses)


def registry(context: Context, file: str | None, *, connected: bool = False) -> "SchemaRegistry":
    """The schema registry out of `file`, or the cluster's when `connected`, else none. Its failures are warnings."""

    def warn(text: str) -> None:
        context.warn(printable(text))

    if file is not None:
        if connected:
            raise UsageError("--schema-registry and --schema-registry-file do not go together.")
        from rpkpy.project import schemas

        return schemas.load(context.path(file), file, warn)
    if not connected:
        from rpkpy.engine.schema_registry import NoRegistry

        return NoRegistry(lambda: context.warn(_NONE))
    from rpkpy.redpanda.schema_registry import connect

    return connect(context.settings(), warn)
