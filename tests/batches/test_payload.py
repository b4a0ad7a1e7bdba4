"""A record's key, value and headers as bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches import payload, varint
from rpkpy.batches.record import Record
from tests.batches.strategies import records


@given(records)
def test_what_is_encoded_is_decoded(record: Record) -> None:
    content = payload.encode(record)
    assert payload.decode(content) == (record.key, record.value, record.headers)
    assert payload.is_valid(content)


@given(st.binary(max_size=60))
def test_valid_is_what_can_be_decoded(content: bytes) -> None:
    try:
        payload.decode(content)
        decodes = True
    except ValueError:
        decodes = False
    assert payload.is_valid(content) == decodes


@given(records, st.data())
def test_cut_or_extended_payloads_are_invalid(record: Record, data: st.DataObject) -> None:
    content = payload.encode(record)
    cut = data.draw(st.integers(0, len(content) - 1))
    for wrong in (content[:cut], content + b"\0"):
        assert not payload.is_valid(wrong)
        with pytest.raises(ValueError, match=r"."):
            payload.decode(wrong)


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_varints_come_back(value: int) -> None:
    encoded = varint.zigzag(value)
    assert 1 <= len(encoded) <= 10
    assert varint.read(b"\xff" + encoded + b"\x01", 1) == (value, 1 + len(encoded))


@pytest.mark.parametrize(
    ("value", "encoded"), [(0, "00"), (-1, "01"), (1, "02"), (63, "7e"), (64, "8001"), (-65, "8101"), (8191, "fe7f")]
)
def test_known_varints(value: int, encoded: str) -> None:
    assert varint.zigzag(value).hex() == encoded


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff\xff"])
def test_varint_cut_short(data: bytes) -> None:
    with pytest.raises(IndexError):
        varint.read(data, 0)


@pytest.mark.parametrize("data", [b"\xff" * 9 + b"\x02", b"\x80" * 10 + b"\0"])
def test_varint_longer_than_64_bits(data: bytes) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        varint.read(data, 0)
