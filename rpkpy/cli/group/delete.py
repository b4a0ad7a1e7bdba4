"""`rpkpy group delete`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.errors import ExitCode
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.groups import Outcome

EXAMPLES = """
rpkpy group delete my-group other-group
"""


def command(
    ctx: typer.Context,
    groups: Annotated[list[str], typer.Argument(metavar="GROUPS...", help="Names of the groups.")],
    format: FormatOption = "text",
) -> None:
    """Delete groups that have no members, with what they committed."""
    from rpkpy.kafka import groups as kafka_groups

    context: Context = ctx.obj
    check_format(format)
    outcomes = kafka_groups.delete(connect(context), groups)

    def text(outcomes: "list[Outcome]") -> str:
        return printable(table(("GROUP", "STATUS"), [(each.group, each.status) for each in outcomes]))

    emit(context, outcomes, format, text=text, shape=list[kafka_groups.Outcome])
    if not all(each.status == "OK" for each in outcomes):
        raise typer.Exit(ExitCode.REFUSED)
