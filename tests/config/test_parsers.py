"""Durations and addresses: any text is either understood or refused with words."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.config import addresses, durations
from rpkpy.config.addresses import BadAddress


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5s", 5), ("0", 0), ("300ms", 0.3), ("1m30s", 90), ("1.5h", 5400), ("2h0.5m", 7230), (".5s", 0.5), ("1us", 1e-6)],
)
def test_durations(text: str, seconds: float) -> None:
    assert durations.parse(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "5", "s", "-5s", "5 s", "5x", "1s2", "one"])
def test_no_durations(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        durations.parse(text)


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    with contextlib.suppress(BadAddress):
        once = addresses.kafka(text)
        assert addresses.kafka(once) == once  # a completed address is complete
    with contextlib.suppress(BadAddress):
        once = addresses.http(text, 9644)
        assert addresses.http(once, 1) == once
    with contextlib.suppress(ValueError):
        durations.parse(text)


@pytest.mark.parametrize(
    ("text", "kafka", "http"),
    [
        ("h", "h:9092", "h:9644"),
        ("h:1", "h:1", "h:1"),
        ("[::1]", "[::1]:9092", "[::1]:9644"),
        ("[::1]:5", "[::1]:5", "[::1]:5"),
        ("https://h", "h:9092", "https://h"),
        ("HTTP://h:80/", "h:80", "http://h:80"),
    ],
)
def test_addresses(text: str, kafka: str, http: str) -> None:
    assert addresses.kafka(text) == kafka
    assert addresses.http(text, addresses.ADMIN_PORT) == http
    assert addresses.host_of(kafka) in kafka
