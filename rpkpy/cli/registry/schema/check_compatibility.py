"""`rpkpy registry schema check-compatibility`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.schema_file import ReferencesOption, SchemaOption, TypeOption, schema_of
from rpkpy.cli.registry.target import VersionOption, registry_of, version_of
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.errors import ExitCode
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.registry.schemas import Compatibility

EXAMPLES = """
rpkpy registry schema check-compatibility customer --schema customer.avsc --schema-version latest
"""


def command(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Name of the subject.")],
    schema: SchemaOption = "",
    schema_version: VersionOption = "",
    type: TypeOption = "",
    references: ReferencesOption = "",
    format: FormatOption = "text",
) -> None:
    """Whether a schema may follow a version of a subject, by the subject's compatibility level.

    One that may not ends with the exit code 3.
    """
    from rpkpy.redpanda.registry import schemas

    context: Context = ctx.obj
    check_format(format)
    version = version_of(schema_version)
    definition = schema_of(context, schema, type, references)
    found = schemas.check(registry_of(context), subject, version, definition)

    def text(found: "Compatibility") -> str:
        if found.compatible:
            return "Schema is compatible."
        return printable("\n".join(["Schema is not compatible.", *found.messages]))

    emit(context, found, format, text=text)
    if not found.compatible:
        raise typer.Exit(ExitCode.INVALID)
