"""`rpkpy profile clear`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of

EXAMPLES = """
rpkpy profile clear
"""


def command(ctx: typer.Context) -> None:
    """Select no profile: commands use defaults until one is selected again. Prints nothing."""
    from rpkpy.config import profiles

    context: Context = ctx.obj
    profiles.clear(file_of(context))
