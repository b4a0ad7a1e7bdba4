"""`rpkpy cluster info`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.cli.topic.tables import partitions_tables, topics_table
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.topics import Topic

EXAMPLES = """
rpkpy cluster info
rpkpy cluster info -b                    # the brokers
rpkpy cluster info -d customer           # a topic's partitions
"""


@dataclass(frozen=True)
class Broker:
    """A broker's id and address."""

    id: int
    host: str
    port: int


@dataclass(frozen=True)
class Info:
    """The sections that were asked for; `controller` is the controller's id, -1 where it is not known."""

    cluster: str | None = field(metadata={"omit_none": True})
    controller: int | None = field(metadata={"omit_none": True})
    brokers: list[Broker] | None = field(metadata={"omit_none": True})
    topics: "list[Topic] | None" = field(metadata={"omit_none": True})


def command(
    ctx: typer.Context,
    topics: Annotated[list[str] | None, typer.Argument(metavar="[TOPICS...]", help="These topics alone.")] = None,
    print_cluster: Annotated[bool, typer.Option("--print-cluster", "-c", help="The cluster's id.")] = False,
    print_brokers: Annotated[bool, typer.Option("--print-brokers", "-b", help="The brokers.")] = False,
    print_topics: Annotated[bool, typer.Option("--print-topics", "-t", help="The topics.")] = False,
    print_internal_topics: Annotated[
        bool, typer.Option("--print-internal-topics", "-i", help="The brokers' own topics too.")
    ] = False,
    print_detailed_topics: Annotated[
        bool, typer.Option("--print-detailed-topics", "-d", help="Each partition of the topics.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Show the cluster's id, brokers and topics: all of it, unless sections are asked for."""
    from rpkpy.kafka import topics as kafka_topics

    context: Context = ctx.obj
    check_format(format)
    print_topics = print_topics or bool(topics) or print_internal_topics or print_detailed_topics
    if not (print_cluster or print_brokers or print_topics):
        print_cluster = print_brokers = print_topics = print_internal_topics = True
    admin = connect(context)
    metadata = admin.metadata()
    found = None
    if print_topics:
        known = kafka_topics.list_topics(admin)
        found = kafka_topics.matching(known, topics, regex=False) if topics else known
        found = [topic for topic in found if topics or print_internal_topics or not topic.internal]
    brokers = [Broker(each.id, each.host, each.port) for _, each in sorted(metadata.brokers.items())]
    info = Info(
        metadata.cluster_id if print_cluster else None,
        metadata.controller_id if print_brokers else None,
        brokers if print_brokers else None,
        found,
    )
    emit(context, info, format, text=lambda info: _text(info, print_detailed_topics))


def _text(info: Info, detailed: bool) -> str:
    sections: list[tuple[str, Callable[[], str]]] = []
    if info.cluster is not None:
        cluster = info.cluster
        sections.append(("CLUSTER", lambda: f"{cluster}\n"))
    if info.brokers is not None:
        rows = [(f"{each.id}{'*' * (each.id == info.controller)}", each.host, each.port) for each in info.brokers]
        sections.append(("BROKERS", lambda: table(("ID", "HOST", "PORT"), rows)))
    if info.topics:
        topics = info.topics
        sections.append(("TOPICS", lambda: (partitions_tables if detailed else topics_table)(topics)))
    if len(sections) == 1:
        return printable(sections[0][1]())
    return printable("\n".join(f"{title}\n{'=' * len(title)}\n{text()}" for title, text in sections))
