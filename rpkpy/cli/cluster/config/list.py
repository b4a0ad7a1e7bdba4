"""`rpkpy cluster config list`."""

import re
from typing import Annotated, Any

import typer

from rpkpy.cli.cluster.target import admin_of, shown
from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.errors import UsageError
from rpkpy.text import printable

EXAMPLES = """
rpkpy cluster config list --filter '^data_transforms'
rpkpy cluster config list --filter '^data_transforms' --format wide     # what each is for
"""


def command(
    ctx: typer.Context,
    filter: Annotated[
        str, typer.Option("--filter", metavar="EXPRESSION", help="Properties whose names match somewhere alone.")
    ] = "",
    format: FormatOption = "text",
) -> None:
    """List the cluster's properties and their values."""
    context: Context = ctx.obj
    kind = check_format(format)
    try:
        expression = re.compile(filter)
    except re.error as error:
        raise UsageError(f'--filter "{filter}" is not a regular expression.', cause=f"{error}.") from error
    admin = admin_of(context)
    found = {name: value for name, value in sorted(admin.properties().items()) if expression.search(name)}
    schema = admin.schema() if kind == "wide" else {}

    def text(found: dict[str, Any]) -> str:
        return printable(table(("PROPERTY", "VALUE"), [(name, shown(value)) for name, value in found.items()]))

    def wide(found: dict[str, Any]) -> str:
        rows = []
        for name, value in found.items():
            known = schema.get(name)
            restart = "yes" if known is not None and known.needs_restart else "no"
            rows.append((name, shown(value), restart, known.description if known is not None else ""))
        return printable(table(("PROPERTY", "VALUE", "RESTART", "DESCRIPTION"), rows))

    emit(context, found, kind, text=text, wide=wide, shape=dict[str, str])
