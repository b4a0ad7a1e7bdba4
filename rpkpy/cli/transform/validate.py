"""`rpkpy transform validate`."""

from dataclasses import replace
from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.verdicts import summary, verdict_lines, verdict_table
from rpkpy.errors import ExitCode, UsageError

EXAMPLES = """
rpkpy transform validate
rpkpy transform validate build/mask.wasm --memory-limit 16MiB
rpkpy transform validate --records production.jsonl --format json
"""


def command(
    ctx: typer.Context,
    file: Annotated[str | None, typer.Argument(metavar="[FILE]", help="The module; the project's by default.")] = None,
    no_run: Annotated[bool, typer.Option("--no-run", help="Only read the module, do not run it.")] = False,
    records: Annotated[
        str | None,
        typer.Option("--records", metavar="FILE", help="Run it on these records (JSON lines), not on the samples."),
    ] = None,
    memory_limit: Annotated[
        str | None,
        typer.Option("--memory-limit", metavar="SIZE", help="The cluster's memory limit per transform, as 16MiB."),
    ] = None,
    format: FormatOption = "text",
) -> None:
    """Judge a module as the broker would, before deploying it.

    Applies what the broker checks at deploy and when it starts a transform, then runs the module once on the project's
    samples under the limits that the project states for its cluster. Exits with 3 when a rule fails.
    """
    from rpkpy.project import probe
    from rpkpy.wasm import file as files
    from rpkpy.wasm import sizes, validate
    from rpkpy.wasm.limits import BROKER

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=validate.Report)
        return
    if file == "-":
        raise UsageError("A module is not read from standard input.", fix="Name the .wasm file.")
    project = probe.find_project(context.cwd, file)
    manifest = project.manifest if project else None
    for warning in manifest.warnings if manifest else ():
        context.warn(warning)
    path = context.path(file or (project.wasm_path if project else ""))
    limits = manifest.limits() if manifest else BROKER
    if memory_limit is not None:
        limits = replace(limits, memory_bytes=sizes.parse_memory_limit(memory_limit, "--memory-limit"))
    wasm = files.read(path, file or path.name)
    report = validate.check(wasm, limits)
    if report.ok and not no_run:
        tried = probe.find_samples(project, context.path(records) if records else None, records)
        with context.progress(f"Running {path.name} on {tried.source}"):
            cache_dir = context.dirs.cache / "modules"
            found = probe.probe(wasm, tried, limits=limits, manifest=manifest, cache_dir=cache_dir)
        report = validate.Report.of([*report.verdicts, *found])
    emit(context, report, format, text=lambda result: verdict_table(context, result), wide=verdict_lines)
    context.note(f"{path.name}: {summary(report)}")
    if not report.ok:
        raise typer.Exit(ExitCode.INVALID)
