"""Schemas from files, with what they refer to."""

import re
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import InvalidError, UsageError

if TYPE_CHECKING:
    from rpkpy.redpanda.registry.schemas import Reference, Schema

SchemaOption = Annotated[
    str, typer.Option("--schema", metavar="FILE", help="The schema; .avro, .avsc, .proto and .json say its type.")
]
TypeOption = Annotated[str, typer.Option("--type", metavar="TYPE", help="avro, protobuf or json, whatever the file.")]
ReferencesOption = Annotated[
    str,
    typer.Option(
        "--references",
        metavar="NAME:SUBJECT:VERSION,...",
        help="What it refers to; or a file of NAME SUBJECT VERSION lines.",
    ),
]

MAX_SCHEMA_BYTES = 8 * 1024 * 1024
_TYPES = {"avro": "AVRO", "avsc": "AVRO", "proto": "PROTOBUF", "protobuf": "PROTOBUF", "json": "JSON"}
# A name may be a URL, with a port and a path of its own.
_REFERENCE = re.compile(r"([a-zA-Z]+://[^:,]+(?::\d+)?(?:/[^:,]*)?|[^:,]+):([^:,]+):(\d{1,9})", re.ASCII)


def schema_of(context: Context, file: str, type: str, references: str) -> "Schema":
    """The schema in `file`. Raises UsageError, and InvalidError for a file that is no text."""
    from rpkpy.redpanda.registry.schemas import Schema

    if not file:
        raise UsageError("The schema is missing.", fix="Pass --schema FILE.")
    kind = _TYPES.get(type.lower() if type else file.rpartition(".")[2].lower())
    if kind is None:
        what = f'--type "{type}" is not' if type else f"The name {file} does not say"
        raise UsageError(f"{what} a type of schemas.", fix="Pass --type avro, protobuf or json.")
    path = context.path(file)
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_SCHEMA_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read.", cause=error.strerror) from error
    if len(data) > MAX_SCHEMA_BYTES:
        raise UsageError(f"{path} is larger than {MAX_SCHEMA_BYTES >> 20} MiB: not a schema.")
    try:
        return Schema(kind, data.decode("utf-8"), references_of(context, references))
    except UnicodeDecodeError as error:
        raise InvalidError(f"{path} is not UTF-8 text.", cause=str(error)) from error


def references_of(context: Context, text: str) -> "tuple[Reference, ...]":
    """`name:subject:version,...`, or the rows of a file. Raises UsageError and InvalidError."""
    from rpkpy import rows_file
    from rpkpy.redpanda.registry.schemas import Reference

    if not text:
        return ()
    if ":" not in text:
        rows = rows_file.read(context.path(text), ("name", "subject", "version"))
        return tuple(Reference(row["name"], row["subject"], row["version"]) for row in rows)
    found = []
    for part in text.split(","):
        match = _REFERENCE.fullmatch(part)
        if match is None:
            raise UsageError(f'--references "{part}" is not NAME:SUBJECT:VERSION.')
        found.append(Reference(match[1], match[2], int(match[3])))
    return tuple(found)
