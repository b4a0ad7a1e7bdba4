"""`rpkpy registry mode get`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.rule_rows import emit_modes
from rpkpy.cli.registry.target import SubjectsArgument, registry_of, scope
from rpkpy.cli.render import FormatOption, check_format

EXAMPLES = """
rpkpy registry mode get
rpkpy registry mode get customer-value --global
"""


def command(
    ctx: typer.Context,
    subjects: SubjectsArgument = None,
    everywhere: Annotated[bool, typer.Option("--global", help="The registry's own mode too.")] = False,
    format: FormatOption = "text",
) -> None:
    """Show the mode of the registry, or of subjects."""
    from rpkpy.redpanda.registry import rules

    context: Context = ctx.obj
    check_format(format)
    wanted = scope(subjects, everywhere=everywhere)
    emit_modes(context, rules.get(registry_of(context), rules.MODE, wanted), format)
