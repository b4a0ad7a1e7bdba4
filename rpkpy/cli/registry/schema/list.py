"""`rpkpy registry schema list`."""

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.target import DeletedOption, SubjectsArgument, emit_versions, registry_of
from rpkpy.cli.render import FormatOption, check_format

EXAMPLES = """
rpkpy registry schema list
rpkpy registry schema list customer-value order-value --deleted
"""


def command(
    ctx: typer.Context,
    subjects: SubjectsArgument = None,
    deleted: DeletedOption = False,
    format: FormatOption = "text",
) -> None:
    """List the versions of subjects, of all by default."""
    from rpkpy.redpanda.registry import schemas

    context: Context = ctx.obj
    check_format(format)
    emit_versions(context, schemas.list_versions(registry_of(context), subjects or (), deleted=deleted), format)
