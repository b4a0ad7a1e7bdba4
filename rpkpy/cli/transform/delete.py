"""`rpkpy transform delete`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform.target import NameArgument, cluster_of, name_of

EXAMPLES = """
rpkpy transform delete mask
rpkpy transform delete mask --no-confirm
"""


def command(
    ctx: typer.Context,
    name: NameArgument = None,
    no_confirm: Annotated[bool, typer.Option("--no-confirm", help="Do not ask first.")] = False,
) -> None:
    """Delete a transform. Topics and records stay; its place in the input is lost.

    Deployed again under the same name, it begins anew.
    """
    context: Context = ctx.obj
    wanted = name_of(context, name)
    cluster = cluster_of(context)
    if not no_confirm and not context.confirm(f'Confirm deletion of transform "{wanted}"?', flag="--no-confirm"):
        context.note("Deletion canceled.")
        raise typer.Exit(1)
    cluster.delete(wanted)
    context.echo("Delete successful!")
