"""`rpkpy transform list`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.cli.transform.target import cluster_of
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.cluster import TransformMetadata

EXAMPLES = """
rpkpy transform list
rpkpy transform list --detailed
rpkpy transform list --format json
"""


@dataclass(frozen=True)
class Summary:
    """A transform in one line: `running` is "running / all" partitions, `lag` the sum over them."""

    name: str
    input_topic: str
    output_topics: list[str] | None
    environment: dict[str, str]
    running: str
    lag: int
    compression: str


@dataclass(frozen=True)
class Status:
    """One partition."""

    node_id: int
    partition: int
    status: str
    lag: int


@dataclass(frozen=True)
class Detail:
    """A transform with its partitions."""

    name: str
    input_topic: str
    output_topics: list[str] | None
    environment: dict[str, str]
    status: list[Status] | None
    compression: str


def command(
    ctx: typer.Context,
    detailed: Annotated[bool, typer.Option("-d", "--detailed", help="Show every partition.")] = False,
    format: FormatOption = "text",
) -> None:
    """List deployed transforms: topics, how many partitions run, how many records they are behind."""
    context: Context = ctx.obj
    kind = check_format(format)
    shape = list[Detail] if detailed else list[Summary]
    found = [] if kind == "help" else cluster_of(context).list()
    lists = _null_as_empty if kind == "yaml" else _as_answered  # as rpk prints an answer's null
    rows = [_detail(entry, lists) if detailed else _summary(entry, lists) for entry in found]
    emit(context, rows, kind, text=lambda _: _details(found) if detailed else _summaries(found), shape=shape)


def _as_answered(items: Sequence[Any] | None) -> list[Any] | None:
    return None if items is None else list(items)


def _null_as_empty(items: Sequence[Any] | None) -> list[Any] | None:
    return list(items or ())


def _summary(entry: "TransformMetadata", lists: Any) -> Summary:
    return Summary(
        entry.name,
        entry.input_topic,
        lists(entry.output_topics),
        dict(sorted(entry.environment.items())),
        _running(entry),
        entry.lag,
        entry.compression,
    )


def _detail(entry: "TransformMetadata", lists: Any) -> Detail:
    return Detail(
        entry.name,
        entry.input_topic,
        lists(entry.output_topics),
        dict(sorted(entry.environment.items())),
        lists(entry.status),
        entry.compression,
    )


def _running(entry: "TransformMetadata") -> str:
    return f"{entry.running} / {len(entry.status or ())}"


def _outputs(entry: "TransformMetadata") -> str:
    return ", ".join(entry.output_topics or ())


def _summaries(found: "Sequence[TransformMetadata]") -> str:
    rows = [(entry.name, entry.input_topic, _outputs(entry), _running(entry), entry.lag) for entry in found]
    return printable(table(("NAME", "INPUT TOPIC", "OUTPUT TOPIC", "RUNNING", "LAG"), rows))


def _details(found: "Sequence[TransformMetadata]") -> str:
    """A block for each transform: its topics, then its partitions indented."""
    blocks = []
    for entry in found:
        rows = [(part.partition, part.node_id, part.status, part.lag) for part in entry.status or ()]
        lines = table(("PARTITION", "NODE", "STATUS", "LAG"), rows).splitlines()
        indented = "".join(f"      {line}\n" for line in lines)
        blocks.append(f"{entry.name}, {entry.input_topic} → {_outputs(entry)}\n{indented}")
    return printable("\n".join(blocks))
