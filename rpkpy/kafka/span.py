"""Where consuming begins and ends: rpk's `--offset` (start, end, 47, +2, -3, :end, 5:9, @2022-02-14:1h)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from rpkpy.config import durations
from rpkpy.errors import UsageError


class Anchor(Enum):
    """What a position is counted from."""

    START = "start"
    END = "end"
    OFFSET = "offset"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a partition: START + value, END + value (value <= 0), offset value, or the first record whose
    timestamp is at least value (ms)."""

    anchor: Anchor
    value: int = 0


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` on, to before `end`; None is for ever."""

    start: Position
    end: Position | None = None


_START, _END = Position(Anchor.START), Position(Anchor.END)
_TIMESTAMP = re.compile(
    r"""(?P<ms>\d{13}) | (?P<s>\d{9,10}) | (?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)
      | (?P<day>\d{4}-\d\d-\d\d) | (?P<duration>-?[0-9.][^:]*)""",
    re.VERBOSE | re.ASCII,
)


def parse(text: str, *, now_ms: int) -> Span:
    """The span that `text` names; durations are counted from `now_ms`. Raises UsageError."""
    try:
        return _times(text[1:], now_ms) if text.startswith("@") else _offsets(text)
    except ValueError as error:
        raise UsageError(
            f'--offset "{text}" cannot be read.',
            cause=str(error),
            fix="Use start, end, N, +N, -N, N:M, :end, @TIME or @TIME:TIME.",
        ) from error


def _offsets(text: str) -> Span:
    if text in ("start", "oldest"):
        return Span(_START)
    if text in ("end", "newest"):
        return Span(_END)
    if text.startswith("+"):
        return Span(Position(Anchor.START, _whole(text[1:])))
    if text.startswith("-"):
        return Span(Position(Anchor.END, -_whole(text[1:])))
    first, separator, second = text.partition(":" if ":" in text else "-")
    start = _START if separator and first in ("", "start", "oldest") else Position(Anchor.OFFSET, _whole(first))
    if not second:
        if not first:
            raise ValueError("There is no offset in it.")
        return Span(start)
    if second in ("end", "newest"):
        return Span(start, _END)
    end = Position(Anchor.OFFSET, _whole(second))
    if start.anchor is Anchor.OFFSET and end.value <= start.value:
        raise ValueError(f"The end {end.value} is not after the start {start.value}.")
    return Span(start, end)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise ValueError(f'"{text}" is not an offset.')
    return int(text)


def _times(text: str, now_ms: int) -> Span:
    """`t`, `t:`, `:t` or `t1:t2`; timestamps hold colons themselves, so each half is matched, not split."""
    base, start = now_ms, _START
    if not text.startswith(":"):
        match = _TIMESTAMP.match(text)
        if match is None or text[match.end() : match.end() + 1] not in ("", ":"):
            raise ValueError(f'"{text}" does not begin with a time or a duration.')
        moment = _moment(match, now_ms)
        if not match.group("duration"):
            base = moment
        start = Position(Anchor.TIME, moment)
        text = text[match.end() :]
    rest = text[1:]
    if not rest:
        if start is _START:
            raise ValueError("There is no time in it.")
        return Span(start)
    if rest == "end":
        return Span(start, _END)
    match = _TIMESTAMP.fullmatch(rest)
    if match is None:
        raise ValueError(f'"{rest}" is neither a time nor a duration.')
    end = Position(Anchor.TIME, _moment(match, base))
    if start.anchor is Anchor.TIME and end.value <= start.value:
        raise ValueError("The end is not after the start.")
    return Span(start, end)


def _moment(match: re.Match[str], base_ms: int) -> int:
    """The milliseconds since the epoch of a matched time; durations are counted from `base_ms`."""
    if match["ms"]:
        return int(match["ms"])
    if match["s"]:
        return int(match["s"]) * 1000
    if match["day"]:
        return int(datetime.strptime(match["day"], "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1000)
    if match["time"]:
        return int(datetime.fromisoformat(match["time"]).timestamp() * 1000)
    text = match["duration"]
    seconds = durations.parse(text.removeprefix("-"))
    return base_ms + int(seconds * 1000) * (-1 if text.startswith("-") else 1)
