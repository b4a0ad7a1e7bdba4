"""A project from a template: rendered, checked, then written."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from rpkpy.errors import ProjectError, ToolchainError, UsageError
from rpkpy.project import manifest
from rpkpy.project.rules import check_name
from rpkpy.project.scaffold import bounded, record, values, writing
from rpkpy.project.scaffold.model import Created, Origin, Scalar, Template
from rpkpy.project.scaffold.rendering import Files, render


def create(
    template: Template,
    *,
    language: str,
    pattern: str,
    directory: Path,
    name: str,
    force: bool = False,
    given: Mapping[str, Scalar] | None = None,
    origin: Origin | None = None,
) -> Created:
    """Lay the project out in `directory`, which is made when it is not there.

    `given` are the values that the template asks for (`values.settled`); its defaults where left out. With an `origin`
    the project says where it came from. Everything is rendered and checked before anything is written. Without `force`,
    ProjectError when a file stands in the way; nothing is written through a symbolic link. The files come from a
    temporary folder beside them, by rename.
    """
    if reason := check_name(name):
        raise UsageError(f"{name!r} cannot be a transform's name: {reason}.", fix="Pass another with --name.")
    if pattern not in template.patterns:
        choice = ", ".join(filter(None, template.patterns))
        fix = f"Use one of {choice}." if choice else "It has none: leave --pattern out."
        raise UsageError(f'{template.title} has no pattern "{pattern}".', fix=fix)
    settled = values.settled(template.values, {}, bounded.mismatches) if given is None else given
    files = render(template, language, template.patterns[pattern], name, settled)
    if template.foreign:
        _check_manifest(files)
    if origin is not None:
        files[record.FILE] = (record.text(origin, language, pattern, name, settled).encode("utf-8"), 0o644)
    writing.check_target(directory, files, force)
    writing.write(directory, files)
    commands = () if template.foreign else template.install
    return Created(directory, name, language, pattern, tuple(sorted(files)), commands, origin)


def _check_manifest(files: Files) -> None:
    """ProjectError where somebody else's template makes a transform.yaml that nothing could be built from."""
    content, _ = files.get(PurePosixPath(manifest.FILE_NAME), (b"", 0))
    try:
        manifest.parse(content.decode("utf-8", errors="replace"))
    except ProjectError as error:
        fix = "It is the template's fault: tell its author."
        raise ProjectError(f"The template makes a {error.message}", cause=error.cause, fix=fix) from error


def install(created: Created, *, environ: Mapping[str, str], say: Callable[[str], None]) -> None:
    """Run the template's commands that fetch dependencies, in the project's folder."""
    from rpkpy.toolchains import process

    for command in created.install:
        path = process.find(command[0], environ)
        if path is None:
            raise ToolchainError(
                f"{command[0]} is not installed, so dependencies were not fetched; the project itself was made.",
                fix=f"Install it, then run `{' '.join(command)}` in {created.directory}.",
            )
        process.build([path, *command[1:]], cwd=created.directory, env=environ, say=say)


def tree(files: Sequence[PurePosixPath]) -> list[str]:
    """The files as an indented tree, a line each, folders before what is in them."""
    lines: list[str] = []
    shown: set[PurePosixPath] = set()
    for file in sorted(files, key=lambda path: [(part != path.name, part) for part in path.parts]):
        for folder in reversed(file.parents[:-1]):
            if folder not in shown:
                shown.add(folder)
                lines.append(f"{'  ' * len(folder.parts)}{folder.name}/")
        lines.append(f"{'  ' * len(file.parts)}{file.name}")
    return lines
