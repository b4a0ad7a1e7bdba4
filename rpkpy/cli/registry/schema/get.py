"""`rpkpy registry schema get`."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.schema_file import SchemaOption, TypeOption, schema_of
from rpkpy.cli.registry.target import DeletedOption, VersionOption, emit_versions, registry_of, version_of
from rpkpy.cli.render import FormatOption, check_format
from rpkpy.errors import RefusedError, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.registry.schemas import Found, Schema

EXAMPLES = """
rpkpy registry schema get customer-value --schema-version latest
rpkpy registry schema get customer-value --schema-version 2 --print-schema > customer.avsc
rpkpy registry schema get --id 7                                # every subject that has it
rpkpy registry schema get customer-value --schema customer.avsc # the version that is this schema
"""


def command(
    ctx: typer.Context,
    subject: Annotated[str | None, typer.Argument(metavar="[SUBJECT]", help="Name of the subject.")] = None,
    schema_version: VersionOption = "",
    id: Annotated[int | None, typer.Option("--id", metavar="ID", help="A schema's id.")] = None,
    schema: SchemaOption = "",
    type: TypeOption = "",
    print_schema: Annotated[bool, typer.Option("--print-schema", help="The schema itself.")] = False,
    deleted: DeletedOption = False,
    format: FormatOption = "text",
) -> None:
    """Find a schema by its version, its id, or by itself."""
    context: Context = ctx.obj
    check_format(format)
    if sum((bool(schema_version), id is not None, bool(schema))) != 1:
        raise UsageError("Which schema is not clear.", fix="Pass one of --schema-version, --id and --schema.")
    if not subject and id is None:
        raise UsageError("The subject is missing.", fix="Name it as the argument.")
    definition = schema_of(context, schema, type, "") if schema else None
    found = _find(context, subject or "", schema_version, id, definition, deleted)
    if not print_schema:
        emit_versions(context, [each.version for each in found], format)
        return
    text = _pretty(found[0])
    context.echo(printable(text) if context.is_terminal(context.stdout) else text)


def _find(
    context: Context, subject: str, version: str, id: int | None, definition: "Schema | None", deleted: bool
) -> "list[Found]":
    from rpkpy.redpanda.registry import schemas

    if definition is not None:
        return [schemas.by_schema(registry_of(context), subject, definition, deleted=deleted)]
    if id is None:
        wanted = version_of(version)
        return [schemas.by_version(registry_of(context), subject, wanted, deleted=deleted)]
    found = schemas.by_id(registry_of(context), id, deleted=deleted)
    found = [each for each in found if not subject or each.version.subject == subject]
    if not found:
        raise RefusedError(f"No version of {f'the subject {subject!r}' if subject else 'a subject'} is schema {id}.")
    return found


def _pretty(found: "Found") -> str:
    """The schema's text; JSON indented."""
    if found.version.type == "PROTOBUF":
        return found.text
    try:
        return json.dumps(json.loads(found.text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return found.text
