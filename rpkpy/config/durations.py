"""Durations as Go writes them: 300ms, 1m30s, 1.5h."""

import re

_UNITS_S = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)


def parse(text: str) -> float:
    """Seconds in `text` (Go's time.ParseDuration, without a sign); ValueError where it is none."""
    text = text.strip()
    if text == "0":
        return 0.0
    total, at = 0.0, 0
    for match in _PART.finditer(text):
        if match.start() != at:
            break
        total += float(match[1]) * _UNITS_S[match[2]]
        at = match.end()
    if at != len(text) or not text:
        raise ValueError(f"{text!r} is not a duration such as 5s, 500ms or 1m30s")
    return total
