"""What the commands on deployed transforms share: the cluster, and the name where none is given."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import ProjectError, RefusedError, RpkpyError, UsageError

if TYPE_CHECKING:
    from rpkpy.redpanda.cluster import Cluster

NameArgument = Annotated[
    str | None, typer.Argument(metavar="[NAME]", help="The transform, or project; this folder's by default.")
]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What NAME means: the transforms `names`, those of the project `name` where they are `several`."""

    name: str
    names: tuple[str, ...]
    several: bool = False

    def __str__(self) -> str:
        return ", ".join(f'"{name}"' for name in self.names)


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


def chosen(context: Context, name: str | None) -> Chosen:
    """The transform `name`; or, of a project that is deployed to several inputs, every transform that it has there.

    It is such a project where this folder's transform.yaml says so, or where this machine deployed it so. The cluster
    is asked for that alone. RefusedError where it has none of them.
    """
    wanted = name_of(context, name)
    if _known(context, wanted) is None:
        return Chosen(wanted, (wanted,))
    names = _deployed(context, wanted)
    if not names:
        raise RefusedError(
            f'There is no transform of the project "{wanted}" on the cluster.',
            cause=f"It is deployed to several inputs: a transform {wanted}-TOPIC for each.",
            fix="rpkpy transform list; rpkpy transform deploy",
        )
    return Chosen(wanted, names, several=True)


def logging(context: Context, name: str | None) -> Chosen:
    """The same for reading logs, which outlive a transform and need no Admin API: also those that are only known."""
    wanted = name_of(context, name)
    known = _known(context, wanted)
    if known is None:
        return Chosen(wanted, (wanted,))
    try:
        known.update(_deployed(context, wanted))
    except RpkpyError as error:
        context.debug(error.message)
    return Chosen(wanted, tuple(sorted(known)), several=True)


def each(context: Context, found: Chosen, done: str, act: Callable[[str], None]) -> None:
    """Do `act` to each of the transforms, and say each of several; where one fails, the error says what was done."""
    from rpkpy.deployment import in_turn

    for said in in_turn.carry_out([in_turn.Step(name, done, partial(act, name)) for name in found.names]):
        if found.several:
            context.echo(said)


def _deployed(context: Context, project: str) -> tuple[str, ...]:
    from rpkpy.cli.transform.deployment_options import releases_of
    from rpkpy.deployment import family

    return family.own(project, cluster_of(context).list(), releases_of(context))


def _known(context: Context, name: str) -> set[str] | None:
    """What this folder's project and the history know of the transforms of project `name`; None where it is one."""
    from rpkpy.cli.transform.deployment_options import releases_of
    from rpkpy.project import project

    found: set[str] = set()
    try:
        manifest = project.load(context.cwd).manifest
        if manifest.name == name:
            found |= manifest.transforms_of_lists
    except ProjectError:  # the name was given: no project is needed
        pass
    try:
        releases = releases_of(context)
        if found or releases.of_project(name):
            return found.union(releases.of_project(name, deleted=True))
    except RpkpyError as error:
        context.debug(error.message)
    return found or None
