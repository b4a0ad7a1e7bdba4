"""The format language's grammar: literals with backslash escapes, and `%verb{modifier}`."""

from collections.abc import Iterator
from dataclasses import dataclass

from rpkpy.errors import UsageError

_ESCAPES = {"t": b"\t", "n": b"\n", "r": b"\r", "\\": b"\\"}
_CLOSERS = {"[": "]", "{": "}", "#": "#"}


@dataclass(frozen=True, slots=True)
class Literal:
    """Bytes as they are."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Verb:
    """`%letter`, with what stands in its braces, or None."""

    letter: str
    modifier: str | None


def fail(format: str, cause: str) -> UsageError:
    """The error for a format that cannot be meant."""
    return UsageError(f'The format "{format}" cannot be used.', cause=cause)


def tokens(format: str) -> Iterator[Literal | Verb]:
    """The parts of `format`, adjacent literals joined. Raises UsageError."""
    literal = b""
    position = 0
    while position < len(format):
        char = format[position]
        position += 1
        if char == "\\":
            data, position = _escape(format, position)
            literal += data
        elif char != "%":
            literal += char.encode("utf-8", "surrogateescape")
        elif position == len(format):
            raise fail(format, "It ends in a single %; %% is a percent sign.")
        elif format[position] in "%{}":
            literal += format[position].encode()
            position += 1
        else:
            if literal:
                yield Literal(literal)
                literal = b""
            letter = format[position]
            position += 1
            modifier = None
            if format[position : position + 1] == "{":
                modifier, position = _braces(format, position + 1)
            yield Verb(letter, modifier)
    if literal:
        yield Literal(literal)


def enclosed(format: str, text: str) -> str:
    """What stands between the brackets, braces or pounds around `text`: `[%F]`, `##%F##`. Raises UsageError."""
    width = 0
    while width < len(text) and text[width] in _CLOSERS and text[width] == text[0]:
        width += 1
    closing = _CLOSERS.get(text[:1], "") * width
    if text[:1] == "#":  # opening and closing pounds look alike: half of a run of them is each
        width = width if len(text) > width else width // 2
        closing = "#" * width
    if not width or len(text) < 2 * width or not text.endswith(closing):
        raise fail(format, f'"{text}" is not enclosed in [], {{}} or ##.')
    return text[width : len(text) - width]


def _escape(format: str, position: int) -> tuple[bytes, int]:
    char = format[position : position + 1]
    if char in _ESCAPES and char:
        return _ESCAPES[char], position + 1
    if char == "x":
        digits = format[position + 1 : position + 3]
        try:
            return bytes.fromhex(digits if len(digits) == 2 else "-"), position + 3
        except ValueError:
            raise fail(format, f'"\\x{digits}" needs two hexadecimal digits.') from None
    raise fail(format, f'"\\{char}" is not an escape; there are \\t \\n \\r \\\\ \\xNN.')


def _braces(format: str, start: int) -> tuple[str, int]:
    """The text up to the brace that closes the one before `start`; `%{` and `%}` inside do not count."""
    depth = 1
    position = start
    while position < len(format):
        char = format[position]
        if char == "%" and format[position + 1 : position + 2] in ("{", "}", "%"):
            position += 2
            continue
        depth += {"{": 1, "}": -1}.get(char, 0)
        if not depth:
            return format[start:position], position + 1
        position += 1
    raise fail(format, "A brace is not closed.")
