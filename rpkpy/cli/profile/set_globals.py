"""`rpkpy profile set-globals`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of

EXAMPLES = """
rpkpy profile set-globals globals.dial_timeout=5s globals.command_timeout=30s
rpkpy profile set-globals globals.no_default_cluster true
"""


def command(
    ctx: typer.Context,
    settings: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE...", help="A key of -X list that starts with globals.")
    ],
) -> None:
    """Set globals, which count whichever profile is selected. `set-globals KEY VALUE` sets a single one."""
    from rpkpy.config import fields, globals

    context: Context = ctx.obj
    globals.change(file_of(context), fields.pairs(settings))
    context.echo("rpk.yaml updated successfully.")
