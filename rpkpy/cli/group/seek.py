"""`rpkpy group seek`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.errors import ExitCode, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.client import Admin
    from rpkpy.kafka.seek import Seeked

EXAMPLES = """
rpkpy group seek my-group --to start
rpkpy group seek my-group --to 1622505600 --topics customer
rpkpy group seek my-group --to @-1h
rpkpy group seek my-group --to end --topics orders --allow-new-topics
rpkpy group seek my-group --to-group other-group
rpkpy group seek my-group --to-file offsets.txt      # TOPIC PARTITION OFFSET a line
"""


def command(
    ctx: typer.Context,
    group: Annotated[str, typer.Argument(metavar="GROUP", help="Name of the group.")],
    to: Annotated[
        str, typer.Option("--to", metavar="WHERE", help="start, end, a Unix time in s, ms or ns, or @TIME.")
    ] = "",
    to_group: Annotated[str, typer.Option("--to-group", metavar="GROUP", help="To what another group committed.")] = "",
    to_file: Annotated[str, typer.Option("--to-file", metavar="FILE", help="To the offsets in a file.")] = "",
    topics: Annotated[
        list[str] | None, typer.Option("--topics", metavar="TOPIC,...", help="In these topics alone.")
    ] = None,
    allow_new_topics: Annotated[
        bool, typer.Option("--allow-new-topics", help="In topics too of which nothing is committed (with --to).")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Move a group's commits, while it has no members. What is not named stays as it is."""
    from rpkpy.kafka import seek

    context: Context = ctx.obj
    check_format(format)
    if sum(map(bool, (to, to_group, to_file))) != 1:
        raise UsageError("Where to seek is not clear.", fix="Pass one of --to, --to-group and --to-file.")
    wanted = [name for text in topics or () for name in text.split(",") if name]
    admin, targets = _targets(context, group, to, to_group, to_file, wanted, allow_new_topics)
    outcomes = seek.seek(admin, group, targets)
    emit(context, outcomes, format, text=_text, shape=list[seek.Seeked])
    if any(each.error for each in outcomes):
        raise typer.Exit(ExitCode.REFUSED)


def _targets(
    context: Context, group: str, to: str, to_group: str, to_file: str, wanted: list[str], allow_new: bool
) -> "tuple[Admin, dict[tuple[str, int], int]]":
    from rpkpy import rows_file
    from rpkpy.kafka import seek

    if to_file:
        rows = rows_file.read(context.path(to_file), ("topic", "partition", "offset"))
        named = seek.only({(row["topic"], row["partition"]): row["offset"] for row in rows}, wanted)
        return connect(context), named
    if to_group:
        admin = connect(context)
        return admin, seek.to_group(admin, to_group, wanted)
    position = seek.position_of(to, now_ms=int(context.now() * 1000))
    admin = connect(context)
    return admin, seek.to_position(admin, group, position, wanted, allow_new=allow_new)


def _text(outcomes: "list[Seeked]") -> str:
    failed = any(each.error for each in outcomes)
    rows = [
        (each.topic, each.partition, each.prior_offset, each.current_offset, *([each.error or ""] if failed else []))
        for each in outcomes
    ]
    headers = ("TOPIC", "PARTITION", "PRIOR-OFFSET", "CURRENT-OFFSET", *(["ERROR"] if failed else []))
    return printable(table(headers, rows))
