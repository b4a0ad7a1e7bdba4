"""Results to text: one typed result, several formats (`--format text|wide|json|yaml|help`)."""

import types
import typing
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Annotated, Any, TypeVar

import typer

from rpkpy.cli.context import Context
from rpkpy.errors import UsageError

T = TypeVar("T")

FORMATS = ("text", "wide", "json", "yaml", "help")

FormatOption = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="Output format: text, wide, json, yaml, help.")
]


def emit(
    context: Context,
    result: Any,
    format: str,
    *,
    text: Callable[[Any], str],
    wide: Callable[[Any], str] | None = None,
    shape: Any = None,
) -> None:
    """Print `result` (a dataclass, or a list of them) in `format` to standard output.

    `text` makes the text form, `wide` the wide one (`text` when not given). `shape` is the result's type, which
    `--format help` describes; without it the type of `result` is taken.
    """
    kind = check_format(format)
    if kind == "help":
        context.stdout.write(describe(shape if shape is not None else type(result)) + "\n")
    elif kind == "json":
        import json

        context.stdout.write(json.dumps(to_data(result), separators=(",", ":"), ensure_ascii=False) + "\n")
    elif kind == "yaml":
        context.stdout.write(to_yaml(to_data(result)))
    else:
        rendered = (wide or text)(result) if kind == "wide" else text(result)
        if rendered:
            context.stdout.write(rendered if rendered.endswith("\n") else rendered + "\n")


def check_format(format: str, context: Context | None = None, shape: Any = None) -> str:
    """The format's canonical name; upper case is accepted, an unknown one is a UsageError.

    With `context`, `help` prints the `shape` and ends the command: asking what it prints does nothing else.
    """
    kind = format.lower()
    if kind not in FORMATS:
        raise UsageError(f'--format "{format}" is not supported.', fix=f"Use one of {', '.join(FORMATS)}.")
    if kind == "help" and context is not None:
        context.stdout.write(describe(shape) + "\n")
        raise typer.Exit
    return kind


def to_data(value: Any) -> Any:
    """Dataclasses, enums and containers as plain dicts, lists and scalars, fields in order.

    A field's metadata may rename it (`{"name": ...}`) or leave it out when None (`{"omit_none": True}`).
    """
    if is_dataclass(value) and not isinstance(value, type):
        data = {}
        for field in fields(value):
            item = getattr(value, field.name)
            if item is None and field.metadata.get("omit_none"):
                continue
            data[field.metadata.get("name", field.name)] = to_data(item)
        return data
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {str(key): to_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_data(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


def to_yaml(data: Any) -> str:
    """Block-style YAML, indented as rpk's."""
    from io import StringIO

    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.default_flow_style = False
    yaml.indent(mapping=2, sequence=4, offset=2) if not isinstance(data, list) else yaml.indent(2, 4, 2)
    yaml.width = 4096
    out = StringIO()
    yaml.dump(data, out)
    text = out.getvalue()
    if isinstance(data, list) and data:  # a list at the top stands at the margin, its nested lists do not
        text = "\n".join(line[2:] if line.startswith("  ") else line for line in text.splitlines()) + "\n"
    return text


def describe(shape: Any) -> str:
    """The shape of the JSON output: field names and JSON types, indented."""
    return "\n".join(_describe(shape, 0))


def _describe(shape: Any, depth: int) -> list[str]:
    pad = "  " * depth
    origin = typing.get_origin(shape)
    args = typing.get_args(shape)
    if origin in (typing.Union, types.UnionType):
        inner = [arg for arg in args if arg is not type(None)]
        lines = _describe(inner[0], depth)
        lines[-1] += " (optional)" if len(inner) < len(args) else ""
        return lines
    if origin in (list, tuple, Sequence) or shape in (list, tuple):
        return [f"{pad}[", *_describe(args[0] if args else str, depth + 1), f"{pad}]"]
    if origin is dict or shape is dict:
        value = _describe(args[1] if args else str, 0)
        return [f"{pad}{{string: {value[0]}}}"]
    if is_dataclass(shape):
        hints = typing.get_type_hints(shape)
        lines = [f"{pad}{{"]
        for field in fields(shape):
            inner_lines = _describe(hints[field.name], depth + 1)
            name = field.metadata.get("name", field.name)
            lines.append(f"{pad}  {name}: {inner_lines[0].strip()}")
            lines.extend(inner_lines[1:])
        return [*lines, f"{pad}}}"]
    names = {str: "string", int: "integer", float: "number", bool: "boolean"}
    return [pad + names.get(shape, "string")]


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns padded to their widest cell and two spaces, as rpk prints them; nothing after the last cell."""
    cells = [list(headers), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(headers))]
    lines = []
    for row in cells:
        padded = [cell.ljust(width + 2) for cell, width in zip(row[:-1], widths[:-1], strict=True)]
        lines.append("".join([*padded, row[-1]]).rstrip())
    return "\n".join(lines) + "\n"
