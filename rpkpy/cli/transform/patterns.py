"""`rpkpy transform patterns`."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy transform patterns
rpkpy transform patterns --language python
rpkpy transform patterns --format json
"""

_DEEP = " " * 4


@dataclass(frozen=True)
class Offer:
    """A pattern: a picture of it in one line, the languages that have it, and why others have not."""

    name: str
    summary: str
    picture: str
    languages: list[str]
    not_offered: dict[str, str]


def command(
    ctx: typer.Context,
    language: Annotated[
        str | None, typer.Option("--language", "--lang", "-l", metavar="LANGUAGE", help="Only what this language has.")
    ] = None,
    format: FormatOption = "text",
) -> None:
    """List the patterns that `transform init --pattern` starts a project from, each with a picture in one line."""
    context: Context = ctx.obj
    kind = check_format(format)
    offers = [] if kind == "help" else _offers()
    if language is not None and kind != "help":
        offers = _of_language(offers, language.lower())
    emit(context, offers, kind, text=_text, wide=_wide, shape=list[Offer])


def _offers() -> list[Offer]:
    from rpkpy.project import scaffold

    templates = scaffold.load_all()
    return [
        Offer(
            pattern.name,
            pattern.summary,
            pattern.picture,
            [template.folder.name for template in templates if pattern.name in template.patterns],
            dict(pattern.not_offered),
        )
        for pattern in scaffold.load_patterns()
    ]


def _of_language(offers: list[Offer], language: str) -> list[Offer]:
    found = [offer for offer in offers if language in offer.languages]
    if not found:
        known = sorted({name for offer in offers for name in offer.languages})
        raise UsageError(f'There is no template for "{language}".', fix=f"Languages: {', '.join(known)}.")
    return found


def _text(offers: Sequence[Offer]) -> str:
    """Name and summary, the picture below; languages once, where all have a pattern."""
    everywhere = sorted({name for offer in offers for name in offer.languages})
    lines = []
    for offer in offers:
        lines += [offer.name, *textwrap.wrap(offer.summary, 76, initial_indent=_DEEP, subsequent_indent=_DEEP)]
        lines.append(f"{_DEEP}{offer.picture}")
        lines += [f"{_DEEP}not in {name}: {reason}" for name, reason in offer.not_offered.items()]
    lines += ["", *textwrap.wrap(f"In {', '.join(everywhere)}.", 80)]
    return "\n".join(lines)


def _wide(offers: Sequence[Offer]) -> str:
    """A line each, with the languages."""
    from rpkpy.cli.render import table

    rows = [(offer.name, offer.picture, ",".join(offer.languages)) for offer in offers]
    return table(("PATTERN", "PICTURE", "LANGUAGES"), rows)
