"""`rpkpy local stop`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.local.cluster import local_cluster

EXAMPLES = """
rpkpy local stop
"""


def command(ctx: typer.Context) -> None:
    """Stop the local cluster. Its topics and transforms are there again at the next start."""
    context: Context = ctx.obj
    with context.progress("Stopping the local cluster"):
        stopped = local_cluster(context).stop()
    context.note("Stopped." if stopped else "The local cluster was not running.")
