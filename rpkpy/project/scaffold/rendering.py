"""A template, a pattern and values to the files of a project, in memory: layers laid over each other, and rendered."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from typing import Any

from rpkpy.errors import ProjectError
from rpkpy.project.scaffold import bounded, paths, sandbox
from rpkpy.project.scaffold.model import Pattern, Scalar, Template
from rpkpy.project.scaffold.names import slug
from rpkpy.project.scaffold.reading import PATTERN
from rpkpy.project.scaffold.sandbox import Text
from rpkpy.version import __version__

Files = dict[PurePosixPath, tuple[bytes, int]]
_TOP = PurePosixPath()
_MARKS = ("{{", "{%", "{#")


def render(template: Template, language: str, pattern: Pattern, name: str, values: Mapping[str, Scalar]) -> Files:
    """Path → content and file mode, for each file of the project; later layers replace earlier ones.

    ProjectError when something cannot be rendered, leaves the project, or is more than a project can need.
    """
    sources: list[tuple[Path, PurePosixPath]] = []
    size = 0
    for source, where in _layers(template, pattern):
        sources.append((source, where))
        size += source.stat().st_size
        paths.check_amount(len(sources), size)
    texts: list[Text] = []
    for source, where in sources:
        if any(mark in str(where) for mark in _MARKS):
            texts.append(Text(source.name, _path(where)))
        if where.suffix == ".j2":
            texts.append(Text(source.name, _decoded(source)))
    rendered = iter(_rendered(template, texts, _variables(template, language, pattern, name, values)))
    files: Files = {}
    total = 0
    for source, where in sources:
        path = PurePosixPath(next(rendered) if any(mark in str(where) for mark in _MARKS) else _path(where))
        content = next(rendered).encode("utf-8") if where.suffix == ".j2" else _content(source)
        total += len(content)
        if len(content) > paths.MAX_FILE_BYTES or total > paths.MAX_PROJECT_BYTES:
            raise ProjectError(f"Template {source.name} makes more than a project can need.")
        files[paths.below(path)] = (content, 0o755 if source.stat().st_mode & 0o111 else 0o644)
    paths.check_together(files)
    return files


def _layers(template: Template, pattern: Pattern) -> Iterator[tuple[Path, PurePosixPath]]:
    """Each file that the project is made of, and its path there before it is rendered, in the order of the layers."""

    def layer(folder: Path, to: PurePosixPath = _TOP) -> Iterator[tuple[Path, PurePosixPath]]:
        return ((folder / path, to / path) for path in paths.files_below(folder))

    yield from layer(template.shared)
    for folder, to in template.include:
        yield from layer(folder, to)
    if pattern.folder is not None:
        samples = sorted(path for path in pattern.folder.glob("*.jsonl") if path.is_file() and not path.is_symlink())
        yield from ((path, PurePosixPath("samples", path.name)) for path in samples)
        yield from layer(pattern.folder / "tests", PurePosixPath("tests"))
    for code in template.code:
        for part in pattern.parts:
            yield from layer(code.parent / "parts" / part)
    yield from layer(template.folder / "project")
    if pattern.name:
        for code in template.code:
            folder = code / pattern.name
            own = folder == pattern.folder  # a template's own pattern: what it is stands beside its code
            yield from (file for file in layer(folder) if not (own and _is_description(file[1])))


def _is_description(path: PurePosixPath) -> bool:
    return len(path.parts) == 1 and (path.name == PATTERN or path.suffix == ".jsonl")


def _variables(
    template: Template, language: str, pattern: Pattern, name: str, values: Mapping[str, Scalar]
) -> dict[str, Any]:
    """Plain data alone: a Path in the sandbox would open the file system."""
    return {
        "name": name,
        "slug": slug(name),
        "language": language,
        "pattern": {key: value for key, value in asdict(pattern).items() if key != "folder"},
        "rpkpy_version": __version__,
        "values": dict(values),
        "template": {
            "title": template.title,
            "languages": template.languages,
            "needs": template.needs,
            "makes": template.makes,
            "cluster": dict(template.cluster),
            "ignore": template.ignore,
        },
    }


def _rendered(template: Template, texts: list[Text], variables: Mapping[str, Any]) -> list[str]:
    render = bounded.render if template.foreign else sandbox.render
    try:
        return render(Text("template.toml", template.readme), texts, variables, paths.MAX_PROJECT_BYTES)
    except sandbox.Unrenderable as error:
        raise ProjectError(f"Template {error.shown} cannot be rendered.", cause=error.cause) from error


def _path(where: PurePosixPath) -> str:
    """The path without the suffix that says that the file is rendered."""
    return str(where.with_suffix("") if where.suffix == ".j2" else where)


def _decoded(source: Path) -> str:
    try:
        return _content(source).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProjectError(f"Template {source.name} is not UTF-8 text.", cause=str(error)) from error


def _content(source: Path) -> bytes:
    """At most one byte more than a file of a project may have."""
    try:
        with source.open("rb") as file:
            return file.read(paths.MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ProjectError(f"Template {source.name} cannot be read.", cause=error.strerror) from error
