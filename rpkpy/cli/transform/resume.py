"""`rpkpy transform resume`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.target import NameArgument, cluster_of, name_of

EXAMPLES = """
rpkpy transform resume mask
rpkpy transform resume
"""


def command(ctx: typer.Context, name: NameArgument = None) -> None:
    """Resume a paused transform where it stopped."""
    context: Context = ctx.obj
    wanted = name_of(context, name)
    cluster_of(context).resume(wanted)
    context.echo("Transform resumed!")
