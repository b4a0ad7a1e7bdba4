"""`rpkpy registry mode set`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.registry.rule_rows import emit_modes
from rpkpy.cli.registry.target import SubjectsArgument, registry_of, scope
from rpkpy.cli.render import FormatOption, check_format
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy registry mode set --mode READONLY
rpkpy registry mode set customer-value --mode IMPORT --force
"""

_MODES = ("READWRITE", "READONLY", "IMPORT")


def command(
    ctx: typer.Context,
    subjects: SubjectsArgument = None,
    mode: Annotated[str, typer.Option("--mode", metavar="MODE", help="READWRITE, READONLY or IMPORT.")] = "",
    everywhere: Annotated[bool, typer.Option("--global", help="The registry's own mode too.")] = False,
    force: Annotated[bool, typer.Option("--force", help="IMPORT also where there are schemas.")] = False,
    format: FormatOption = "text",
) -> None:
    """Set the mode of the registry, or of subjects."""
    from rpkpy.redpanda.registry import rules

    context: Context = ctx.obj
    check_format(format)
    if mode.upper() not in _MODES:
        raise UsageError(f'--mode "{mode}" is not a mode.', fix=f"Use one of {', '.join(_MODES)}.")
    wanted = scope(subjects, everywhere=everywhere)
    emit_modes(context, rules.put(registry_of(context), rules.MODE, wanted, mode.upper(), force=force), format)
