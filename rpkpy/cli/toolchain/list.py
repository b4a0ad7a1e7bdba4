"""`rpkpy toolchain list`."""

from typing import TYPE_CHECKING

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, emit, table

if TYPE_CHECKING:
    from rpkpy.toolchains.status import Status

EXAMPLES = """
rpkpy toolchain list
rpkpy toolchain list --format wide
rpkpy toolchain list --format json
"""


def command(ctx: typer.Context, format: FormatOption = "text") -> None:
    """List the languages, the tools that build them, and what is missing.

    The wide format shows where each tool is, or how to get what is missing.
    """
    from rpkpy.toolchains import status

    context: Context = ctx.obj
    shape = list[status.Status]
    statuses = [] if format.lower() == "help" else status.survey(context.environ, context.dirs.cache)
    emit(context, statuses, format, text=_text, wide=_wide, shape=shape)


def _text(statuses: "list[Status]") -> str:
    rows = [
        (entry.language, entry.status, ", ".join(f"{tool.name} {tool.version}" for tool in entry.tools) or "-")
        for entry in statuses
    ]
    return table(("LANGUAGE", "STATUS", "TOOLS"), rows)


def _wide(statuses: "list[Status]") -> str:
    from rpkpy.text import printable

    rows = []
    for entry in statuses:
        found = ", ".join(f"{tool.name} {tool.version} ({tool.command})" for tool in entry.tools)
        missing = " ".join(f"{entry.problem or ''} {entry.fix or ''}".split())
        rows.append((entry.language, entry.status, printable(found or missing)))
    return table(("LANGUAGE", "STATUS", "TOOLS"), rows)
