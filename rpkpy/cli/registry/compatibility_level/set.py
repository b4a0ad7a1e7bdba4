"""`rpkpy registry compatibility-level set`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.rule_rows import emit_levels
from rpkpy.cli.registry.target import SubjectsArgument, registry_of, scope
from rpkpy.cli.render import FormatOption, check_format
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy registry compatibility-level set --level BACKWARD
rpkpy registry compatibility-level set customer-value --level FULL_TRANSITIVE
"""

_LEVELS = ("NONE", *(f"{way}{how}" for way in ("BACKWARD", "FORWARD", "FULL") for how in ("", "_TRANSITIVE")))


def command(
    ctx: typer.Context,
    subjects: SubjectsArgument = None,
    level: Annotated[
        str, typer.Option("--level", metavar="LEVEL", help="NONE; BACKWARD, FORWARD, FULL; each _TRANSITIVE.")
    ] = "",
    everywhere: Annotated[bool, typer.Option("--global", help="The registry's own level too.")] = False,
    format: FormatOption = "text",
) -> None:
    """Set the compatibility level of the registry, or of subjects."""
    from rpkpy.redpanda.registry import rules

    context: Context = ctx.obj
    check_format(format)
    if level.upper() not in _LEVELS:
        raise UsageError(f'--level "{level}" is not a level.', fix=f"Use one of {', '.join(_LEVELS)}.")
    wanted = scope(subjects, everywhere=everywhere)
    emit_levels(context, rules.put(registry_of(context), rules.LEVEL, wanted, level.upper()), format)
