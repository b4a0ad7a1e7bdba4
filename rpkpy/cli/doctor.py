"""`rpkpy doctor`."""

import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.facts import flat
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.errors import ExitCode

if TYPE_CHECKING:
    from rpkpy.doctor.model import Examination, Result
    from rpkpy.doctor.surroundings import Surroundings

EXAMPLES = """
rpkpy doctor
rpkpy doctor --fix --dry-run
rpkpy doctor --fix
rpkpy doctor --format json
"""

_WIDTH = 80
_MARGIN = 22
_WORDS = {
    "ok": ("ok", "green"),
    "warning": ("warn", "yellow"),
    "problem": ("FAIL", "bold red"),
    "not applicable": ("-", "dim"),
}


def command(
    ctx: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Apply the treatments that lose nothing.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what --fix would do, and do nothing.")] = False,
    format: FormatOption = "text",
) -> None:
    """Look at rpkpy, the project, its toolchain, the profile and the cluster, and say what is wrong and what helps.

    Exits with 1 when there is a problem; warnings are none. --fix narrows permissions, removes what is damaged in
    caches and records of processes that are gone, and spells transform.yaml's keys as rpk knows them.
    """
    from rpkpy.doctor.examination import examine
    from rpkpy.doctor.model import Examination
    from rpkpy.doctor.table import CHECKS

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=Examination)
        return
    with context.progress("Examining"):
        found = examine(lambda: _around(context), CHECKS, treat=fix and not dry_run)
    emit(context, found, format, text=lambda it: _text(context, it, dry_run), wide=_wide)
    context.note(_summary(found, treatable=not fix or dry_run))
    if not found.ok:
        raise typer.Exit(ExitCode.FAILED)


def _around(context: Context) -> "Surroundings":
    from rpkpy.cli.transform.target import cluster_of
    from rpkpy.config import load, rpk_yaml
    from rpkpy.doctor.surroundings import Folders, Surroundings

    dirs = context.dirs
    override = context.path(context.options.config) if context.options.config else None
    return Surroundings(
        environ=context.environ,
        cwd=context.cwd,
        folders=Folders(dirs.data, dirs.cache, dirs.state, dirs.config),
        rpk_yaml=rpk_yaml.path(dirs.config, override),
        load_settings=lambda: load.settings(context.environ, context.cwd, dirs.config, context.options),
        list_cloud=lambda: cluster_of(context).list(),
        encoding=context.stdout.encoding or "ascii",
    )


def _text(context: Context, found: "Examination", dry_run: bool) -> str:
    lines: list[str] = []
    for area, results in groupby(found.checks, key=lambda result: result.area):
        lines += [*([""] if lines else []), context.style(area, "bold", context.stdout)]
        lines += [line for result in results for line in _result(context, result, dry_run)]
    return "\n".join(lines) + "\n"


def _result(context: Context, result: "Result", dry_run: bool) -> Iterator[str]:
    word, style = _WORDS[result.status]
    first, *rest = _wrapped(result.diagnosis)
    yield f"  {context.style(f'{word:<4}', style, context.stdout)}  {result.id:<{_MARGIN - 8}}{first}"
    yield from (f"{'':<{_MARGIN}}{line}" for line in rest)
    for label, text in _notes(result, dry_run):
        yield from (f"{'':<{_MARGIN}}{line}" for line in _wrapped(f"{label}: {text}", "  "))


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(flat(text), _WIDTH - _MARGIN, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _notes(result: "Result", dry_run: bool) -> Iterator[tuple[str, str]]:
    if result.treatment and not (result.fixes and dry_run):
        yield "treatment", result.treatment
    if result.failed:
        yield "failed", result.failed
    yield from (("done", what) for what in result.applied)
    if dry_run:
        yield from (("--fix would", what) for what in result.fixes)


def _wide(found: "Examination") -> str:
    rows = (
        [flat(cell) for cell in (item.area, item.id, item.status, item.what, item.diagnosis, item.treatment or "")]
        for item in found.checks
    )
    return table(("AREA", "CHECK", "STATUS", "WHAT", "DIAGNOSIS", "TREATMENT"), rows)


def _summary(found: "Examination", *, treatable: bool) -> str:
    def count(number: int, what: str) -> str:
        return f"{number} {what}{'' if number == 1 else 's'}"

    applied = sum(len(result.applied) for result in found.checks)
    fixes = sum(len(result.fixes) for result in found.checks)
    text = f"{count(found.problems, 'problem')}, {count(found.warnings, 'warning')}."
    if applied:
        text += f" {count(applied, 'treatment')} applied."
    if treatable and fixes:
        named = "it" if fixes == 1 else "them"
        text += f" rpkpy doctor --fix applies {count(fixes, 'treatment')}; --dry-run names {named}."
    return text
