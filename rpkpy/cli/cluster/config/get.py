"""`rpkpy cluster config get`."""

from typing import Annotated

import typer

from rpkpy.cli.cluster.target import admin_of
from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit, to_yaml
from rpkpy.text import printable

EXAMPLES = """
rpkpy cluster config get data_transforms_enabled
rpkpy cluster config get data_transforms_per_function_memory_limit --explain
"""


def command(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Name of the property.")],
    explain: Annotated[bool, typer.Option("--explain", help="What it is for, too (on standard error).")] = False,
    format: FormatOption = "text",
) -> None:
    """Print a property's value, as YAML and nothing else."""
    from rpkpy.cli.cluster import target
    from rpkpy.redpanda.cluster_config import unknown
    from rpkpy.redpanda.transform_properties import EXPLAINED

    context: Context = ctx.obj
    check_format(format)
    admin = admin_of(context)
    properties = admin.properties()
    if key not in properties:
        raise unknown(key, list(properties))
    emit(context, properties[key], format, text=lambda value: to_yaml(value).removesuffix("...\n"))
    if explain:
        known = admin.schema().get(key)
        if known is not None and known.description:
            context.note(printable(known.description))
        if known is not None and known.needs_restart:
            context.note("A new value counts once the brokers are restarted.")
        if key in EXPLAINED:
            about = EXPLAINED[key]
            context.note(f"Default {about.default}" + (f", {about.range}." if about.range else "."))
        target.explain(context, admin, [key])
