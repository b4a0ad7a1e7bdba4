"""`rpkpy transform test`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.transform.circumstances import LimitsOption, MemoryLimitOption
from rpkpy.errors import ExitCode, UsageError

EXAMPLES = """
rpkpy transform test
rpkpy transform test tests/mask.yaml --only 'phone'
rpkpy transform test --update       # what came out is what is expected
rpkpy transform test --watch
rpkpy transform test --report junit.xml --format json
"""


def command(
    ctx: typer.Context,
    fixtures: Annotated[
        list[str] | None, typer.Argument(metavar="[FIXTURE...]", help="Files or folders; tests/ by default.")
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", metavar="FILE", help="The module; the project's by default.")
    ] = None,
    only: Annotated[
        str, typer.Option("--only", "-k", metavar="TEXT", help="Only tests whose name holds this text (* and ? work).")
    ] = "",
    update: Annotated[
        bool, typer.Option("--update", help="Rewrite the expectations that differ as what came, in place.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Run again whenever the module or a fixture changes, until Ctrl-C.")
    ] = False,
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="FILE", help="Write a report: JSON to a .json, JUnit XML to any other."),
    ] = None,
    limits: LimitsOption = None,
    memory_limit: MemoryLimitOption = None,
    format: FormatOption = "text",
) -> None:
    """Run the project's fixtures: records in, what comes out compared with what is expected.

    Each test runs in the built module on its own, under the broker's limits, with no cluster. docs/testing.md describes
    the fixtures. Exits with 3 when a test fails, with 2 for a fixture that is wrong in itself.
    """
    from rpkpy.cli.transform import testing
    from rpkpy.project.fixtures.results import Report
    from rpkpy.project.limits import Choice

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=Report)
        return
    if update and watch:
        raise UsageError("--update and --watch do not go together.", fix="Update once, then watch.")
    asked = testing.Asked(tuple(fixtures or ()), file, only, Choice(limits, memory_limit), update, report, format)
    if watch:
        testing.watch(context, asked)
    elif not testing.run(context, asked).ok:
        raise typer.Exit(ExitCode.INVALID)
