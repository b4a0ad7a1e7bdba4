"""`rpkpy transform update`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform import deployment_options as options
from rpkpy.cli.transform.target import NameArgument, name_of

EXAMPLES = """
rpkpy transform update mask --var FIELDS=ssn,email
rpkpy transform update mask --unset DEBUG --compression zstd --no-confirm
"""


def command(
    ctx: typer.Context,
    name: NameArgument = None,
    var: options.Var = None,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", metavar="KEY", help="Variable to take away; repeat it for more.")
    ] = None,
    compression: options.Compression = "",
    no_confirm: options.NoConfirm = False,
) -> None:
    """Change variables and compression of a deployed transform, with no new module; it keeps its place.

    Variables that are not named stay. What changes is shown first, and confirmed.
    """
    from rpkpy.cli.transform import differing
    from rpkpy.deployment import plan, update

    context: Context = ctx.obj
    wanted = name_of(context, name)
    around = options.surroundings(context)
    found = update.plan(around, wanted, plan.variables_of(var or ()), unset or (), compression)
    if not found.changes:
        context.echo(f'transform "{wanted}" is so already: no change.')
        return
    if not differing.ask(context, found, f'Update transform "{wanted}"?', no_confirm=no_confirm):
        raise typer.Exit(1)
    update.carry_out(around, found)
    context.echo(f'transform "{wanted}" updated.')
