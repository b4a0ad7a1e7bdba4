"""`rpkpy profile print`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, selected, warn_of_exposure

EXAMPLES = """
rpkpy profile print
rpkpy profile print local
"""


def command(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="The profile; the current one by default.")
    ] = None,
    show_secrets: Annotated[bool, typer.Option("--show-secrets", help="Do not mask passwords and tokens.")] = False,
) -> None:
    """Print a profile as it stands in rpk.yaml, its passwords and tokens masked."""
    from rpkpy.config import profiles, yaml_file

    context: Context = ctx.obj
    file = file_of(context)
    warn_of_exposure(context, file)
    shown = profiles.shown(file, name or selected(context), secrets=show_secrets)
    context.stdout.write(yaml_file.dump(shown))
