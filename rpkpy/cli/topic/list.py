"""`rpkpy topic list`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.kafka.topics import Topic

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
    emit(context, found, format, text=_detailed if detailed else _plain, wide=_detailed, shape=list[kafka_topics.Topic])


def _plain(topics: "list[Topic]") -> str:
    return table(("NAME", "PARTITIONS", "REPLICAS"), [(each.name, each.partitions, each.replicas) for each in topics])


def _detailed(topics: "list[Topic]") -> str:
    parts = []
    for topic in topics:
        internal = " (internal)" if topic.internal else ""
        rows = [
            (each.partition, each.leader, "-", _ids(each.replicas), each.error or "")
            for each in topic.partition_details
        ]
        lines = table(("PARTITION", "LEADER", "EPOCH", "REPLICAS", ""), rows).splitlines()
        head = f"{topic.name}{internal}, {topic.partitions} partitions, {topic.replicas} replicas"
        parts.append("\n".join([head, *(f"      {line}".rstrip() for line in lines)]))
    return "\n\n".join(parts) + "\n" if parts else ""


def _ids(numbers: tuple[int, ...]) -> str:
    return f"[{' '.join(map(str, numbers))}]"
