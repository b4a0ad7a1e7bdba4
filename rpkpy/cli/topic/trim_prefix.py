"""`rpkpy topic trim-prefix`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect, numbers
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.errors import ExitCode, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.client import Admin
    from rpkpy.kafka.trim import Planned, Trimmed

EXAMPLES = """
rpkpy topic trim-prefix customer --offset 120 --partitions 1
rpkpy topic trim-prefix customer -o @2026-11-01 --no-confirm
rpkpy topic trim-prefix --from-file trim.txt      # TOPIC PARTITION OFFSET a line
"""


def command(
    ctx: typer.Context,
    topic: Annotated[str | None, typer.Argument(metavar="[TOPIC]", help="The topic, unless a file names it.")] = None,
    offset: Annotated[
        str, typer.Option("--offset", "-o", metavar="OFFSET", help="The first offset to keep: N, end or @TIME.")
    ] = "",
    partitions: Annotated[
        list[str] | None, typer.Option("--partitions", "-p", metavar="N,...", help="These partitions; all by default.")
    ] = None,
    from_file: Annotated[
        str, typer.Option("--from-file", "-f", metavar="FILE", help="Partitions and their offsets, one a line.")
    ] = "",
    no_confirm: Annotated[bool, typer.Option("--no-confirm", help="Do not ask.")] = False,
    format: FormatOption = "text",
) -> None:
    """Delete the records before an offset. They cannot be had back."""
    from rpkpy.kafka import trim

    context: Context = ctx.obj
    check_format(format)
    if from_file and (offset or partitions):
        raise UsageError("--from-file does not go with --offset or --partitions.", cause="The file says both.")
    admin, plans = _plan(context, topic, offset, numbers(partitions or [], "--partitions"), from_file)
    if not no_confirm:
        rows = [(each.topic, each.partition, each.prior_start_offset, each.new_start_offset) for each in plans]
        context.note(printable(table(("TOPIC", "PARTITION", "PRIOR-START-OFFSET", "NEW-START-OFFSET"), rows)))
        if not context.confirm("Delete all records before the new start offsets?", flag="--no-confirm"):
            context.note("Nothing was trimmed.")
            return
    outcomes = trim.trim(admin, plans)
    emit(context, outcomes, format, text=_text, shape=list[trim.Trimmed])
    if any(each.error for each in outcomes):
        raise typer.Exit(ExitCode.REFUSED)


def _plan(
    context: Context, topic: str | None, offset: str, partitions: list[int], from_file: str
) -> "tuple[Admin, list[Planned]]":
    from rpkpy import rows_file
    from rpkpy.kafka import trim

    if not from_file:
        if not topic:
            raise UsageError("The topic is missing.", fix="rpkpy topic trim-prefix TOPIC --offset OFFSET")
        position = trim.position_of(offset, now_ms=int(context.now() * 1000))
        admin = connect(context)
        return admin, trim.at(admin, topic, partitions, position)
    targets = {}
    for row in rows_file.read(context.path(from_file), ("topic", "partition", "offset"), optional="topic"):
        name = row.get("topic", topic)
        if not name or (topic and name != topic):
            what = f"names {name}, not {topic}" if name else "does not say its topic"
            raise UsageError(f"A row of {from_file} {what}.", fix="Pass the topic that the file is about.")
        targets[name, row["partition"]] = row["offset"]
    admin = connect(context)
    return admin, trim.planned(admin, targets)


def _text(outcomes: "list[Trimmed]") -> str:
    rows = [
        (each.topic, each.partition, "-" if each.new_start_offset is None else each.new_start_offset, each.error or "")
        for each in outcomes
    ]
    return printable(table(("TOPIC", "PARTITION", "NEW-START-OFFSET", "ERROR"), rows))
