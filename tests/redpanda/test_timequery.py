"""Moments as rpk takes them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import UsageError
from rpkpy.redpanda import timequery

NOW_MS = 1_707_570_000_000  # 2024-02-10T13:00:00Z


@pytest.mark.parametrize(
    ("text", "moment_ms"),
    [
        ("now", NOW_MS),
        ("1700000003000", 1700000003000),
        ("1700000003", 1700000003000),
        ("170000000", 170000000000),
        ("2023-11-14", 1699920000000),
        ("2023-11-14T22:13:22Z", 1700000002000),
        ("2023-11-14T22:13:22.5Z", 1700000002500),
        ("2023-11-14T23:13:22+01:00", 1700000002000),
        ("2023-11-14T22:13:22", 1700000002000),
        ("-10m", NOW_MS - 600_000),
        ("-1h30m", NOW_MS - 5_400_000),
        ("1.5h", NOW_MS - 5_400_000),
        ("-2d", NOW_MS - 172_800_000),
        ("-500ms", NOW_MS - 500),
    ],
)
def test_forms(text: str, moment_ms: int) -> None:
    assert timequery.parse(text, NOW_MS, "--since") == moment_ms


@pytest.mark.parametrize("text", ["yesterday", "", "12", "-", "-h", "5x", "2023-13-01", "2023-02-30", "17000000030001"])
def test_no_moments(text: str) -> None:
    with pytest.raises(UsageError, match="--until"):
        timequery.parse(text, NOW_MS, "--until")


@given(st.text(max_size=20))
def test_any_text_gives_a_moment_or_a_usage_error(text: str) -> None:
    with contextlib.suppress(UsageError):
        assert isinstance(timequery.parse(text, NOW_MS, "--since"), int)
