"""Avro to JSON and back, beside fastavro, which is an implementation of its own."""

import io
import json
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpkpy.errors import InvalidError
from rpkpy.redpanda.registry.serde.avro import AvroSerde
from rpkpy.redpanda.registry.serde.wire import zigzag
from tests.redpanda.serde.definition import definition

EVERYTHING = {
    "type": "record",
    "name": "All",
    "namespace": "a.b",
    "fields": [
        {"name": "yes", "type": "boolean"},
        {"name": "int", "type": {"type": "int", "logicalType": "date"}},
        {"name": "long", "type": "long"},
        {"name": "float", "type": "float"},
        {"name": "double", "type": ["null", "double"]},
        {"name": "bytes", "type": "bytes"},
        {"name": "text", "type": ["null", "string", "bytes"]},
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
        {"name": "again", "type": ["null", "Kind"]},
        {"name": "fixed", "type": {"type": "fixed", "name": "Two", "size": 2}},
        {"name": "list", "type": {"type": "array", "items": {"type": "map", "values": "a.b.Two"}}},
    ],
}


def serde(schema: Any, **imports: str) -> AvroSerde:
    return AvroSerde(definition("AVRO", json.dumps(schema), **imports))


latin = st.text(st.characters(max_codepoint=255))
two = st.text(st.characters(max_codepoint=255), min_size=2, max_size=2)
whole = st.integers(-(1 << 63), (1 << 63) - 1)
finite = st.floats(allow_nan=False, allow_infinity=False)


def optional(tag: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values.map(lambda value: {tag: value})


everything = st.fixed_dictionaries(
    {
        "yes": st.booleans(),
        "int": st.integers(0, 10_000),  # a date, which fastavro holds to the years of Python's
        "long": whole,
        "float": st.floats(width=32, allow_nan=False, allow_infinity=False),
        "double": optional("double", finite),
        "bytes": latin,
        "text": optional("bytes", latin) | optional("string", st.text()),
        "kind": st.sampled_from("AB"),
        "again": optional("a.b.Kind", st.sampled_from("AB")),
        "fixed": two,
        "list": st.lists(st.dictionaries(st.text(), two, max_size=3), max_size=3),
    }
)


@settings(max_examples=50, deadline=None)
@given(record=everything)
def test_bytes_are_fastavros_and_json_comes_back(record: dict[str, Any]) -> None:
    ours = serde(EVERYTHING).encode(json.dumps(record).encode())
    parsed = fastavro.parse_schema(EVERYTHING)
    native = next(iter(fastavro.json_reader(io.StringIO(json.dumps(record)), parsed)))
    theirs = io.BytesIO()
    fastavro.schemaless_writer(theirs, parsed, native)
    assert ours == theirs.getvalue()
    assert json.loads(serde(EVERYTHING).decode(ours)) == record


def test_types_that_hold_themselves() -> None:
    text = b'{"next":{"L":{"next":{"L":{"next":null}}}}}'
    assert serde(LINKED).encode(text) == b"\x02\x02\x00"
    assert serde(LINKED).decode(b"\x02\x02\x00") == text


@pytest.mark.parametrize(
    ("schema", "text", "data"),
    [
        ("long", "-64", b"\x7f"),
        ("string", '"foo"', b"\x06foo"),
        ({"type": "array", "items": "long"}, "[3,27]", b"\x04\x06\x36\x00"),
        (["null", "string"], '{"string":"a"}', b"\x02\x02a"),
        (["null", "string"], "null", b"\x00"),
        ("double", '"NaN"', b"\x00\x00\x00\x00\x00\x00\xf8\x7f"),
        ("double", '"-Infinity"', b"\x00\x00\x00\x00\x00\x00\xf0\xff"),
    ],
)
def test_the_examples_of_the_specification(schema: Any, text: str, data: bytes) -> None:
    assert serde(schema).encode(text.encode()) == data
    assert serde(schema).decode(data) == text.encode()


def test_what_json_may_leave_out() -> None:
    fields = [
        {"name": "n", "type": ["null", "long", "string"], "default": None},
        {"name": "t", "type": ["null", {"type": "long", "logicalType": "timestamp-millis"}], "default": None},
    ]
    record = serde({"type": "record", "name": "R", "fields": fields})
    assert record.encode(b"{}") == b"\x00\x00"
    assert record.encode(b'{"n": "x"}') == record.encode(b'{"n": {"string": "x"}}') == b"\x04\x02x\x00"
    assert record.encode(b'{"t": {"long.timestamp-millis": 1}}') == b"\x00\x02\x02"


def test_names_of_other_schemas() -> None:
    phone = '{"type": "record", "name": "phone", "namespace": "n", "fields": [{"name": "number", "type": "int"}]}'
    owner = serde({"type": "record", "name": "n.owner", "fields": [{"name": "home", "type": "phone"}]}, phone=phone)
    assert owner.decode(owner.encode(b'{"home":{"number":5}}')) == b'{"home":{"number":5}}'


def test_arrays_in_blocks_that_say_their_size() -> None:
    assert serde({"type": "array", "items": "int"}).decode(b"\x03\x04\x02\x04\x02\x06\x00") == b"[1,2,3]"


LINKED = {"type": "record", "name": "L", "fields": [{"name": "next", "type": ["null", "L"]}]}
LONG_NAME = {"type": "record", "name": "R", "fields": [{"name": "n" * 100_000, "type": "boolean"}]}


@pytest.mark.parametrize(
    ("schema", "data", "said"),
    [
        (LINKED, b"\x02" * 1_000_000, "nested more than"),
        ({"type": "array", "items": "null"}, zigzag(1 << 62), "larger than"),
        ({"type": "array", "items": LONG_NAME}, zigzag(10_000) + b"\x00" * 10_000 + b"\x00", "larger than"),
        ("string", zigzag(1 << 40), "ends before"),
        ("string", zigzag(-1), "ends before"),
        ("string", b"\x02\xff", "not UTF-8"),
        ("long", b"\xff" * 20, "No whole number"),
        ("int", zigzag(1 << 40), "not an int"),
        ("boolean", b"\x02", "not a boolean"),
        ("int", b"\x02\x02", "left over"),
        ("int", b"", "No whole number"),
        (["null"], b"\x08", "none of the schema's 1"),
    ],
)
def test_what_is_hostile_or_no_record_of_the_schema(schema: Any, data: bytes, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        serde(schema).decode(data)


@pytest.mark.parametrize(
    ("schema", "text", "said"),
    [
        ("int", "2147483648", "not of the type int"),
        ("int", "true", "not of the type int"),
        ("float", "1e300", "not of the type float"),
        ("bytes", '"\u0100"', "not of the type bytes"),
        (["null", "int"], '"x"', "null or int"),
        ("double", "NaN", "not JSON"),
        ("string", '"\\ud800"', "not JSON"),
        ({"type": "array", "items": "int"}, "{}", "not of the type array"),
        (EVERYTHING, "{}", "'yes' of a.b.All is missing"),
        (EVERYTHING, '{"other": 1}', "no field 'other'"),
        (LINKED, '{"next": ' * 60 + "null" + "}" * 60, "not of the type|nested"),
        ("int", "[" * 100_000, "not JSON"),
    ],
)
def test_json_that_does_not_fit(schema: Any, text: str, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        serde(schema).encode(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '"missing"',
        '["int", "int"]',
        '["int", ["string"]]',
        '{"type": "fixed", "name": "F"}',
        '{"type": "record", "name": "R"}',
        '{"type": "record", "name": "R", "fields": [{"name": "a", "type": "int"}, {"name": "a", "type": "int"}]}',
        '{"type": "array"}',
        "5",
        '{"type": ' * 500 + '"int"' + "}" * 500,
        "[" * 100_000,
    ],
)
def test_schemas_that_are_none(text: str) -> None:
    with pytest.raises(InvalidError):
        AvroSerde(definition("AVRO", text))
