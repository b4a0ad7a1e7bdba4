"""Protobuf messages by a schema that protoc compiles."""

import json

import pytest

from rpkpy.errors import InvalidError, UsageError
from rpkpy.redpanda.registry.definitions import Definition
from rpkpy.redpanda.registry.schemas import Schema
from rpkpy.redpanda.registry.serde.protobuf import ProtobufSerde
from tests.redpanda.serde.definition import definition

ORDERS = """
syntax = "proto3";
package shop;
import "google/protobuf/timestamp.proto";
import "money/amount.proto";
message Other {}
message Order {
  message Line { string article = 1; }
  int64 order_id = 1;
  repeated Line lines = 2;
  google.protobuf.Timestamp at = 3;
  money.Amount total = 4;
  Order parent = 5;
}
"""
AMOUNT = 'syntax = "proto3"; package money; message Amount { int32 cents = 1; }'


def orders(message: str = "") -> ProtobufSerde:
    return ProtobufSerde(
        Definition(7, Schema("PROTOBUF", ORDERS), (("money/amount.proto", Schema("PROTOBUF", AMOUNT)),)), message
    )


def test_messages_in_messages_imports_and_their_places() -> None:
    text = b'{"orderId":"5","lines":[{"article":"\xc3\xa4"}],"at":"2026-01-02T03:04:05Z","total":{"cents":7}}'
    serde = orders("shop.Order")
    data = serde.encode(text)
    assert data.startswith(b"\x02\x02\x08\x05")  # one number, it is 1; field 1 is 5
    assert serde.decode(data) == orders().decode(data) == text
    line = orders("shop.Order.Line").encode(b'{"article": "x"}')
    assert line == b"\x04\x02\x00\x0a\x01x"
    assert orders().decode(line) == b'{"article":"x"}'


def test_the_only_message_needs_no_name_and_several_do() -> None:
    assert ProtobufSerde(definition("PROTOBUF", AMOUNT), "").encode(b'{"cents": 1}') == b"\x00\x08\x01"
    with pytest.raises(UsageError) as caught:
        orders().encode(b"{}")
    assert caught.value.cause == "It has shop.Order, shop.Order.Line, shop.Other."
    with pytest.raises(UsageError, match="no message"):
        orders("shop.None")


@pytest.mark.parametrize(
    "text", ["{", '{"unknown": 1}', '{"orderId": "x"}', "[]", '{"parent":' * 200 + "{}" + "}" * 200]
)
def test_json_that_does_not_fit(text: str) -> None:
    with pytest.raises(InvalidError, match=r"does not fit shop\.Order|not JSON"):
        orders("shop.Order").encode(text.encode())


@pytest.mark.parametrize("data", [b"", b"\x02\x08", b"\x02\x02\x08", b"\x02\x02\x0a\xff\xff\xff\x7f"])
def test_what_is_no_message(data: bytes) -> None:
    with pytest.raises(InvalidError):
        orders().decode(data)


def test_messages_nested_without_end_are_refused() -> None:
    data = b""
    for _ in range(300):
        size = len(data)
        data = b"\x2a" + (bytes([size]) if size < 128 else bytes([size & 0x7F | 0x80, size >> 7])) + data
    with pytest.raises(InvalidError, match=r"no shop\.Order"):
        orders().decode(b"\x02\x02" + data)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("message {", "does not compile"),
        ('syntax = "proto3"; import "/etc/passwd"; message A {}', "does not compile"),
        (f'syntax = "proto3"; message A {{ int32 {"n" * 1000} = 1; }}', "a name of more than"),
    ],
)
def test_schemas_that_cannot_be_used(text: str, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        ProtobufSerde(definition("PROTOBUF", text), "")


@pytest.mark.parametrize(
    "name", ["../outside.proto", "/tmp/x.proto", "a//b", "rpkpy_schema.proto", "n" * 5000, "a\x00"]
)
def test_references_stay_in_their_folder(name: str) -> None:
    with pytest.raises(InvalidError):
        ProtobufSerde(Definition(7, Schema("PROTOBUF", AMOUNT), ((name, Schema("PROTOBUF", AMOUNT)),)), "")


def test_text_is_utf8() -> None:
    serde = ProtobufSerde(definition("PROTOBUF", 'syntax = "proto3"; message A { string s = 1; }'), "")
    assert json.loads(serde.decode(b"\x00\x0a\x02\xc3\xa4")) == {"s": "ä"}
