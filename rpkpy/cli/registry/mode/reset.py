"""`rpkpy registry mode reset`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.rule_rows import emit_modes
from rpkpy.cli.registry.target import registry_of
from rpkpy.cli.render import FormatOption, check_format

EXAMPLES = """
rpkpy registry mode reset customer-value
"""


def command(
    ctx: typer.Context,
    subjects: Annotated[list[str], typer.Argument(metavar="SUBJECT...", help="Names of subjects.")],
    format: FormatOption = "text",
) -> None:
    """Take subjects' own modes away: the registry's holds for them again. Shows the modes that they had."""
    from rpkpy.redpanda.registry import rules

    context: Context = ctx.obj
    check_format(format)
    emit_modes(context, rules.reset(registry_of(context), rules.MODE, subjects), format)
