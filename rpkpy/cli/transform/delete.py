"""`rpkpy transform delete`."""

from typing import Annotated

import typer

from rpkpy.cli.context import NO_TERMINAL, Context
from rpkpy.cli.transform.deployment_options import releases_of
from rpkpy.cli.transform.target import NameArgument, cluster_of, name_of
from rpkpy.errors import RpkpyError, UsageError

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
    if not no_confirm:
        if not context.interactive:
            raise UsageError(
                f'unable to confirm deletion of transform "{wanted}".',
                cause=NO_TERMINAL,
                fix="Pass --no-confirm.",
            )
        if not context.confirm(f'Confirm deletion of transform "{wanted}"?', flag="--no-confirm"):
            context.note("Deletion canceled.")
            raise typer.Exit(1)
    cluster.delete(wanted)
    try:
        releases_of(context).mark_deleted(wanted)
    except RpkpyError as error:
        context.warn(error.message)
    context.echo("Delete successful!")
