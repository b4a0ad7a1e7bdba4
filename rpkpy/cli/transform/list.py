"""`rpkpy transform list`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.cli.transform.deployment_options import releases_of
from rpkpy.cli.transform.target import cluster_of
from rpkpy.config.host_options import spelled
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.cluster import TransformMetadata

EXAMPLES = """
rpkpy transform list
rpkpy transform list --project mask
rpkpy transform list --detailed
rpkpy transform list --format json
"""


_OPTIONAL = {"omit_none": True}


@dataclass(frozen=True)
class Summary:
    """A transform in one line: `running` is "running / all" partitions, `lag` the sum over them; `options` are those
    of rpkpy's own host."""

    name: str
    input_topic: str
    output_topics: list[str] | None
    environment: dict[str, str]
    running: str
    lag: int
    compression: str
    options: dict[str, str] | None = field(default=None, metadata=_OPTIONAL)


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
    options: dict[str, str] | None = field(default=None, metadata=_OPTIONAL)


def command(
    ctx: typer.Context,
    detailed: Annotated[bool, typer.Option("-d", "--detailed", help="Show every partition.")] = False,
    project: Annotated[
        str | None, typer.Option("--project", metavar="NAME", help="Only the transforms of this project.")
    ] = None,
    format: FormatOption = "text",
) -> None:
    """List deployed transforms: topics, how many partitions run, how many records they are behind."""
    from rpkpy.deployment import family

    context: Context = ctx.obj
    kind = check_format(format)
    shape = list[Detail] if detailed else list[Summary]
    found = [] if kind == "help" else cluster_of(context).list()
    if project is not None:
        names = family.own(project, found, releases_of(context))
        found = [entry for entry in found if entry.name in names]
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
        _options(entry),
    )


def _detail(entry: "TransformMetadata", lists: Any) -> Detail:
    return Detail(
        entry.name,
        entry.input_topic,
        lists(entry.output_topics),
        dict(sorted(entry.environment.items())),
        lists(entry.status),
        entry.compression,
        _options(entry),
    )


def _options(entry: "TransformMetadata") -> dict[str, str] | None:
    return entry.options.told(entry.input_topic) if entry.options is not None else None


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
        unusual = entry.options.changes() if entry.options is not None else {}
        more = "".join(f"      {spelled(name)} {value}\n" for name, value in unusual.items())
        blocks.append(f"{entry.name}, {entry.input_topic} → {_outputs(entry)}\n{more}{indented}")
    return printable("\n".join(blocks))
