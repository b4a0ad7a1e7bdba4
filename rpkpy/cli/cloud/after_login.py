"""What follows a login: a profile is selected or made, or it is said how to."""

from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.cli.context import Context

if TYPE_CHECKING:
    from rpkpy.config.yaml_file import Section
    from rpkpy.redpanda.cloud.session import Session


def say_profile(context: Context, file: Path) -> None:
    """Which cluster the commands talk to now, and how to talk to another one."""
    profile = _current(file)
    if profile is None:
        context.echo(
            "To create an rpkpy profile to talk to an existing cloud cluster, use 'rpkpy cloud cluster select'."
        )
        context.echo("To learn more about profiles, check 'rpkpy profile --help'.")
        context.echo("You are not currently in a profile; rpkpy talks to a localhost:9092 cluster by default.")
        return
    name = profile.text("name")
    if profile.boolean("from_cloud"):
        context.echo(f'You are talking to the cloud cluster {_cluster(profile)} (rpkpy profile name: "{name}")')
        context.echo("To talk to another one, use 'rpkpy cloud cluster select'.")
    else:
        context.echo(f'You are talking to a self hosted cluster (rpkpy profile name: "{name}")')
        context.echo("To talk to a cloud cluster, use 'rpkpy cloud cluster select'.")


def select_profile(context: Context, file: Path, session: "Session") -> None:
    """Select the profile of this login, or make one.

    The current one stays where it is this login's; the only one there is is selected; several can be picked from on a
    terminal. Where there is none, one is made for a cluster of the organisation. The login counts whatever becomes of
    the profile: what goes wrong is a warning.
    """
    from rpkpy.cli.cloud import selection
    from rpkpy.config import cloud_auths, profiles
    from rpkpy.errors import RpkpyError
    from rpkpy.redpanda.cloud import profile as cloud_profile
    from rpkpy.redpanda.cloud.control_plane import ControlPlane
    from rpkpy.text import printable

    auth = session.auth
    names = cloud_auths.profiles_of(file, auth.name)
    current = _current(file)
    if current is not None and current.text("name") in names:
        say_profile(context, file)
        return
    try:
        if names:
            if len(names) > 1 and not context.interactive:
                context.note(f"Select a profile with `rpkpy profile use NAME`: {', '.join(names)}.")
                return
            index = selection.pick(context, "Which profile would you like to use?", names) if len(names) > 1 else 0
            profiles.use(file, names[index])
            context.echo(f'Set current profile to "{names[index]}".')
            return
        plane = ControlPlane(session)
        ready = [each for each in plane.clusters() if each.cluster.ready]
        if not ready:
            context.note("There is no cluster yet; `rpkpy cloud cluster select` makes a profile when there is one.")
            return
        found = plane.detailed(ready[0]) if len(ready) == 1 else selection.choose(context, plane, ready)
        selection.say_written(context, cloud_profile.write(file, found, auth), found)
    except RpkpyError as error:
        context.warn(printable(f"No profile was made or selected: {error.message}"))
        for line in filter(None, (error.cause, error.fix)):
            context.note(printable(line))


def _current(file: Path) -> "Section | None":
    from rpkpy.config import rpk_yaml

    document = rpk_yaml.read(file)
    return rpk_yaml.profiles(document).get(document.text("current_profile")) if document is not None else None


def _cluster(profile: "Section") -> str:
    from rpkpy.text import printable

    cluster = profile.section("cloud_cluster")
    group, name = (cluster.text("resource_group"), cluster.text("cluster_name")) if cluster is not None else ("", "")
    return printable(f'"{group}/{name}"')
