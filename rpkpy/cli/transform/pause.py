"""`rpkpy transform pause`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.target import NameArgument, cluster_of, name_of

EXAMPLES = """
rpkpy transform pause mask
rpkpy transform pause
"""


def command(ctx: typer.Context, name: NameArgument = None) -> None:
    """Pause a transform: it stops reading, keeps its place, and goes on with `resume`.

    A new deployment of the same name starts it again as well.
    """
    context: Context = ctx.obj
    wanted = name_of(context, name)
    cluster_of(context).pause(wanted)
    context.echo("Transform paused!")
