"""`rpkpy local purge`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.local.cluster import local_cluster

EXAMPLES = """
rpkpy local purge
rpkpy local purge --no-confirm
"""


def command(
    ctx: typer.Context,
    no_confirm: Annotated[bool, typer.Option("--no-confirm", "--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Stop the local cluster and delete its topics, its transforms and the profile `local`."""
    from rpkpy.config import profiles
    from rpkpy.kafka.local.cluster import PROFILE

    context: Context = ctx.obj
    cluster = local_cluster(context)
    data_dir = cluster.broker.data_dir
    if not no_confirm and data_dir.exists():
        question = f"Delete the local cluster and all its topics ({data_dir})?"
        if not context.confirm(question, flag="--no-confirm"):
            context.note("Nothing was deleted.")
            return
    with context.progress("Deleting the local cluster"):
        cluster.purge()
        profiles.remove(context.dirs.config, PROFILE)
    context.note("Deleted.")
