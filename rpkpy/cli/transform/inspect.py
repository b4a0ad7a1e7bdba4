"""`rpkpy transform inspect`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.transform.circumstances import LimitsOption, MemoryLimitOption
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy transform inspect
rpkpy transform inspect build/mask.wasm --memory-limit 16MiB
rpkpy transform inspect mask.wasm --format json
"""


def command(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="The module; the project's by default.")] = None,
    limits: LimitsOption = None,
    memory_limit: MemoryLimitOption = None,
    format: FormatOption = "text",
) -> None:
    """Show what a module is made of: interface, imports, exports, memory, sizes, tools and origin.

    The wide format lists every import with its type, every export and every section. Nothing is run. Exits with 3 for
    a file that is no module; whether a broker takes it is what validate says.
    """
    from rpkpy.cli.transform import inspected
    from rpkpy.cli.transform.circumstances import cluster_properties
    from rpkpy.project import limits as limits_of_runs
    from rpkpy.project import probe
    from rpkpy.wasm import file as files
    from rpkpy.wasm import inspection

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=inspection.Inspection)
        return
    if file == "-":
        raise UsageError("A module is not read from standard input.", fix="Name the .wasm file.")
    project = probe.find_project(context.cwd, file)
    applied = limits_of_runs.resolve(
        limits_of_runs.Choice(limits, memory_limit),
        project.manifest if project else None,
        cwd=context.cwd,
        cluster=lambda: cluster_properties(context),
    )
    for warning in applied.warnings:
        context.warn(warning)
    path = context.path(file or (project.wasm_path if project else ""))
    found = inspection.inspect(files.read(path, file or path.name), applied.limits)
    emit(context, found, format, text=lambda it: inspected.text(path.name, it), wide=inspected.wide)
