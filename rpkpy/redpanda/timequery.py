"""Moments as people write them after --since and --until: rpk's forms."""

import re
from datetime import UTC, datetime, timedelta

from rpkpy.errors import UsageError

_UNITS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)", re.ASCII)
_RELATIVE = re.compile(rf"-?(?:{_PART.pattern})+", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse(text: str, now_ms: int, flag: str) -> int:
    """Milliseconds since the epoch of `text`; UsageError naming `flag` where it is no moment.

    `now`; 13 digits are milliseconds, 9 or 10 are seconds; YYYY-MM-DD is that day's start in UTC; RFC 3339, in UTC
    where it names no zone; `-1h30m` (or `1h30m`) is that long before now, with ms, s, m, h, d and w.
    """
    text = text.strip()
    if text == "now":
        return now_ms
    if text.isascii() and text.isdigit():
        if len(text) == 13:
            return int(text)
        if len(text) in (9, 10):
            return int(text) * 1_000
    elif _RELATIVE.fullmatch(text):
        return now_ms - int(sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)))
    elif re.match(r"[0-9]{4}-", text):
        try:
            moment = datetime.fromisoformat(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            return (moment - _EPOCH) // timedelta(milliseconds=1)
        except (ValueError, OverflowError):
            pass
    raise UsageError(
        f"{flag}: {text!r} is not a moment.",
        fix="Use now, -10m, 2024-02-10, 2024-02-10T13:00:00Z, or an epoch of 10 (s) or 13 (ms) digits.",
    )
