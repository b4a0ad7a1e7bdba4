"""`rpkpy transform build`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit

if TYPE_CHECKING:
    from rpkpy.project.build import Built

EXAMPLES = """
rpkpy transform build
rpkpy transform build --debug
rpkpy transform build -- -DVERBOSE=1
"""


def command(
    ctx: typer.Context,
    extra: Annotated[
        list[str] | None, typer.Argument(metavar="[-- EXTRA...]", help="Arguments for the compiler.")
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Keep functions' names in the module, for readable traps.")
    ] = False,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=1, help="Stop the compiler after this time.")
    ] = 1800.0,
    format: FormatOption = "text",
) -> None:
    """Compile the project in this folder to NAME.wasm.

    The language and the name stand in transform.yaml. The module carries its origin (the hash of its sources, the
    compiler's version, the time) in a custom section, and an older module stays in place until the new one is whole.
    """
    from rpkpy.errors import BuildError
    from rpkpy.project import build as builds
    from rpkpy.project import project as projects
    from rpkpy.project.output_log import OutputLog
    from rpkpy.text import printable

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=builds.Built)
        return
    project = projects.load(context.cwd)
    for warning in project.manifest.warnings:
        context.warn(warning)
    log = OutputLog(context.dirs.state / "build", project, lambda line: context.debug(printable(line)))
    try:
        with context.progress(f"Building {project.wasm_path.name} ({project.toolchain().title})"), log:
            built = builds.build(
                project,
                environ=context.environ,
                cache=context.dirs.cache,
                say=log.line,
                extra=extra or (),
                debug=debug,
                timeout_s=timeout,
            )
    except BuildError as error:
        raise log.explain(error) from error
    if log.has_warnings:
        context.note(printable(log.shown()))
    for warning in built.warnings:
        context.warn(warning)
    emit(context, built, format, text=_text)


def _text(built: "Built") -> str:
    tools = ", ".join(f"{name} {version}" for name, version in built.tools.items())
    name = built.wasm.rpartition("/")[2]
    return f"Built {name}: {built.bytes:,} bytes, {built.memory_bytes // 1024:,} KiB of memory ({tools})."
