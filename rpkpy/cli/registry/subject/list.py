"""`rpkpy registry subject list`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.target import DeletedOption, registry_of
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.text import printable

EXAMPLES = """
rpkpy registry subject list
rpkpy registry subject list --deleted
"""


def command(ctx: typer.Context, deleted: DeletedOption = False, format: FormatOption = "text") -> None:
    """List subjects."""
    from rpkpy.redpanda.registry import schemas

    context: Context = ctx.obj
    check_format(format)
    found = schemas.subjects(registry_of(context), deleted=deleted)
    emit(context, found, format, text=lambda names: printable("\n".join(names)), shape=list[str])
