"""Sizes in bytes as people write them."""

import re

from rpkpy.errors import UsageError

# The range of data_transforms_per_function_memory_limit.
_LEAST_MEMORY, _MOST_MEMORY = 64 << 10, 4 << 30

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "kb": 10**3, "mb": 10**6, "gb": 10**9}
_UNITS |= {"kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}
_SIZE = re.compile(r"(\d{1,15})(?:\.(\d{1,3}))?\s*([a-z]{0,3})", re.ASCII)


def parse_size(text: str) -> int:
    """Bytes from `16777216`, `16MiB`, `16M` (also MiB) or `16MB` (10**6); a ValueError says what is wrong."""
    match = _SIZE.fullmatch(text.strip().lower())
    unit = _UNITS.get(match[3]) if match else None
    if match is None or unit is None:
        raise ValueError(f'"{text}" is not a size: write bytes, or a number with KiB, MiB or GiB')
    whole, fraction = int(match[1]), match[2] or ""
    part, rest = divmod(int(fraction.ljust(3, "0")) * unit, 1_000)
    if rest:
        raise ValueError(f'"{text}" is not a whole number of bytes')
    return whole * unit + part


def format_size(size: int) -> str:
    """`size` bytes for people: `512 bytes`, `16 KiB`, `2 MiB`, `10.5 MiB`."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            whole, rest = divmod(size, unit)
            return f"{whole} {name}" if not rest else f"{size / unit:.1f} {name}"
    return f"{size} byte{'' if size == 1 else 's'}"


def parse_memory_limit(text: str, flag: str) -> int:
    """Bytes that data_transforms_per_function_memory_limit may be set to; UsageError naming `flag` for others."""
    try:
        size = parse_size(text)
    except ValueError as error:
        raise UsageError(f"{flag}: {error}.") from None
    if not _LEAST_MEMORY <= size <= _MOST_MEMORY:
        raise UsageError(f"{flag} is {format_size(size)}.", cause="Clusters take 64 KiB to 4 GiB.")
    return size
