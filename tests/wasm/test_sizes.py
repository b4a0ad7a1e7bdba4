"""Sizes as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.wasm.sizes import format_size, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("16777216", 16 << 20),
        ("16MiB", 16 << 20),
        (" 16 mib ", 16 << 20),
        ("16M", 16 << 20),
        ("16MB", 16_000_000),
        ("1.5MiB", 3 << 19),
        ("2gib", 2 << 30),
        ("64k", 65_536),
    ],
)
def test_parse(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "MiB", "1 parsec", "0.001", "1e6", "٣", "9" * 30, "1.0001MiB"])
def test_refuse(text: str) -> None:
    with pytest.raises(ValueError, match="is not a"):
        parse_size(text)


@given(st.integers(1, 1023), st.sampled_from((1 << 10, 1 << 20, 1 << 30)))
def test_whole_sizes_round_trip(count: int, unit: int) -> None:
    assert parse_size(format_size(count * unit)) == count * unit


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 bytes"), (1, "1 byte"), (2 << 20, "2 MiB"), (257 * 65536, "16.1 MiB"), (1536, "1.5 KiB")]
)
def test_format(size: int, text: str) -> None:
    assert format_size(size) == text
