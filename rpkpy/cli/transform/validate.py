"""`rpkpy transform validate`."""

from dataclasses import replace
from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.transform.circumstances import LimitsOption, MemoryLimitOption, SchemaRegistryFileOption
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
    limits: LimitsOption = None,
    memory_limit: MemoryLimitOption = None,
    schema_registry_file: SchemaRegistryFileOption = None,
    format: FormatOption = "text",
) -> None:
    """Judge a module as the broker would, before deploying it.

    Applies what the broker checks at deploy and when it starts a transform, then runs the module once on the project's
    samples under the limits that the project states for its cluster, or those of --limits.
    Exits with 3 when a rule fails.
    """
    from rpkpy.cli.transform.circumstances import cluster_properties, registry
    from rpkpy.project import probe
    from rpkpy.project.limits import Choice, resolve
    from rpkpy.wasm import file as files
    from rpkpy.wasm import validate

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=validate.Report)
        return
    if file == "-":
        raise UsageError("A module is not read from standard input.", fix="Name the .wasm file.")
    project = probe.find_project(context.cwd, file)
    manifest = project.manifest if project else None
    applied = resolve(
        Choice(limits, memory_limit), manifest, cwd=context.cwd, cluster=lambda: cluster_properties(context)
    )
    for warning in (*(manifest.warnings if manifest else ()), *applied.warnings):
        context.warn(warning)
    path = context.path(file or (project.wasm_path if project else ""))
    wasm = files.read(path, file or path.name)
    report = validate.check(wasm, applied.limits)
    if report.ok and not no_run:
        tried = probe.find_samples(project, context.path(records) if records else None, records)
        with context.progress(f"Running {path.name} on {tried.source}"):
            found = probe.probe(
                wasm,
                tried,
                limits=applied.limits,
                manifest=manifest,
                cache_dir=context.dirs.cache / "modules",
                schema_registry=registry(context, schema_registry_file),
            )
        report = validate.Report.of([*report.verdicts, *found])
    report = replace(report, limits=applied.properties, limits_from=applied.source)
    emit(context, report, format, text=lambda result: verdict_table(context, result), wide=verdict_lines)
    context.note(f"Limits: {applied}")
    context.note(f"{path.name}: {summary(report)}")
    if not report.ok:
        raise typer.Exit(ExitCode.INVALID)
