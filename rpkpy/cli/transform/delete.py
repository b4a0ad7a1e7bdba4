"""`rpkpy transform delete`."""

from functools import partial
from typing import Annotated

import typer

from rpkpy.cli.context import NO_TERMINAL, Context
from rpkpy.cli.transform.deployment_options import surroundings
from rpkpy.cli.transform.target import NameArgument, chosen, each
from rpkpy.errors import UsageError

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
    from rpkpy.deployment import deployments

    context: Context = ctx.obj
    wanted = chosen(context, name)
    shown = f"transform{'s' if len(wanted.names) > 1 else ''} {wanted}"
    if not no_confirm:
        if not context.interactive:
            raise UsageError(
                f"unable to confirm deletion of {shown}.",
                cause=NO_TERMINAL,
                fix="Pass --no-confirm.",
            )
        if not context.confirm(f"Confirm deletion of {shown}?", flag="--no-confirm"):
            context.note("Deletion canceled.")
            raise typer.Exit(1)
    each(context, wanted, "deleted", partial(deployments.delete, surroundings(context)))
    context.echo("Delete successful!")
