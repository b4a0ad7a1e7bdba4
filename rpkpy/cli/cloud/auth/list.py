"""`rpkpy cloud auth list`."""

from typing import TYPE_CHECKING

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit, table

if TYPE_CHECKING:
    from rpkpy.config.cloud_auths import Entry

EXAMPLES = """
rpkpy cloud auth list
rpkpy cloud auth list --format json
"""


def command(ctx: typer.Context, format: FormatOption = "text") -> None:
    """List the logins to Redpanda Cloud that rpk.yaml keeps; an asterisk marks the selected one."""
    from rpkpy.cli.profile.source import file_of, warn_of_exposure
    from rpkpy.config import cloud_auths

    context: Context = ctx.obj
    check_format(format)
    file = file_of(context)
    warn_of_exposure(context, file)
    emit(context, cloud_auths.entries(file), format, text=_text, shape=list[cloud_auths.Entry])


def _text(entries: "list[Entry]") -> str:
    from rpkpy.text import printable

    rows = [(each.name + ("*" if each.current else ""), each.kind, each.organization, each.org_id) for each in entries]
    return printable(table(("NAME", "KIND", "ORGANIZATION", "ORGANIZATION-ID"), rows))
