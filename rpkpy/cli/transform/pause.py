"""`rpkpy transform pause`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.target import NameArgument, chosen, cluster_of, each

EXAMPLES = """
rpkpy transform pause mask
rpkpy transform pause
"""


def command(ctx: typer.Context, name: NameArgument = None) -> None:
    """Pause a transform: it stops reading, keeps its place, and goes on with `resume`.

    A new deployment of the same name starts it again as well.
    """
    context: Context = ctx.obj
    wanted = chosen(context, name)
    each(context, wanted, "paused", cluster_of(context).pause)
    if not wanted.several:
        context.echo("Transform paused!")
