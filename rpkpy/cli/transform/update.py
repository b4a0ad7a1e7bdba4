"""`rpkpy transform update`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform import deployment_options as options
from rpkpy.cli.transform.target import NameArgument, chosen

EXAMPLES = """
rpkpy transform update mask --var FIELDS=ssn,email
rpkpy transform update mask --unset DEBUG --compression zstd --no-confirm
rpkpy transform update mask --on-error skip
"""


def command(
    ctx: typer.Context,
    name: NameArgument = None,
    var: options.Var = None,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", metavar="KEY", help="Variable to take away; repeat it for more.")
    ] = None,
    compression: options.Compression = "",
    on_error: options.OnError = "",
    dead_letter_topic: options.DeadLetterTopic = "",
    guarantee: options.Guarantee = "",
    partitioner: options.Partitioner = "",
    timestamps: options.Timestamps = "",
    no_confirm: options.NoConfirm = False,
) -> None:
    """Change variables, compression and the host's options of a deployed transform, with no new module.

    It keeps its place; what is not named stays. What changes is shown first, and confirmed.
    """
    from rpkpy.cli.transform import differing
    from rpkpy.deployment import in_turn, plan, update

    context: Context = ctx.obj
    wanted = chosen(context, name)
    around = options.surroundings(context)
    host = options.host(on_error, dead_letter_topic, guarantee, partitioner, timestamps)
    found = update.plan(around, wanted.names, plan.variables_of(var or ()), unset or (), compression, host)
    steps = update.steps(around, found)
    if not steps:
        context.echo(f'transform "{wanted.name}" is so already: no change.')
        return
    if not differing.ask(context, found, f'Update transform "{wanted.name}"?', no_confirm=no_confirm):
        raise typer.Exit(1)
    for said in in_turn.carry_out(steps):
        context.echo(said)
