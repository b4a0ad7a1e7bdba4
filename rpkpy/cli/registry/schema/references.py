"""`rpkpy registry schema references`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.target import DeletedOption, VersionOption, emit_versions, registry_of, version_of
from rpkpy.cli.render import FormatOption, check_format

EXAMPLES = """
rpkpy registry schema references customer-value --schema-version latest
"""


def command(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Name of the subject.")],
    schema_version: VersionOption = "",
    deleted: DeletedOption = False,
    format: FormatOption = "text",
) -> None:
    """List the schemas that refer to a version of a subject."""
    from rpkpy.redpanda.registry import schemas

    context: Context = ctx.obj
    check_format(format)
    version = version_of(schema_version)
    emit_versions(context, schemas.references(registry_of(context), subject, version, deleted=deleted), format)
