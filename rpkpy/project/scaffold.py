"""New projects from templates: which there are, and laying one out in a folder without harming what is there.

templates/README.md describes the folders, template.toml and the variables.
"""

import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from rpkpy.errors import ProjectError, ToolchainError, UsageError
from rpkpy.project.manifest import FILE_NAME
from rpkpy.project.rules import check_name
from rpkpy.version import __version__

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

_REQUIRED = {"title": str, "languages": list, "needs": list, "makes": str, "readme": str}
_OPTIONAL = {"include": list, "patterns_from": str, "cluster": dict, "ignore": list, "install": list}
_PATTERN_REQUIRED = {"summary": str, "picture": str}
_PATTERN_OPTIONAL = {
    "input_topic": str,
    "output_topics": list,
    "env": dict,
    "parts": list,
    "change": str,
    "not_offered": dict,
}
# Go takes no module path with one of these in it, on any system.
_DEVICE = re.compile("con|prn|aux|nul|(com|lpt)[1-9]")
_NOT_PROJECT_FILES = {"__pycache__", ".DS_Store", "target", "node_modules"}
MAX_FILE_BYTES = 1024 * 1024
MAX_PROJECT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pattern:
    """A behaviour that several languages offer: its part of a project that does not depend on the language.

    `picture` is one line of topics and what is between them, `change` a sentence of the README: what to change first.
    `parts` are the folders of a language's `parts/` that its code uses; `not_offered` says why for each language
    (template's folder) that has no code of it.
    """

    name: str
    summary: str
    picture: str
    input_topic: str = ""
    output_topics: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()
    change: str = ""
    not_offered: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Template:
    """A language's template: what template.toml says, and the patterns it has."""

    folder: Path
    title: str
    languages: tuple[str, ...]
    needs: tuple[str, ...]
    makes: str
    readme: str
    include: tuple[tuple[Path, PurePosixPath], ...]
    cluster: Mapping[str, int]
    ignore: tuple[str, ...]
    install: tuple[tuple[str, ...], ...]
    patterns: Mapping[str, Pattern]
    code: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Created:
    """A new project: its folder, name, and files (paths below the folder, sorted)."""

    directory: Path
    name: str
    language: str
    pattern: str
    files: tuple[PurePosixPath, ...]
    install: tuple[tuple[str, ...], ...]


def templates_dir() -> Path:
    """Where the templates are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "patterns").is_dir():
            return folder
    raise ProjectError("rpkpy's templates are missing.", cause=f"Neither in {package} nor beside it.", fix="Reinstall.")


def load_all(folder: Path | None = None) -> tuple[Template, ...]:
    """Every template, by title."""
    root = folder or templates_dir()
    found = (_load(path.parent, root) for path in root.glob("*/template.toml"))
    return tuple(sorted(found, key=lambda template: template.title.lower()))


def load_patterns(folder: Path | None = None) -> tuple[Pattern, ...]:
    """Every pattern, by name; `identity`, where one starts, first."""
    root = folder or templates_dir()
    names = sorted(path.parent.name for path in root.glob("patterns/*/pattern.toml"))
    return tuple(_pattern(name, root) for name in sorted(names, key=lambda name: (name != "identity", name)))


def find(templates: Sequence[Template], language: str) -> Template:
    """The template for a language's key; ProjectError naming the choice when there is none."""
    import difflib

    by_key = {key: template for template in templates for key in template.languages}
    if language in by_key:
        return by_key[language]
    close = difflib.get_close_matches(language, by_key, 1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise UsageError(f'There is no template for "{language}".', fix=f"{hint}Languages: {', '.join(sorted(by_key))}.")


def name_from(folder: str) -> str:
    """A transform's name made of a folder's name: what cannot stand in one becomes a dash."""
    name = re.sub(r"[^\w.-]+", "-", folder).strip("-.")
    while len(name.encode()) > 100:
        name = name[:-1]
    return name


def slug(name: str) -> str:
    """`name` as a package name: lower case ASCII letters, digits, `-` and `_`, a letter first; no device of Windows."""
    text = re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-_")
    plain = re.match("[a-z]", text) and not _DEVICE.fullmatch(text)
    return text if plain else f"transform-{text}".rstrip("-")


def create(
    template: Template, *, language: str, pattern: str, directory: Path, name: str, force: bool = False
) -> Created:
    """Lay the project out in `directory`, which is made when it is not there.

    Everything is rendered and checked before anything is written. Without `force`, ProjectError when a file stands in
    the way; nothing is written through a symbolic link. The files come from a temporary folder beside them, by rename.
    """
    if reason := check_name(name):
        raise UsageError(f"{name!r} cannot be a transform's name: {reason}.", fix="Pass another with --name.")
    if pattern not in template.patterns:
        choice = ", ".join(template.patterns)
        raise UsageError(f'{template.title} has no pattern "{pattern}".', fix=f"Use one of {choice}.")
    files = _render(template, language, template.patterns[pattern], name)
    _check_target(directory, files, force)
    _write(directory, files)
    return Created(directory, name, language, pattern, tuple(sorted(files)), template.install)


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


def _load(folder: Path, root: Path) -> Template:
    shown = f"{folder.name}/template.toml"
    data = _toml(folder / "template.toml", shown)
    _check(data, _REQUIRED, _OPTIONAL, shown)
    code = [_folder(data["patterns_from"], folder, root, shown)] if "patterns_from" in data else []
    code.append(folder / "patterns")
    names = sorted({path.name for source in code for path in source.glob("*") if path.is_dir()})
    if not names:
        raise ProjectError(f"Template {shown}: it has no pattern.")
    return Template(
        folder=folder,
        title=data["title"],
        languages=tuple(data["languages"]),
        needs=tuple(data["needs"]),
        makes=data["makes"],
        readme=data["readme"],
        include=tuple(_include(entry, folder, root, shown) for entry in data.get("include", [])),
        cluster=data.get("cluster", {}),
        ignore=tuple(data.get("ignore", [])),
        install=tuple(tuple(command) for command in data.get("install", [])),
        patterns={name: _pattern(name, root) for name in names},
        code=tuple(code),
    )


def _check(data: Mapping[str, Any], required: Mapping[str, type], optional: Mapping[str, type], shown: str) -> None:
    """ProjectError where a key is missing, unknown, or of another type."""
    for key, kind in {**required, **optional}.items():
        if key in required and key not in data:
            raise ProjectError(f"Template {shown}: `{key}` is missing.")
        if key in data and not isinstance(data[key], kind):
            raise ProjectError(f"Template {shown}: `{key}` must be a {kind.__name__}.")
    if unknown := data.keys() - required.keys() - optional.keys():
        raise ProjectError(f"Template {shown}: unknown key `{sorted(unknown)[0]}`.")


def _toml(path: Path, shown: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProjectError(f"Template {shown} cannot be read.", cause=str(error)) from error


def _include(entry: Any, folder: Path, root: Path, shown: str) -> tuple[Path, PurePosixPath]:
    source, to = (entry, ".") if isinstance(entry, str) else (entry.get("from"), entry.get("to", "."))
    return _folder(source, folder, root, shown), _below(PurePosixPath(to))


def _folder(name: str, folder: Path, root: Path, shown: str) -> Path:
    path = (folder / name).resolve()
    if not path.is_relative_to(root.resolve()) or not path.is_dir():
        raise ProjectError(f"Template {shown}: {name} is no folder of the templates.")
    return path


def _pattern(name: str, root: Path) -> Pattern:
    shown = f"patterns/{name}/pattern.toml"
    data = _toml(root / "patterns" / name / "pattern.toml", shown)
    _check(data, _PATTERN_REQUIRED, _PATTERN_OPTIONAL, shown)
    for part in data.get("parts", []):
        if not re.fullmatch(r"[\w-]+", str(part)):
            raise ProjectError(f"Template {shown}: {part!r} in `parts` is no folder's name.")
    return Pattern(
        name=name,
        summary=data["summary"],
        picture=data["picture"],
        input_topic=data.get("input_topic", ""),
        output_topics=tuple(data.get("output_topics", [])),
        env=data.get("env", {}),
        parts=tuple(data.get("parts", [])),
        change=data.get("change", ""),
        not_offered=data.get("not_offered", {}),
    )


def _render(template: Template, language: str, pattern: Pattern, name: str) -> dict[PurePosixPath, tuple[bytes, int]]:
    """Path → content and file mode, for each file of the project; later layers replace earlier ones."""
    root = template.folder.parent
    variables: dict[str, Any] = {
        "name": name,
        "slug": slug(name),
        "language": language,
        "pattern": asdict(pattern),
        "rpkpy_version": __version__,
    }
    environment = _environment()
    # plain data alone: a Path in the sandbox would open the file system
    variables["template"] = {
        "title": template.title,
        "languages": template.languages,
        "needs": template.needs,
        "makes": template.makes,
        "cluster": dict(template.cluster),
        "ignore": template.ignore,
        "readme": _text(environment, template.readme, variables, template.folder / "template.toml"),
    }
    files: dict[PurePosixPath, tuple[bytes, int]] = {}
    layers = [
        (root / "shared" / "project", PurePosixPath(), "*"),
        *((source, to, "*") for source, to in template.include),
        (root / "patterns" / pattern.name, PurePosixPath("samples"), "*.jsonl"),
        (root / "patterns" / pattern.name / "tests", PurePosixPath("tests"), "*"),
        *((code.parent / "parts" / part, PurePosixPath(), "*") for code in template.code for part in pattern.parts),
        (template.folder / "project", PurePosixPath(), "*"),
        *((code / pattern.name, PurePosixPath(), "*") for code in template.code),
    ]
    total = 0
    for source, to, kinds in layers:
        for path in _files(source, kinds):
            where = to / PurePosixPath(path.relative_to(source).as_posix())
            content = path.read_bytes()
            if where.suffix == ".j2":
                where = where.with_suffix("")
                content = _text(environment, content.decode("utf-8"), variables, path).encode("utf-8")
            where = _below(PurePosixPath(_text(environment, str(where), variables, path)))
            total += len(content)
            if len(content) > MAX_FILE_BYTES or total > MAX_PROJECT_BYTES:
                raise ProjectError(f"Template {path.name} makes more than a project can need.")
            files[where] = (content, 0o755 if path.stat().st_mode & 0o111 else 0o644)
    return files


def _environment() -> "SandboxedEnvironment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    environment = SandboxedEnvironment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # what is made is source code, not HTML
    )
    environment.filters["quote"] = _quote
    return environment


def _quote(text: object) -> str:
    """A double-quoted scalar that YAML, TOML and JSON read alike; what does not print is escaped."""
    import json

    def escape(character: str) -> str:
        code = ord(character)
        return character if character.isprintable() else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return "".join(map(escape, json.dumps(str(text), ensure_ascii=False)))


def _text(environment: "SandboxedEnvironment", source: str, variables: Mapping[str, Any], path: Path) -> str:
    from jinja2 import TemplateError

    try:
        return environment.from_string(source).render(variables)
    except (TemplateError, ArithmeticError, TypeError, ValueError) as error:
        raise ProjectError(f"Template {path.name} cannot be rendered.", cause=str(error)) from error


def _files(folder: Path, kinds: str) -> Iterator[Path]:
    """The files below `folder`, sorted. Symbolic links are errors: a template is files alone."""
    for path in sorted(folder.rglob(kinds)):
        if path.is_symlink():
            raise ProjectError(f"Template file {path.name} is a symbolic link.")
        if path.is_file() and not _NOT_PROJECT_FILES & set(path.relative_to(folder).parts):
            yield path


def _below(path: PurePosixPath) -> PurePosixPath:
    """`path` when it stays in the project; ProjectError when it would leave it."""
    bad = path.is_absolute() or any(part in ("..", "") or "\\" in part or ":" in part for part in path.parts)
    if bad or any(ord(character) < 32 for character in str(path)):
        raise ProjectError(f"A template's path leaves the project: {path}.")
    return path


def _check_target(directory: Path, files: Mapping[PurePosixPath, object], force: bool) -> None:
    if directory.exists() and not directory.is_dir():
        raise ProjectError(f"{directory.name} is a file.", fix="Name another folder.")
    if (directory / FILE_NAME).exists() and not force:
        raise ProjectError(
            f"There is a transform in this folder already: {directory / FILE_NAME}.",
            fix="Name another folder, or pass --force to replace its files.",
        )
    taken: list[str] = []
    for file in sorted(files):
        for parent in reversed(file.parents[:-1]):
            folder = directory / parent
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise ProjectError(f"{parent} is in the way: it is a link or a file where a folder must be.")
        target = directory / file
        if target.is_dir() and not target.is_symlink():
            raise ProjectError(f"{file} is in the way: it is a folder where a file must be.")
        if os.path.lexists(target):
            taken.append(str(file))
    if taken and not force:
        some = ", ".join(taken[:5]) + (f" and {len(taken) - 5} more" if len(taken) > 5 else "")
        raise ProjectError(
            "Files of the project are there already; nothing was written.",
            cause=some,
            fix="Name another folder, or pass --force to replace them.",
        )


def _write(directory: Path, files: Mapping[PurePosixPath, tuple[bytes, int]]) -> None:
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        fresh = not directory.exists()
        staging = Path(tempfile.mkdtemp(prefix=".rpkpy-init-", dir=directory.parent if fresh else directory))
    except OSError as error:
        raise ProjectError(f"{directory} cannot be made.", cause=error.strerror) from error
    try:
        for path, (content, mode) in files.items():
            target = staging / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(mode)
        if fresh:
            staging.chmod(0o755)
            staging.rename(directory)
            return
        for path in files:
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            (staging / path).replace(directory / path)
    except OSError as error:
        raise ProjectError(f"{directory} cannot be written.", cause=error.strerror) from error
    finally:
        if staging.exists():
            shutil.rmtree(staging, ignore_errors=True)
