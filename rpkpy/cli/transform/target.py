"""What the commands on deployed transforms share: the cluster, and the name where none is given."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from rpkpy.redpanda.cluster import Cluster

NameArgument = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="The transform; this folder's project by default.")
]


def cluster_of(context: Context) -> "Cluster":
    """The cluster that the settings lead to: a profile's cloud cluster, else the one behind the Admin API."""
    from rpkpy.text import printable

    settings = context.settings()
    if settings.cloud_cluster is not None:
        from rpkpy.cli.cloud.login_session import session_for_profile
        from rpkpy.redpanda.cloud.data_plane import DataPlaneCluster

        return DataPlaneCluster(settings, settings.cloud_cluster, session_for_profile(context, settings))
    from rpkpy.redpanda.admin import AdminCluster

    return AdminCluster(settings, say=lambda text: context.debug(printable(text)))


def name_of(context: Context, name: str | None) -> str:
    """`name`, or the name of the project in the current folder."""
    if name is not None:
        if not name:
            raise UsageError("A transform's name cannot be empty.")
        return name
    from rpkpy.project import project

    try:
        return project.load(context.cwd).manifest.name
    except ProjectError as error:
        if (context.cwd / "transform.yaml").exists():
            raise
        raise UsageError(
            "Which transform is meant?", cause=error.message, fix="Give its name; rpkpy transform list shows them."
        ) from None
