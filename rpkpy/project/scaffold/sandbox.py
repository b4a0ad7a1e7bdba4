"""Renders a template's texts in Jinja2's sandbox: plain data in, texts out, nothing opened.

It also runs as a process of its own (bounded.py starts it), which takes one request as JSON on standard input and
answers on standard output; the system then bounds what the sandbox cannot: time and memory.
"""

import contextlib
import json
import re
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

TIME_LIMIT_S = 5
_MEMORY_BYTES = 512 * 1024 * 1024


class Text(NamedTuple):
    """A text of a template, and what errors call it."""

    shown: str
    source: str


class Unrenderable(Exception):
    """Which text cannot be rendered, and why."""

    def __init__(self, shown: str, cause: str) -> None:
        super().__init__(shown, cause)
        self.shown = shown
        self.cause = cause


def render(readme: Text, texts: Sequence[Text], variables: Mapping[str, Any], most_bytes: int) -> list[str]:
    """The texts, rendered; `readme`, rendered, is the variable `template.readme` in them.

    Unrenderable when one is wrong, or all together are larger than `most_bytes`.
    """
    environment = _environment()
    left = most_bytes

    def rendered(text: Text, variables: Mapping[str, Any]) -> str:
        nonlocal left
        pieces = []
        try:
            for piece in environment.from_string(text.source).generate(variables):
                left -= len(piece.encode("utf-8"))
                if left < 0:
                    raise ValueError(f"with it the template makes more than {most_bytes:,} bytes")
                pieces.append(piece)
        except Exception as error:  # a template may raise anything
            raise Unrenderable(text.shown, str(error) or type(error).__name__) from error
        return "".join(pieces)

    template = {**variables["template"], "readme": rendered(readme, variables)}
    return [rendered(text, {**variables, "template": template}) for text in texts]


def mismatches(patterns: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Of names with a regular expression and a text each, those whose text does not match as a whole, and why."""
    found = {}
    for name, (pattern, text) in patterns.items():
        try:
            if not re.fullmatch(pattern, text):
                found[name] = f"it does not match {pattern}"
        except (re.error, RecursionError, OverflowError, MemoryError) as error:
            found[name] = f"its pattern {pattern} is no regular expression: {error}"
    return found


def quote(text: object) -> str:
    """A double-quoted scalar that YAML, TOML and JSON read alike; what does not print is escaped."""

    def escape(character: str) -> str:
        code = ord(character)
        return character if character.isprintable() else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

    return "".join(map(escape, json.dumps(str(text), ensure_ascii=False)))


def _environment() -> "SandboxedEnvironment":
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # what is made is source code, not HTML
    )
    environment.filters["quote"] = quote
    return environment


def main() -> None:
    """Answer the request on standard input, with nothing more than it takes."""
    request = json.load(sys.stdin.buffer)
    _confine(request["seconds"])
    try:
        answer: dict[str, Any] = {"mismatches": mismatches(request.get("patterns", {}))}
        if "readme" in request:
            texts = [Text(*text) for text in request["texts"]]
            answer["texts"] = render(Text(*request["readme"]), texts, request["variables"], request["most_bytes"])
    except Unrenderable as error:
        answer = {"shown": error.shown, "cause": error.cause}
    json.dump(answer, sys.stdout)


def _confine(seconds: int) -> None:
    """Bound memory and processor time; from here on this process can open and write no file, and start no other."""
    import resource

    # what Jinja2 would import on the way
    from jinja2 import constants, debug  # noqa: F401

    _environment().from_string("{{ '\\n' | quote | upper }}").render()
    for limit, most in (
        (resource.RLIMIT_AS, _MEMORY_BYTES),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        hard = most + 1 if limit == resource.RLIMIT_CPU else most  # at the soft one the signal says why
        with contextlib.suppress(ValueError, OSError):  # a system may not know a bound; time is kept outside too
            resource.setrlimit(limit, (most, hard))
