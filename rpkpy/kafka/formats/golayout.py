"""Go's time layouts (package time): a reference time, Mon Jan 2 15:04:05 2006, written as it should look."""

import re
from collections.abc import Callable
from datetime import datetime

_ELEMENTS: dict[str, Callable[[datetime], str]] = {
    "January": lambda t: t.strftime("%B"),
    "Jan": lambda t: t.strftime("%b"),
    "Monday": lambda t: t.strftime("%A"),
    "Mon": lambda t: t.strftime("%a"),
    "MST": lambda t: "UTC",
    "2006": lambda t: f"{t.year:04}",
    "Z07:00": lambda t: "Z",
    "-07:00": lambda t: "+00:00",
    "Z0700": lambda t: "Z",
    "-0700": lambda t: "+0000",
    "002": lambda t: f"{t.timetuple().tm_yday:03}",
    "01": lambda t: f"{t.month:02}",
    "02": lambda t: f"{t.day:02}",
    "03": lambda t: f"{(t.hour + 11) % 12 + 1:02}",
    "04": lambda t: f"{t.minute:02}",
    "05": lambda t: f"{t.second:02}",
    "06": lambda t: f"{t.year % 100:02}",
    "15": lambda t: f"{t.hour:02}",
    "_2": lambda t: f"{t.day:2}",
    "PM": lambda t: "PM" if t.hour >= 12 else "AM",
    "pm": lambda t: "pm" if t.hour >= 12 else "am",
    "1": lambda t: str(t.month),
    "2": lambda t: str(t.day),
    "3": lambda t: str((t.hour + 11) % 12 + 1),
    "4": lambda t: str(t.minute),
    "5": lambda t: str(t.second),
}
_PATTERN = re.compile(r"[.,](?:0+|9+)(?!\d)|" + "|".join(map(re.escape, _ELEMENTS)))


def go_time(time: datetime, layout: str) -> str:
    """`time` (UTC) in a Go layout. Fractions: `.000` keeps its zeros, `.999` drops them."""

    def element(match: re.Match[str]) -> str:
        text = match[0]
        if text[0] not in ".,":
            return _ELEMENTS[text](time)
        digits = f"{time.microsecond:06}000"[: len(text) - 1].ljust(len(text) - 1, "0")
        if text[1] == "0":
            return text[0] + digits
        digits = digits.rstrip("0")
        return text[0] + digits if digits else ""

    return _PATTERN.sub(element, layout)
