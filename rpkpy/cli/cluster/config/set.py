"""`rpkpy cluster config set`."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rpkpy.cli.cluster.target import Changed, admin_of, apply
from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.redpanda.cluster_config import Property

EXAMPLES = """
rpkpy cluster config set data_transforms_enabled true
rpkpy cluster config set data_transforms_binary_max_size=33554432 log_retention_ms=null
rpkpy cluster config set data_transforms_binary_max_size ''        # back to the default
"""

_MAX_LIST_CHARS = 1 << 20


def command(
    ctx: typer.Context,
    values: Annotated[
        list[str], typer.Argument(metavar="KEY VALUE | KEY=VALUE...", help="The properties; '' is the default.")
    ],
    format: FormatOption = "text",
) -> None:
    """Set properties, all or none. Lists are written as YAML or JSON: '[a, b]'."""
    from rpkpy.redpanda.cluster_config import Changes, unknown

    context: Context = ctx.obj
    check_format(format, context, Changed)
    wanted = _pairs(values)
    admin = admin_of(context)
    schema = admin.schema()
    upsert: dict[str, Any] = {}
    remove = []
    for key, value in wanted.items():
        name = key if key in schema else next((each.name for each in schema.values() if key in each.aliases), key)
        if name not in schema:
            raise unknown(key, list(schema))
        if value == "" and schema[name].type != "string":
            remove.append(name)
        else:
            upsert[name] = _value(schema[name], value)
    apply(context, admin, Changes(upsert, remove), format)


def _pairs(values: list[str]) -> dict[str, str]:
    if len(values) == 2 and "=" not in values[0]:
        return {values[0]: values[1]}
    pairs: dict[str, str] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise UsageError(f'"{text}" has no value.', fix="rpkpy cluster config set KEY VALUE, or KEY=VALUE ...")
        if key in pairs:
            raise UsageError(f'"{key}" is set twice.')
        pairs[key] = value
    return pairs


def _value(known: "Property", text: str) -> Any:
    """Scalars go as they are written, for the cluster to read; a list must be one, or it would be taken as an item."""
    if known.nullable and text == "null":
        return None
    if known.type != "array":
        return text
    from ruamel.yaml.error import YAMLError

    from rpkpy.config.yaml_file import check_nodes
    from rpkpy.errors import ConfigError
    from rpkpy.yaml_reading import parser

    try:
        if len(text) > _MAX_LIST_CHARS:
            raise ValueError("It is too long.")
        check_nodes(known.name, text)
        items = parser("safe").load(text)
    except (YAMLError, ValueError, RecursionError, ConfigError) as error:
        raise _no_list(known, text) from error
    if not isinstance(items, list):
        raise _no_list(known, text)
    return [item if isinstance(item, str | int | float | bool) else str(item) for item in items]


def _no_list(known: "Property", text: str) -> UsageError:
    return UsageError(f'"{text}" is not a list.', fix=f"{known.name} takes one: '[first, second]'.")
