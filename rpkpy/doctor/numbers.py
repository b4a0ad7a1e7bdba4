"""Versions as numbers."""

import re


def version_numbers(version: str) -> tuple[int, ...]:
    """The numbers that `version` begins with: (1, 96, 0) of `1.96.0 (wasm32-wasip1)`."""
    leading = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, leading.group().split("."))) if leading else ()
