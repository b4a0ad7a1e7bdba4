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
    no_confirm: options.NoConfirm = False,
) -> None:
    """Deploy an earlier release once more: its module, its variables, its compression. It keeps its place.

    `history` lists the releases. What changes is shown first, and confirmed.
    """
    from rpkpy.cli.transform import differing
    from rpkpy.deployment import rollback

    context: Context = ctx.obj
    around = options.surroundings(context)
    release = rollback.choose(around.releases, name_of(context, name), to)
    with rollback.prepare(around, release) as ready:
        found = ready.difference()
        rollback.require_in_place(found, release)
        shown = f'Deploy release {release.number} of "{ready.spec.name}" once more?'
        if not differing.ask(context, found, shown, no_confirm=no_confirm):
            raise typer.Exit(1)
        ready.send("rollback")
    context.echo(f'transform "{ready.spec.name}" rolled back to release {release.number}.')
