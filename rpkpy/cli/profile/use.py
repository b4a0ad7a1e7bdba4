"""`rpkpy profile use`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of

EXAMPLES = """
rpkpy profile use local
"""


def command(ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME", help="The profile.")]) -> None:
    """Select the profile that other commands use, rpk's too: both read the same file."""
    from rpkpy.config import profiles

    context: Context = ctx.obj
    profiles.use(file_of(context), name)
    context.echo(f'Set current profile to "{name}".')
