"""Where the JSON object of a deploy body ends, and what is said of one that does not parse."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.host import framing
from rpkpy.host.rejection import Rejected

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8")), JSON_VALUES, max_size=4),
    st.binary(max_size=64),
    st.booleans(),
)
def test_whatever_follows_the_object_is_the_module(document: dict[str, Any], wasm: bytes, escaped: bool) -> None:
    text = json.dumps(document, ensure_ascii=escaped).encode()
    value, rest = framing.split(text + wasm)
    assert value == document
    assert bytes(rest) == wasm


@pytest.mark.parametrize("between", [b" ", b"\n", b"}", b'{"name":"x"}'])
def test_nothing_is_skipped_between_object_and_module(between: bytes) -> None:
    assert bytes(framing.split(b'{"a":1}' + between + b"\0asm")[1]) == between + b"\0asm"


def test_white_space_before_the_object_is_skipped() -> None:
    assert framing.split(b' \t\r\n{"a":"\xc3\xa9"}\0asm')[0] == {"a": "é"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 1),
        (b"  \n", 1),
        (b"\0asm", 3),
        (b"nope", 3),
        (b'{"a":NaN}', 3),
        (b'{"a":-Infinity}', 3),
        (b'{"a":}', 3),
        (b"{a:1}", 4),
        (b'{"a":1,}', 4),
        (b'{"a" 1}', 5),
        (b'{"a":1 "b":2}', 6),
        (b'{"a":1', 6),
        (b'{"a":[1 2]}', 7),
        (b'{"a":["]", 1 2]}', 7),
        (b'{"a":"\\u12x4"}', 8),
        (b'{"a":"\\ud800"}', 9),
        (b'{"a":"\\ud800\\u0041"}', 9),
        (b'{"a":"\\x41"}', 10),
        (b'{"a":"', 11),
        (b'{"a":"\n"}', 12),
        (b'{"a":' + b"9" * 5000 + b"}", 13),
        (b"[" * 100_000, 16),
    ],
)
def test_parse_errors_carry_rapidjson_codes(body: bytes, code: int) -> None:
    with pytest.raises(Rejected) as refused:
        framing.split(body)
    assert (refused.value.status, refused.value.message) == (400, f"JSON parse error: {code}")


def test_an_object_that_never_ends_is_read_within_bounds() -> None:
    with pytest.raises(Rejected, match="JSON parse error: 11"):
        framing.split(b'{"a":"' + b"x" * (framing.MAX_JSON_BYTES + 10) + b'"}')


def test_bytes_that_are_not_utf8_survive_for_the_rules_to_judge() -> None:
    value, rest = framing.split(b'{"name":"a\xff"}\0asm')
    assert value == {"name": "a\udcff"}
    assert bytes(rest) == b"\0asm"


def test_a_patch_has_nothing_after_its_object() -> None:
    assert framing.parse_all(b'{"is_paused":true} \n') == {"is_paused": True}
    with pytest.raises(Rejected, match="JSON parse error: 2"):
        framing.parse_all(b'{"is_paused":true}x')
