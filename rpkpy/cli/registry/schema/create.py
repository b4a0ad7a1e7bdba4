"""`rpkpy registry schema create`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.schema_file import ReferencesOption, SchemaOption, TypeOption, schema_of
from rpkpy.cli.registry.target import registry_of, versions_text
from rpkpy.cli.render import FormatOption, check_format, emit

EXAMPLES = """
rpkpy registry schema create customer-value --schema customer.avsc
rpkpy registry schema create order --schema order.proto --references c.proto:customer-value:1
"""


def command(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Name of the subject.")],
    schema: SchemaOption = "",
    type: TypeOption = "",
    references: ReferencesOption = "",
    format: FormatOption = "text",
) -> None:
    """Register a schema under a subject. One that the subject has already is only shown."""
    from rpkpy.redpanda.registry import schemas

    context: Context = ctx.obj
    check_format(format)
    definition = schema_of(context, schema, type, references)
    created = schemas.create(registry_of(context), subject, definition)
    emit(context, created, format, text=lambda version: versions_text([version]))
