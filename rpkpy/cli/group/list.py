"""`rpkpy group list`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.groups import Listed

EXAMPLES = """
rpkpy group list
rpkpy group list --states Empty,Dead
"""


def command(
    ctx: typer.Context,
    states: Annotated[
        list[str] | None, typer.Option("--states", "-s", metavar="STATE,...", help="Groups in these states alone.")
    ] = None,
    format: FormatOption = "text",
) -> None:
    """List groups, the broker that coordinates each, and their state."""
    from rpkpy.kafka import groups

    context: Context = ctx.obj
    check_format(format)
    wanted = {state.lower() for text in states or () for state in text.split(",")}
    found = [each for each in groups.list_groups(connect(context)) if not wanted or each.state.lower() in wanted]

    def text(found: "list[Listed]") -> str:
        return printable(table(("BROKER", "GROUP", "STATE"), [(each.broker, each.group, each.state) for each in found]))

    emit(context, found, format, text=text, shape=list[groups.Listed])
