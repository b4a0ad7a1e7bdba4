"""`rpkpy topic describe`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.topics import Config, Offsets, Topic

EXAMPLES = """
rpkpy topic describe customer
rpkpy topic describe customer -p      # leaders, replicas, offsets
rpkpy topic describe -a -r 'customer.*'
"""


def command(
    ctx: typer.Context,
    topics: Annotated[list[str], typer.Argument(metavar="TOPICS...", help="Names of the topics.")],
    print_all: Annotated[bool, typer.Option("--print-all", "-a", help="All sections.")] = False,
    print_summary: Annotated[bool, typer.Option("--print-summary", "-s", help="The summary.")] = False,
    print_configs: Annotated[bool, typer.Option("--print-configs", "-c", help="The settings.")] = False,
    print_partitions: Annotated[bool, typer.Option("--print-partitions", "-p", help="The partitions.")] = False,
    regex: Annotated[
        bool, typer.Option("--regex", "-r", help="Names are expressions that match whole topic names.")
    ] = False,
    stable: Annotated[bool, typer.Option("--stable", help="The last stable offset, also where it is the end.")] = False,
    format: FormatOption = "text",
) -> None:
    """Describe topics: a summary and the settings, unless other sections are asked for."""
    from rpkpy.kafka import topics as kafka_topics

    context: Context = ctx.obj
    check_format(format)
    if print_all or not (print_summary or print_configs or print_partitions):
        print_summary, print_configs = True, True
    print_partitions = print_partitions or print_all
    admin = connect(context)
    if regex:
        found = kafka_topics.matching(kafka_topics.list_topics(admin), topics, regex=True)
    else:
        found = [kafka_topics.describe(admin, name) for name in dict.fromkeys(topics)]
    descriptions = []
    for topic in found:
        numbers = [each.partition for each in topic.partition_details]
        descriptions.append(
            Description(
                topic if print_summary or print_partitions else None,
                kafka_topics.configs(admin, topic.name) if print_configs else None,
                kafka_topics.offsets(admin, topic.name, numbers) if print_partitions else None,
            )
        )

    def text(descriptions: "list[Description]") -> str:
        return "\n".join(_text(each, print_summary, stable) for each in descriptions)

    emit(context, descriptions, format, text=text, shape=list[Description])


@dataclass(frozen=True)
class Description:
    """The sections of one topic that were asked for."""

    summary: "Topic | None"
    configs: "list[Config] | None"
    offsets: "list[Offsets] | None"


def _text(description: Description, print_summary: bool, stable: bool) -> str:
    sections = []
    topic = description.summary
    if topic is not None and print_summary:
        rows: list[tuple[object, ...]] = [("INTERNAL", "true")] if topic.internal else []
        rows += [("PARTITIONS", topic.partitions), ("REPLICAS", topic.replicas)]
        sections.append(("SUMMARY", table(("NAME", topic.name), rows)))
    if description.configs is not None:
        settings = [(each.key, printable(each.value), each.source) for each in description.configs]
        sections.append(("CONFIGS", table(("KEY", "VALUE", "SOURCE"), settings)))
    if topic is not None and description.offsets is not None:
        sections.append(("PARTITIONS", _partitions(topic, description.offsets, stable)))
    if len(sections) == 1:
        return sections[0][1]
    return "\n".join(f"{title}\n{'=' * len(title)}\n{text}" for title, text in sections)


def _partitions(topic: "Topic", offsets: "list[Offsets]", stable: bool) -> str:
    stable = stable or any(each.stable != each.end for each in offsets)
    headers = ["PARTITION", "LEADER", "EPOCH", "REPLICAS", "LOG-START-OFFSET"]
    headers += ["LAST-STABLE-OFFSET"] if stable else []
    rows = []
    for each, offset in zip(topic.partition_details, offsets, strict=True):
        replicas = f"[{' '.join(map(str, each.replicas))}]"
        row: list[object] = [each.partition, each.leader, "-", replicas, offset.start]
        rows.append([*row, *([offset.stable] if stable else []), offset.end])
    return table((*headers, "HIGH-WATERMARK"), rows)
