"""`rpkpy profile delete`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of

EXAMPLES = """
rpkpy profile delete old
"""


def command(ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="The profile.")]) -> None:
    """Remove a profile from rpk.yaml, with the credentials in it."""
    from rpkpy.config import profiles

    context: Context = ctx.obj
    was_current = profiles.delete(file_of(context), name)
    context.echo(f'Deleted profile "{name}".')
    if was_current:
        context.echo("This was the selected profile; rpkpy will use defaults until a new profile is selected.")
