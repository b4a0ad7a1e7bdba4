"""`rpkpy local status`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.local.cluster import local_cluster, status_text
from rpkpy.cli.render import FormatOption, emit

EXAMPLES = """
rpkpy local status
rpkpy local status --format json
"""


def command(ctx: typer.Context, format: FormatOption = "text") -> None:
    """Show what of the local cluster runs, its addresses, its process ids, and where its data is."""
    from rpkpy.kafka.local.cluster import ClusterStatus

    context: Context = ctx.obj
    status = local_cluster(context).status()
    emit(context, status, format, text=lambda status: status_text(context, status), shape=ClusterStatus)
