"""The masking pattern (templates/PATTERNS.md) in Python: what every language's module is compared with.

Written the other way round from the guests: Python's own JSON decoder judges the value, and regular expressions find
the tokens, where the guests scan once, byte by byte.
"""

import json
import re
from collections.abc import Sequence

MAX_DEPTH = 128

_TOKEN = re.compile(r'[ \t\r\n]*(?:("(?:[^"\\]|\\.)*")|([{}\[\],:])|([^ \t\r\n{}\[\],:"]+))[ \t\r\n]*', re.DOTALL)
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.", re.DOTALL
)


class NotJson(Exception):
    """The value is not JSON as the pattern defines it."""


def fields(variable: str | None) -> list[str]:
    """The names that MASK_FIELDS holds."""
    return [name for name in (part.strip(" \t") for part in (variable or "").split(",")) if name]


def mask(value: bytes | None, names: Sequence[str]) -> bytes | None:
    """The value as the pattern writes it; NotJson when it passes unchanged with a warning."""
    if value is None:
        return None
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise NotJson from error
    _check(text)
    tokens = _tokens(text)
    out: list[str] = []
    position, at = 0, 0
    while at < len(tokens):
        token = tokens[at][0]
        is_key = token.startswith('"') and at + 1 < len(tokens) and tokens[at + 1][0] == ":"
        if not is_key or json.loads(token) not in names:
            at += 1
            continue
        first = at + 2
        last = _end_of_value(tokens, first)
        out.append(text[position : tokens[first][1]])
        out.append(_masked(tokens[first][0]))
        position = tokens[last][2]
        at = last + 1
    out.append(text[position:])
    return "".join(out).encode()


def _check(text: str) -> None:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text, parse_constant=refuse, parse_int=str, parse_float=str)
    except (ValueError, RecursionError) as error:
        raise NotJson from error
    if text != text.strip(" \t\r\n") and not text.strip():
        raise NotJson
    depth = 0
    for token, _, _ in _tokens(text):
        depth += (token in "[{") - (token in "]}")
        if depth > MAX_DEPTH:
            raise NotJson
        if token[0] not in '"{}[],:' and token not in ("true", "false", "null") and not _NUMBER.fullmatch(token):
            raise NotJson  # Python's numbers may have digits of other scripts


def _tokens(text: str) -> list[tuple[str, int, int]]:
    found = []
    for match in _TOKEN.finditer(text):
        group = match.lastindex
        assert group is not None
        found.append((match.group(group), match.start(group), match.end(group)))
    return found


def _end_of_value(tokens: list[tuple[str, int, int]], first: int) -> int:
    depth = 0
    for at in range(first, len(tokens)):
        depth += (tokens[at][0] in "[{") - (tokens[at][0] in "]}")
        if depth == 0:
            return at
    raise AssertionError("the value was checked before")


def _masked(token: str) -> str:
    if not token.startswith('"'):
        return '"****"'
    characters = _CHARACTER.findall(token[1:-1])
    return '"****' + "".join(characters[-4:] if len(characters) > 8 else []) + '"'
