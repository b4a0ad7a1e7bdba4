"""`rpkpy registry schema delete`."""

from dataclasses import dataclass
from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.target import VersionOption, registry_of, version_of
from rpkpy.cli.render import FormatOption, check_format, emit

EXAMPLES = """
rpkpy registry schema delete customer-value --schema-version 2
rpkpy registry schema delete customer-value --schema-version 2 --permanent     # after the first
"""


@dataclass(frozen=True)
class Deletion:
    """The version that was deleted, as it was named."""

    subject: str
    version: str


def command(
    ctx: typer.Context,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Name of the subject.")],
    schema_version: VersionOption = "",
    permanent: Annotated[
        bool, typer.Option("--permanent", help="For good; it must have been deleted without this flag before.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Delete a version of a subject."""
    from rpkpy.redpanda.registry import schemas

    context: Context = ctx.obj
    check_format(format)
    schemas.delete_version(registry_of(context), subject, version_of(schema_version), permanent=permanent)
    done = Deletion(subject, schema_version)
    emit(context, done, format, text=lambda _: f'Version {schema_version} of "{subject}" deleted.')
