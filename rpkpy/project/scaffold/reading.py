"""Templates and patterns from their folders: template.toml and pattern.toml, with every value of the right kind."""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from rpkpy.errors import ProjectError, UsageError
from rpkpy.project.scaffold import values
from rpkpy.project.scaffold.model import Pattern, Template
from rpkpy.project.scaffold.paths import below, files_below

TEMPLATE, PATTERN = "template.toml", "pattern.toml"
_MAX_TOML_BYTES = 64 * 1024


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_table_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, dict) and all(type(item) is kind for item in value.values())


# What a value must be, in words, and whether it is.
_Kind = tuple[str, Callable[[Any], bool]]
_TEXT: _Kind = ("string", lambda value: isinstance(value, str))
_TEXTS: _Kind = ("list of strings", _is_texts)
_FOLDERS: _Kind = (
    "list of folders",
    lambda value: (
        isinstance(value, list)
        and all(isinstance(item, str) or (_is_table_of(str)(item) and "from" in item) for item in value)
    ),
)
_COMMANDS: _Kind = (
    "list of commands, each a list of strings",
    lambda value: isinstance(value, list) and all(_is_texts(item) and item for item in value),
)
_NUMBERS: _Kind = ("table of whole numbers", _is_table_of(int))
_STRINGS: _Kind = ("table of strings", _is_table_of(str))
_TABLES: _Kind = ("table of tables", _is_table_of(dict))

_REQUIRED = {"title": _TEXT, "languages": _TEXTS, "needs": _TEXTS, "makes": _TEXT, "readme": _TEXT}
_OPTIONAL = {
    "include": _FOLDERS,
    "patterns_from": _TEXT,
    "cluster": _NUMBERS,
    "ignore": _TEXTS,
    "install": _COMMANDS,
    "values": _TABLES,
}
_PATTERN_REQUIRED = {"summary": _TEXT, "picture": _TEXT}
_PATTERN_OPTIONAL = {
    "input_topic": _TEXT,
    "output_topics": _TEXTS,
    "env": _STRINGS,
    "parts": _TEXTS,
    "change": _TEXT,
    "not_offered": _STRINGS,
}


def templates_dir() -> Path:
    """Where rpkpy's templates are: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent.parent
    for folder in (package / "templates", package.parent / "templates"):
        if (folder / "patterns").is_dir():
            return folder
    raise ProjectError("rpkpy's templates are missing.", cause=f"Neither in {package} nor beside it.", fix="Reinstall.")


def load_all(folder: Path | None = None) -> tuple[Template, ...]:
    """Every template of a folder of them (rpkpy's own, where none is named), by title."""
    root = folder or templates_dir()
    found = (_load(path.parent, root, root / "shared" / "project", (root,)) for path in root.glob(f"*/{TEMPLATE}"))
    return tuple(sorted(found, key=lambda template: template.title.lower()))


def load_patterns(folder: Path | None = None) -> tuple[Pattern, ...]:
    """Every pattern, by name; `identity`, where one starts, first."""
    root = folder or templates_dir()
    names = sorted(path.parent.name for path in root.glob(f"patterns/*/{PATTERN}"))
    return tuple(
        _pattern(name, (root / "patterns",)) for name in sorted(names, key=lambda name: (name != "identity", name))
    )


def load_foreign(root: Path, shown: str) -> tuple[Template, ...]:
    """The templates of a folder that is not rpkpy's: the one that it is, or those of its folders.

    What it does not have itself (what every project has, and patterns that rpkpy has too) is rpkpy's. ProjectError when
    there is none, when it holds anything but files and folders, or names a language that rpkpy cannot build.
    """
    from rpkpy.toolchains import languages

    list(files_below(root))  # whatever is read of it later is a regular file
    folders = [root] if (root / TEMPLATE).is_file() else sorted(path.parent for path in root.glob(f"*/{TEMPLATE}"))
    if not folders:
        raise ProjectError(
            f"There is no {TEMPLATE} in {shown}, nor in a folder of it.",
            fix="Name the template's own folder; in a repository it follows a `#`: REPOSITORY@TAG#FOLDER.",
        )
    ours = templates_dir()
    shared = next(place / "shared" / "project" for place in (root, ours) if (place / "shared" / "project").is_dir())
    found = tuple(_load(folder, root, shared, (root, ours), foreign=True) for folder in folders)
    for template in found:
        for key in template.languages:
            if key != (canonical := languages.find(key).keys[0]):
                raise ProjectError(f"Template {shown}: the language {key!r} is written {canonical!r}.")
    return tuple(sorted(found, key=lambda template: template.title.lower()))


def find(templates: Sequence[Template], language: str) -> Template:
    """The template for a language's key; ProjectError naming the choice when there is none."""
    import difflib

    by_key = {key: template for template in templates for key in template.languages}
    if language in by_key:
        return by_key[language]
    close = difflib.get_close_matches(language, by_key, 1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise UsageError(f'There is no template for "{language}".', fix=f"{hint}Languages: {', '.join(sorted(by_key))}.")


def _load(folder: Path, root: Path, shared: Path, places: tuple[Path, ...], *, foreign: bool = False) -> Template:
    shown = f"{folder.name}/{TEMPLATE}"
    data = read_toml(folder / TEMPLATE, f"Template {shown}")
    _check(data, _REQUIRED, _OPTIONAL, shown)
    if not data["languages"]:
        raise ProjectError(f"Template {shown}: `languages` is empty.")
    code = [_folder(data["patterns_from"], folder, root, shown)] if "patterns_from" in data else []
    code.append(folder / "patterns")
    names = sorted({path.name for source in code for path in source.glob("*") if path.is_dir()})
    if bad := [name for name in names if not re.fullmatch(r"\w[\w.-]*", name)]:
        raise ProjectError(f"Template {shown}: a pattern cannot be called {bad[0]!r}.")
    if not names and not foreign:
        raise ProjectError(f"Template {shown}: it has no pattern.")
    described = [*reversed(code), *(place / "patterns" for place in places)]
    patterns = {name: _pattern(name, described) for name in names}
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
        values=tuple(
            values.declared(name, table, f"Template {shown}") for name, table in data.get("values", {}).items()
        ),
        patterns=patterns or {"": Pattern("", "", "")},
        code=tuple(code),
        shared=shared,
        foreign=foreign,
    )


def _check(data: Mapping[str, Any], required: Mapping[str, _Kind], optional: Mapping[str, _Kind], shown: str) -> None:
    """ProjectError where a key is missing, unknown, or of another kind."""
    for key, (words, fits) in {**required, **optional}.items():
        if key in required and key not in data:
            raise ProjectError(f"Template {shown}: `{key}` is missing.")
        if key in data and not fits(data[key]):
            raise ProjectError(f"Template {shown}: `{key}` must be a {words}.")
    if unknown := data.keys() - required.keys() - optional.keys():
        known = ", ".join([*required, *optional])
        raise ProjectError(
            f"Template {shown}: unknown key `{sorted(unknown)[0]}`.",
            fix=f"Keys: {known}. A template for a newer rpkpy may have others.",
        )


def read_toml(path: Path, shown: str) -> dict[str, Any]:
    """The table that a small TOML file holds; ProjectError when it cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_TOML_BYTES + 1)
        if len(data) > _MAX_TOML_BYTES:
            raise ValueError(f"it is larger than {_MAX_TOML_BYTES >> 10} KiB")
        return tomllib.loads(data.decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise ProjectError(f"{shown} cannot be read.", cause=str(error)) from error


def _include(entry: Any, folder: Path, root: Path, shown: str) -> tuple[Path, PurePosixPath]:
    source, to = (entry, ".") if isinstance(entry, str) else (entry["from"], entry.get("to", "."))
    path = PurePosixPath(to)
    return _folder(source, folder, root, shown), below(path) if path.parts else path


def _folder(name: str, folder: Path, root: Path, shown: str) -> Path:
    path = (folder / name).resolve() if "\0" not in name else folder
    if path == folder or not path.is_relative_to(root.resolve()) or not path.is_dir():
        raise ProjectError(f"Template {shown}: {name} is no folder of the templates.")
    return path


def _pattern(name: str, places: Sequence[Path]) -> Pattern:
    """The pattern `name` from the first of the folders of patterns that says what it is."""
    shown = f"patterns/{name}/{PATTERN}"
    folders = [place / name for place in places]
    folder = next((folder for folder in folders if (folder / PATTERN).is_file()), folders[0])
    data = read_toml(folder / PATTERN, f"Template {shown}")
    _check(data, _PATTERN_REQUIRED, _PATTERN_OPTIONAL, shown)
    for part in data.get("parts", []):
        if not re.fullmatch(r"[\w-]+", part):
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
        folder=folder,
    )
