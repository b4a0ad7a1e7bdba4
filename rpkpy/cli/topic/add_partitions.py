"""`rpkpy topic add-partitions`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect, emit_outcomes
from rpkpy.cli.render import FormatOption, check_format

EXAMPLES = """
rpkpy topic add-partitions customer customer_masked --num 3
"""


def command(
    ctx: typer.Context,
    topics: Annotated[list[str], typer.Argument(metavar="TOPICS...", help="Names of the topics.")],
    num: Annotated[int, typer.Option("--num", "-n", metavar="N", help="How many to add to each topic.")] = 0,
    force: Annotated[bool, typer.Option("--force", "-f", help="Change the brokers' own topics too.")] = False,
    format: FormatOption = "text",
) -> None:
    """Add partitions to topics. Records stay where they are; keys may go to other partitions from now on."""
    from rpkpy.kafka.topic_changes import add_partitions

    context: Context = ctx.obj
    check_format(format)
    emit_outcomes(context, add_partitions(connect(context), topics, num, force=force), format)
