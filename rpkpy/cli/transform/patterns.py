"""`rpkpy transform patterns`."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.cli.transform import template_source
from rpkpy.cli.transform.template_source import TemplateOption
from rpkpy.errors import UsageError
from rpkpy.text import printable

EXAMPLES = """
rpkpy transform patterns
rpkpy transform patterns --language python
rpkpy transform patterns --template ./my-template
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
    template: TemplateOption = None,
    format: FormatOption = "text",
) -> None:
    """List the patterns that `transform init --pattern` starts a project from, each with a picture in one line."""
    context: Context = ctx.obj
    kind = check_format(format)
    offers = [] if kind == "help" else _offers(context, template)
    if language is not None and offers:
        offers = _of_language(offers, language.lower())
    if not offers and kind in ("text", "wide"):
        context.note("The template has no patterns: `transform init` takes it without --pattern.")
        return
    emit(context, offers, kind, text=_text, wide=_wide, shape=list[Offer])


def _offers(context: Context, given: str | None) -> list[Offer]:
    with template_source.opened(context, given) as source:
        patterns = {name: pattern for each in source.templates for name, pattern in each.patterns.items() if name}
        folders = {template.folder.name for template in source.templates}
        return [
            Offer(
                name,
                pattern.summary,
                pattern.picture,
                [
                    language
                    for template in source.templates
                    if name in template.patterns
                    for language in (template.languages if template.foreign else (template.folder.name,))
                ],
                {folder: why for folder, why in pattern.not_offered.items() if folder in folders},
            )
            for name, pattern in sorted(patterns.items(), key=lambda item: (item[0] != "identity", item[0]))
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
    return printable("\n".join(lines))


def _wide(offers: Sequence[Offer]) -> str:
    """A line each, with the languages."""
    from rpkpy.cli.render import table

    rows = [(offer.name, offer.picture, ",".join(offer.languages)) for offer in offers]
    return printable(table(("PATTERN", "PICTURE", "LANGUAGES"), rows))
