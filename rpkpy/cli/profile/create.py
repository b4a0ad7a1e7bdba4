"""`rpkpy profile create`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, overrides_of, selected
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy profile create prod -s brokers=h1:9092,h2:9092 -s admin.hosts=h1:9644 -d "the big one"
rpkpy profile create here --from-redpanda current
rpkpy profile create copy --from-profile prod -s user=me
rpkpy profile create staging --from-cloud default/staging -s user=me
"""

_PICK = "prompt"
"""What --from-cloud alone stands for, as with rpk."""
OPTIONAL_VALUES = {"--from-cloud": _PICK}


def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="The new profile.", show_default=False)] = "",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "-s", "--set", metavar="KEY=VALUE", help="Set a field: a key of -X list, or its path. Repeatable."
        ),
    ] = None,
    description: Annotated[str, typer.Option("-d", "--description", metavar="TEXT", help="What it is for.")] = "",
    from_profile: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE|current", help="Start from a profile, a file with one, or the settings of this run."
        ),
    ] = None,
    from_redpanda: Annotated[
        str | None, typer.Option(metavar="FILE|current", help="Start from a redpanda.yaml.")
    ] = None,
    from_cloud: Annotated[
        str,
        typer.Option(
            "--from-cloud",
            metavar="[CLUSTER]",
            show_default=False,
            help="Start from a cluster of Redpanda Cloud: its id, name, or GROUP/NAME; without one, pick it.",
        ),
    ] = "",
    from_container: Annotated[bool, typer.Option("--from-rpk-container", hidden=True)] = False,
) -> None:
    """Create a profile in rpk.yaml and select it.

    --set is applied last. A password on the command line stays in the shell's history; `rpkpy profile edit` leaves
    none there.
    """
    from rpkpy.config import fields, origins, profiles

    context: Context = ctx.obj
    if from_container:
        raise UsageError("There are no containers.", fix="`rpkpy local start` makes and selects the profile `local`.")
    if sum(map(bool, (from_profile, from_redpanda, from_cloud))) > 1:
        raise UsageError("--from-profile, --from-redpanda and --from-cloud exclude each other.")
    if not name and not from_cloud:
        raise UsageError("profile name cannot be empty.", fix="rpkpy profile create NAME")
    pairs = [pair for text in settings or () for pair in fields.pairs([text])]
    file = file_of(context)
    if from_cloud:
        _from_cloud(context, file, name, "" if from_cloud == _PICK else from_cloud, pairs, description)
        return

    def fill(data: Any) -> None:
        if from_profile is not None:
            made = origins.of_profile(file, from_profile, context.cwd, selected(context), overrides_of(context))
            data.update(made)
        elif from_redpanda is not None:
            data.update(origins.of_redpanda(from_redpanda, context.cwd, context.dirs.config))
        fields.set_in_profile(data, pairs)

    profiles.create(file, name, fill, description)
    context.echo(f'Created and switched to new profile "{name}".')


def _from_cloud(
    context: Context, file: Path, name: str, cluster: str, pairs: Sequence[tuple[str, str]], description: str
) -> None:
    """The profile `name` for a cloud cluster, or rpk-cloud where no name is given."""
    from rpkpy.cli.cloud import selection
    from rpkpy.cli.cloud.login_session import session_of
    from rpkpy.config import fields, profiles
    from rpkpy.redpanda.cloud import profile as cloud_profile
    from rpkpy.redpanda.cloud.control_plane import ControlPlane

    fields.set_in_profile({}, pairs)  # names what cannot be set before anything is asked
    if any(entry.name == name for entry in profiles.entries(file)):
        raise profiles.taken(name)
    session = session_of(context)
    found = selection.find(context, ControlPlane(session), cluster)

    def alter(data: Any) -> None:
        fields.set_in_profile(data, pairs)
        if description:
            data["description"] = description

    if not name:
        selection.say_written(context, cloud_profile.write(file, found, session.auth, alter), found)
        return
    cloud_profile.create(file, name, found, session.auth, alter)
    context.echo(f'Created and switched to new profile "{name}".')
    selection.say_cluster(context, found, sasl=any(key in ("user", "kafka_api.sasl.user") for key, _ in pairs))
