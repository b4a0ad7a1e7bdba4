"""`rpkpy profile create`."""

from typing import Annotated, Any

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, overrides_of, selected
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy profile create prod -s brokers=h1:9092,h2:9092 -s admin.hosts=h1:9644 -d "the big one"
rpkpy profile create here --from-redpanda current
rpkpy profile create copy --from-profile prod -s user=me
"""


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
    from_cloud: Annotated[bool, typer.Option("--from-cloud", hidden=True)] = False,
    from_container: Annotated[bool, typer.Option("--from-rpk-container", hidden=True)] = False,
) -> None:
    """Create a profile in rpk.yaml and select it.

    --set is applied last. A password on the command line stays in the shell's history; `rpkpy profile edit` leaves
    none there.
    """
    from rpkpy.config import fields, origins, profiles

    context: Context = ctx.obj
    if from_cloud:
        raise UsageError("--from-cloud is not supported yet.", fix="`rpk cloud cluster select` writes one for both.")
    if from_container:
        raise UsageError("There are no containers.", fix="`rpkpy local start` makes and selects the profile `local`.")
    if from_profile is not None and from_redpanda is not None:
        raise UsageError("--from-profile and --from-redpanda exclude each other.")
    if not name:
        raise UsageError("profile name cannot be empty.", fix="rpkpy profile create NAME")
    pairs = [pair for text in settings or () for pair in fields.pairs([text])]
    file = file_of(context)

    def fill(data: Any) -> None:
        if from_profile is not None:
            made = origins.of_profile(file, from_profile, context.cwd, selected(context), overrides_of(context))
            data.update(made)
        elif from_redpanda is not None:
            data.update(origins.of_redpanda(from_redpanda, context.cwd, context.dirs.config))
        fields.set_in_profile(data, pairs)

    profiles.create(file, name, fill, description)
    context.echo(f'Created and switched to new profile "{name}".')
