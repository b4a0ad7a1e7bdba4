"""Labelled facts as text in 80 columns."""

import textwrap
from collections.abc import Iterable

from rpkpy.text import printable

_WIDTH = 80


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """A label and its value on each line; what is longer goes on below, under the value."""
    listed = list(pairs)
    column = max((len(label) for label, _ in listed), default=0) + 2
    lines = []
    for label, value in listed:
        first, *rest = textwrap.wrap(flat(value), _WIDTH - column, break_on_hyphens=False) or [""]
        lines += [f"{label:<{column}}{first}".rstrip(), *(f"{'':<{column}}{line}" for line in rest)]
    return "\n".join(lines) + "\n"


def flat(value: object) -> str:
    """`value` on one line, fit for a terminal."""
    return " ".join(printable(str(value)).split())
