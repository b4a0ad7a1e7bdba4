"""`rpkpy transform rollback`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.transform import deployment_options as options
from rpkpy.cli.transform.target import NameArgument, name_of

EXAMPLES = """
rpkpy transform rollback
rpkpy transform rollback mask --to 3 --no-confirm
"""


def command(
    ctx: typer.Context,
    name: NameArgument = None,
    to: Annotated[
        int | None,
        typer.Option("--to", metavar="N", min=1, help="Release to deploy; the last that differs by default."),
    ] = None,
    prune: options.Prune = False,
    no_confirm: options.NoConfirm = False,
) -> None:
    """Deploy an earlier release once more: its module, its variables, its compression. It keeps its place.

    `history` lists the releases. What changes is shown first, and confirmed.
    """
    from rpkpy.cli.transform import differing
    from rpkpy.deployment import rollback

    context: Context = ctx.obj
    around = options.surroundings(context)
    wanted = name_of(context, name)
    release = rollback.choose(around.releases, wanted, to)
    with rollback.prepare(around, wanted, release) as ready:
        found = ready.comparison()
        rollback.require_in_place(ready, release)
        gone = found.left_over if prune else ()
        shown = f'Deploy release {release.number} of "{wanted}" once more?'
        if not differing.ask(
            context, found.differences, shown, left_over=found.left_over, prune=prune, no_confirm=no_confirm
        ):
            raise typer.Exit(1)
        for done in ready.carry_out("rollback", prune=gone, rest=f"Once more with --to {release.number}."):
            if ready.family.several:
                context.echo(done)
    context.echo(f'transform "{wanted}" rolled back to release {release.number}.')
