"""What a project that was made from somebody else's template says of that, so that it can be made again."""

import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath

from rpkpy.project.scaffold import values
from rpkpy.project.scaffold.model import Origin, Scalar
from rpkpy.project.scaffold.sandbox import quote

FILE = PurePosixPath(".rpkpy-template.toml")


def text(origin: Origin, language: str, pattern: str, name: str, given: Mapping[str, Scalar]) -> str:
    """The file's text: TOML, whose table `values` `--values` takes. A comment holds the command."""
    options = [("--template", origin.template), ("--language", language), ("--pattern", pattern), ("--name", name)]
    flags = " ".join(f"{flag} {shlex.quote(value)}" for flag, value in options if value)
    facts = [("template", origin.template), ("ref", origin.ref), ("commit", origin.commit), *_words(options[1:])]
    lines = [
        "# The template that this project was made from. It is made again with",
        f"#   rpkpy transform init DIRECTORY {' '.join(flags.splitlines())} --values {FILE}",
        *(f"{key} = {quote(value)}" for key, value in facts if value),
        "",
        "[values]",
        *(f"{key} = {quote(value) if isinstance(value, str) else values.shown(value)}" for key, value in given.items()),
    ]
    return "\n".join(lines) + "\n"


def _words(options: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(flag.lstrip("-"), value) for flag, value in options]
