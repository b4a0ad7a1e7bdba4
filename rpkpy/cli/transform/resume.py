"""`rpkpy transform resume`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.target import NameArgument, chosen, cluster_of, each

EXAMPLES = """
rpkpy transform resume mask
rpkpy transform resume
"""


def command(ctx: typer.Context, name: NameArgument = None) -> None:
    """Resume a paused transform where it stopped."""
    context: Context = ctx.obj
    wanted = chosen(context, name)
    each(context, wanted, "resumed", cluster_of(context).resume)
    if not wanted.several:
        context.echo("Transform resumed!")
