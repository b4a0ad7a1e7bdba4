"""The wire format's header and numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import InvalidError
from rpkpy.redpanda.registry.serde import wire


@given(number=st.integers(-(1 << 63), (1 << 63) - 1), after=st.binary(max_size=3))
def test_numbers_come_back(number: int, after: bytes) -> None:
    data = wire.zigzag(number)
    assert wire.unzigzag(data + after, 0) == (number, len(data))


@given(schema_id=st.integers(0, (1 << 32) - 1), payload=st.binary())
def test_headers_come_back(schema_id: int, payload: bytes) -> None:
    assert wire.unframe(wire.frame(schema_id, payload)) == (schema_id, payload)


@given(path=st.lists(st.integers(0, 1000), min_size=1, max_size=50).map(tuple), after=st.binary(max_size=3))
def test_places_come_back(path: tuple[int, ...], after: bytes) -> None:
    assert wire.unindexes(wire.indexes(path) + after) == (path, after)


def test_the_first_message_is_one_byte_also_where_others_write_three() -> None:
    assert wire.indexes((0,)) == b"\x00"
    assert wire.unindexes(b"\x02\x00x") == ((0,), b"x")


@pytest.mark.parametrize("data", [b"", b"\x00\x00\x00\x01", b'{"id": 1}'])
def test_what_has_no_header(data: bytes) -> None:
    with pytest.raises(InvalidError, match="schema's id"):
        wire.unframe(data)


@pytest.mark.parametrize("data", [b"", b"\x04\x00", wire.zigzag(1 << 40), b"\x01", b"\xff" * 9 + b"\x7f"])
def test_what_is_no_place(data: bytes) -> None:
    with pytest.raises(InvalidError):
        wire.unindexes(data)
