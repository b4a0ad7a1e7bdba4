"""`rpkpy cloud cluster select`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context

EXAMPLES = """
rpkpy cloud cluster select
rpkpy cloud cluster select cjb61bsg5m0q7c7h1a10
rpkpy cloud cluster select default/mycluster --profile staging
"""


def command(
    ctx: typer.Context,
    cluster: Annotated[
        str, typer.Argument(metavar="[CLUSTER]", help="Its id, name, or GROUP/NAME.", show_default=False)
    ] = "",
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help="Make this profile instead of rpk-cloud.")
    ] = "",
) -> None:
    """Make the profile rpk-cloud talk to a cluster of Redpanda Cloud, and select it; rpk uses it too.

    Without an argument the clusters are listed to pick from. With --profile a new profile is made.
    """
    from rpkpy.cli.cloud import selection
    from rpkpy.cli.cloud.login_session import session_of
    from rpkpy.cli.profile.source import file_of
    from rpkpy.config import profiles
    from rpkpy.redpanda.cloud import profile as cloud_profile
    from rpkpy.redpanda.cloud.control_plane import ControlPlane

    context: Context = ctx.obj
    file = file_of(context)
    if profile and any(entry.name == profile for entry in profiles.entries(file)):
        raise profiles.taken(profile)
    session = session_of(context)
    found = selection.find(context, ControlPlane(session), cluster)
    if not profile:
        selection.say_written(context, cloud_profile.write(file, found, session.auth), found)
        return
    cloud_profile.create(file, profile, found, session.auth)
    context.echo(f'Created and switched to new profile "{profile}".')
    selection.say_cluster(context, found)
