"""What `rpkpy transform test` does around the fixtures: finding the project, printing, reports, running again."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.cli.context import Context
from rpkpy.cli.facts import flat
from rpkpy.cli.render import check_format, emit, to_data
from rpkpy.cli.report import report as report_error
from rpkpy.errors import MissingExtraError, ProjectError, RpkpyError, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.project.fixtures.results import CaseResult, Failure, Report
    from rpkpy.project.fixtures.suite import Suite
    from rpkpy.project.limits import Choice
    from rpkpy.project.project import Project

_WATCHED = (".yaml", ".yml", ".json", ".jsonl")  # beside tests/ and the module: transform.yaml, samples, schemas
_CLEAR = "\x1b[2J\x1b[H"


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments."""

    fixtures: tuple[str, ...]
    file: str | None
    only: str
    choice: "Choice"
    update: bool
    report: str | None
    format: str


def run(context: Context, asked: Asked) -> "Report":
    """Run the fixtures once, print and write what came."""
    suite = _suite(context, asked)
    rewritten: list[str] = []  # said when the spinner's line is gone
    try:
        with context.progress(f"Testing {suite.module}"):
            result = suite.update(rewritten.append) if asked.update else suite.run()
    finally:
        for file in rewritten:
            context.note(f"rewritten: {printable(file)}")
    if asked.report is not None:
        _write(context.path(asked.report), asked.report, result)
    emit(context, result, asked.format, text=lambda found: text(context, found))
    context.note(f"Limits: {suite.limits_from}")
    context.note(f"{suite.module}: {summary(result)}")
    return result


def watch(context: Context, asked: Asked) -> None:
    """Run the fixtures now, and again after each change of the module, a fixture or a file beside it."""
    try:
        import watchfiles
    except ImportError as error:
        raise MissingExtraError("rpkpy transform test --watch", "watch") from error
    module, folders = _places(context, asked)

    report = context.path(asked.report).resolve() if asked.report else None

    def matters(_change: object, name: str) -> bool:
        path = Path(name)
        if path in (module, report):
            return path == module
        hidden = any(part.startswith(".") for part in path.parts[len(context.cwd.parts) :])
        in_tests = any(path.is_relative_to(folder) for folder in folders)
        return not hidden and (in_tests or path.suffix in _WATCHED)

    changes = watchfiles.watch(
        *folders,
        context.cwd,
        module.parent,
        watch_filter=matters,
        debounce=400,
        rust_timeout=100,
        yield_on_timeout=True,
    )
    next(changes)  # the watch has begun: no change after what is tested now is missed
    _once(context, asked)
    for changed in changes:
        if changed:
            _once(context, asked)


def _once(context: Context, asked: Asked) -> None:
    if context.is_terminal(context.stdout) and check_format(asked.format) == "text":
        context.stdout.write(_CLEAR)
    try:
        run(context, asked)
    except RpkpyError as error:
        report_error(context, error)
    context.stdout.flush()
    context.note("Waiting for changes; Ctrl-C ends it.")


def _places(context: Context, asked: Asked) -> tuple[Path, list[Path]]:
    """The module, and the folders in which fixtures are."""
    from rpkpy.project import probe
    from rpkpy.project.fixtures.model import FOLDER

    project = probe.find_project(context.cwd, asked.file)
    module = context.path(asked.file or (project.wasm_path if project else "")).resolve()
    named = [context.path(name) for name in asked.fixtures] or [(project.root if project else context.cwd) / FOLDER]
    folders = {(path if path.is_dir() else path.parent).resolve() for path in named}
    return module, sorted(folder for folder in folders if folder.is_dir())


def _suite(context: Context, asked: Asked) -> "Suite":
    from rpkpy.cli.transform.circumstances import cluster_properties
    from rpkpy.project import limits, probe
    from rpkpy.project.fixtures import reading
    from rpkpy.project.fixtures.running import Bench
    from rpkpy.project.fixtures.suite import Suite
    from rpkpy.wasm import file as files

    project = probe.find_project(context.cwd, asked.file)
    manifest = project.manifest if project else None
    applied = limits.resolve(asked.choice, manifest, cwd=context.cwd, cluster=lambda: cluster_properties(context))
    for warning in (*(manifest.warnings if manifest else ()), *applied.warnings):
        context.warn(warning)
    root = project.root if project else context.cwd
    found = reading.find(root, asked.fixtures, context.cwd)
    path = context.path(asked.file or (project.wasm_path if project else ""))
    wasm = files.read(path, asked.file or path.name)
    _warn_of_age(context, project, path, wasm)
    bench = Bench.of(wasm, applied.limits, manifest, cache_dir=context.dirs.cache / "modules")
    return Suite(bench, found, root, asked.only, path.name, str(applied))


def _warn_of_age(context: Context, project: "Project | None", path: Path, wasm: bytes) -> None:
    from rpkpy.deployment import plan

    if project is None or path != project.wasm_path:
        return
    try:
        plan.check_fresh(project, wasm)
    except ProjectError as error:
        context.warn(f"{error.message} What is tested is the older build: run rpkpy transform build.")


def _write(path: Path, shown: str, result: "Report") -> None:
    import json

    from rpkpy.project.fixtures.results import to_junit

    if path.suffix == ".json":
        content = json.dumps(to_data(result), indent=2, ensure_ascii=False) + "\n"
    else:
        content = to_junit(result)
    try:
        path.write_text(content, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise UsageError(f"--report {shown}: it cannot be written.", cause=error.strerror) from error


def summary(result: "Report") -> str:
    """`3 tests passed.`, `1 of 3 tests failed.`, and what --update would do."""
    total = result.passed + result.failed
    tests = f"{total} test{'' if total == 1 else 's'}"
    if result.ok:
        return f"{tests} passed."
    failures = [failure for test in result.tests for failure in test.failures]
    snapshots = sum(failure.snapshot for failure in failures)
    hint = ""
    if snapshots:
        what = "it" if len(failures) == 1 else "them"
        if snapshots < len(failures):
            what = f"{snapshots} of {len(failures)} differences"
        hint = f" If what came is right, --update takes {what} over."
    return f"{result.failed} of {tests} failed.{hint}"


def text(context: Context, result: "Report") -> str:
    """A line for each test; below one that failed, what differs."""
    return "\n".join(line for test in result.tests for line in _test(context, test)) + "\n"


def _test(context: Context, test: "CaseResult") -> Iterator[str]:
    style, word = ("green", "ok  ") if test.status == "passed" else ("bold red", "FAIL")
    records = f"{test.records_in} in, {test.records_out} out"
    place = f"{flat(test.file)}:{test.line}"
    yield f"{context.style(word, style, context.stdout)}  {place}  {flat(test.name)}  ({records})"
    for failure in test.failures:
        yield from _failure(context, failure)
    if test.failures:
        yield from (f"      note: {flat(note)}" for note in test.notes)


def _failure(context: Context, failure: "Failure") -> Iterator[str]:
    yield f"      {flat(failure.place)}: {flat(failure.what)}"
    if failure.note:
        yield f"        {flat(failure.note)}"
    styles = {"-": "red", "+": "green", "?": "cyan"}
    for line in failure.diff:
        shown = printable(line).replace("\n", "\\n")
        style = styles.get(line[:1])
        yield f"        {context.style(shown, style, context.stdout) if style else shown}"
