"""`rpkpy transform describe`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.transform.target import NameArgument, chosen

EXAMPLES = """
rpkpy transform describe mask
rpkpy transform describe mask --format json
rpkpy transform describe mask --logs 20
"""


def command(
    ctx: typer.Context,
    name: NameArgument = None,
    logs: Annotated[
        int, typer.Option("--logs", metavar="N", min=0, max=1_000, help="Last lines that it printed; 0 for none.")
    ] = 5,
    format: FormatOption = "text",
) -> None:
    """Show all that is known of a deployed transform: topics, environment, partitions, lag, what it printed last.

    Redpanda does not tell a module's hash, whether a transform is paused, or where it began; rpkpy's own host does.
    In the project's folder it also says whether the module that was built is the deployed one.
    """
    from rpkpy.cli.transform import described

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=described.Description)
        return
    wanted = chosen(context, name)
    found = [described.look(context, each, logs) for each in wanted.names]
    shown = "\n".join(map(described.text, found))
    emit(context, found if wanted.several else found[0], format, text=lambda _: shown)
