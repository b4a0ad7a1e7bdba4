"""`rpkpy host status`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.config.host_options import CHOICES, spelled
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.host.overview import Overview, PartitionRow, WorkerRow

EXAMPLES = """
rpkpy host status
rpkpy host status --format json
"""

_HOSTNAME = 16
_TRANSFORM = 20


def command(ctx: typer.Context, format: FormatOption = "text") -> None:
    """Show which hosts run on a Kafka, their workers, and what each partition of each transform does.

    PATH says how a partition's records travel: in whole batches (wire), or one by one (client; with a slash where
    reading and writing differ, and the reason below). Options of a transform are shown where they are not the default.

    It is read from the hosts' topics: no host is asked, and those that have not been heard of for some seconds are
    left out.
    """
    from rpkpy.host import overview

    context: Context = ctx.obj
    check_format(format, context, overview.Overview)
    found = overview.read(connect(context))
    if not found.workers:
        context.note("No transform host runs on this cluster.")
    emit(context, found, format, text=_text, wide=_wide, shape=overview.Overview)


def _text(found: "Overview") -> str:
    rows = [
        (each.worker, _cut(each.hostname, _HOSTNAME), each.pid, each.version, each.partitions, _memory(each))
        for each in found.workers
    ]
    return _tables(found, ("WORKER", "HOST", "PID", "VERSION", "PARTITIONS", "MEMORY"), rows, _TRANSFORM)


def _wide(found: "Overview") -> str:
    headers = ("WORKER", "HOST", "NODE", "PID", "VERSION", "PARTITIONS", "MEMORY", "SEEN", "ADMIN")
    rows = [
        (
            *(each.worker, each.hostname, each.node_id, each.pid, each.version, each.partitions, _memory(each)),
            *(f"{each.seen_s:g} s ago", each.admin or "-"),
        )
        for each in found.workers
    ]
    return _tables(found, headers, rows, None)


def _tables(
    found: "Overview", headers: tuple[str, ...], workers: Sequence[tuple[object, ...]], name_width: int | None
) -> str:
    if not found.workers and not found.partitions:
        return ""
    parts = [table(headers, workers)] if workers else []
    if found.partitions:
        rows = [
            (_cut(each.transform, name_width), each.partition, each.state, each.lag, _path(each), each.worker or "-")
            for each in found.partitions
        ]
        parts.append(table(("TRANSFORM", "PARTITION", "STATE", "LAG", "PATH", "WORKER"), rows))
    notes = [*_unusual(found), *_reasons(found)]
    if notes:
        parts.append("".join(f"{note}\n" for note in notes))
    return printable("\n".join(parts))


def _unusual(found: "Overview") -> Iterator[str]:
    """The options of each transform that has some."""
    usual = {spelled(name): choices[0] for name, choices in CHOICES.items()}
    for each in found.transforms:
        changes = {name: value for name, value in each.options.items() if usual.get(name) != value}
        if changes:
            yield f"{each.transform}: {', '.join(f'{name} {value}' for name, value in changes.items())}"


def _reasons(found: "Overview") -> Iterator[str]:
    """Why partitions take the client path, each reason once for a transform."""
    for name, why in dict.fromkeys((each.transform, each.client_why) for each in found.partitions if each.client_why):
        yield f"{name}: one by one through the client, because: {why}"


def _path(partition: "PartitionRow") -> str:
    return "/".join(dict.fromkeys(way for way in (partition.read_by, partition.written_by) if way)) or "-"


def _memory(worker: "WorkerRow") -> str:
    if not worker.memory_bytes:
        return "-"
    return f"{worker.reserved_bytes >> 20}/{worker.memory_bytes >> 20} MiB"


def _cut(text: str, width: int | None) -> str:
    return text if width is None or len(text) <= width else text[: width - 1] + "…"
