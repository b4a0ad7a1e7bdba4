"""`rpkpy profile rename-to`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, selected

EXAMPLES = """
rpkpy profile rename-to staging
rpkpy profile rename-to staging --profile test
"""


def command(ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="The new name.")]) -> None:
    """Rename the current profile, or the one that --profile names."""
    from rpkpy.config import profiles

    context: Context = ctx.obj
    other = selected(context)
    profiles.rename(file_of(context), name, other)
    context.echo(f'Renamed profile "{other}" to "{name}".' if other else f'Renamed current profile to "{name}".')
