"""What a template is, what it asks for, and the project that comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

Scalar = str | int | bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A behaviour that several languages offer: its part of a project that does not depend on the language.

    `picture` is one line of topics and what is between them, `change` a sentence of the README: what to change first.
    `parts` are the folders of a language's `parts/` that its code uses; `not_offered` says why for each language
    (template's folder) that has no code of it. `folder` holds its samples and fixtures. The name is empty where a
    template has no patterns.
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
    folder: Path | None = None


@dataclass(frozen=True, slots=True)
class Value:
    """What a template asks for: `kind` is "text", "integer" or "boolean".

    Without a `default` (None) it must be given. A text must match the regular expression `pattern` as a whole, and a
    value be one of `choices`, where there are any.
    """

    name: str
    description: str = ""
    kind: str = "text"
    default: Scalar | None = None
    choices: tuple[Scalar, ...] = ()
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A language's template: what template.toml says, and the patterns it has.

    `shared` is the folder of what every project has. A `foreign` template is somebody else's: nothing that it names is
    run, and it is rendered in a process of its own.
    """

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
    values: tuple[Value, ...]
    patterns: Mapping[str, Pattern]
    code: tuple[Path, ...]
    shared: Path
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a template that is not rpkpy's came from.

    `template` leads to the same content again: a folder, or a git reference with the commit. `ref` is what was asked
    for there (a tag, a branch, a commit), `commit` what it came to; both are empty for a folder.
    """

    template: str
    ref: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Created:
    """A new project: its folder, name, and files (paths below the folder, sorted)."""

    directory: Path
    name: str
    language: str
    pattern: str
    files: tuple[PurePosixPath, ...]
    install: tuple[tuple[str, ...], ...]
    origin: Origin | None = None
