"""`rpkpy topic list`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.topic.tables import partitions_tables, topics_table
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy topic list
rpkpy topic list -d customer
rpkpy topic list -r 'test-.*'
"""


def command(
    ctx: typer.Context,
    topics: Annotated[list[str] | None, typer.Argument(metavar="[TOPICS...]", help="These topics alone.")] = None,
    detailed: Annotated[bool, typer.Option("--detailed", "-d", help="Each partition of each topic.")] = False,
    internal: Annotated[bool, typer.Option("--internal", "-i", help="The brokers' own topics too.")] = False,
    regex: Annotated[
        bool, typer.Option("--regex", "-r", help="Names are expressions that match whole topic names.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """List topics."""
    from rpkpy.kafka import topics as kafka_topics

    context: Context = ctx.obj
    check_format(format)
    if internal and regex:
        raise UsageError("--internal and --regex do not go together.", cause="Expressions never match internal topics.")
    found = kafka_topics.list_topics(connect(context))
    if topics:
        found = kafka_topics.matching(found, topics, regex=regex)
    elif not internal:
        found = [topic for topic in found if not topic.internal]
    emit(
        context,
        found,
        format,
        text=partitions_tables if detailed else topics_table,
        wide=partitions_tables,
        shape=list[kafka_topics.Topic],
    )
