"""`rpkpy profile list`."""

from typing import TYPE_CHECKING

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.profile.source import file_of, warn_of_exposure
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.config.profiles import Entry

EXAMPLES = """
rpkpy profile list
rpkpy profile list --format json
"""


def command(ctx: typer.Context, format: FormatOption = "text") -> None:
    """List the profiles of rpk.yaml; an asterisk marks the current one."""
    from rpkpy.config import profiles

    context: Context = ctx.obj
    check_format(format)
    file = file_of(context)
    warn_of_exposure(context, file)
    entries = profiles.entries(file)
    emit(context, entries, format, text=_text, shape=list[profiles.Entry])


def _text(entries: "list[Entry]") -> str:
    rows = [(entry.name + ("*" if entry.current else ""), entry.description) for entry in entries]
    return printable(table(("NAME", "DESCRIPTION"), rows))
