"""Printing records: every verb and modifier that rpk's help names and the client can answer."""

import pytest

from rpkpy.batches.record import Record
from rpkpy.errors import UsageError
from rpkpy.kafka.formats import Printer, TopicRecord

RECORD = Record(b"key", b"va\x00lue", ((b"h1", b"\x01"), (b"h2", None)), 1_648_021_901_592, 47)
PLACED = TopicRecord("foo", 3, RECORD, leader_epoch=2)


@pytest.mark.parametrize(
    ("format", "expected"),
    [
        ("%k %v\\n", b"key va\x00lue\n"),
        ("%t/%p/%o/%e", b"foo/3/47/2"),
        ("%T,%K,%V,%H", b"3,3,6,2"),
        ("%d", b"1648021901592"),
        ("%d{strftime[%F %T]}", b"2022-03-23 07:51:41"),
        ("%d{strftime### [%F] ###}", b" [2022-03-23] "),
        ("%d{go[2006-01-02T15:04:05.000Z07:00]}", b"2022-03-23T07:51:41.592Z"),
        ("%d{go##Mon Jan _2 3:04PM##}", b"Wed Mar 23 7:51AM"),
        ("%d{hex64}", b"0000017fb5c29118"),
        ("%h{ %k=%v{hex} }", b" h1=01  h2= "),
        ("%T%t{hex}", b"3666f6f"),
        ("%v{base64}", b"dmEAbHVl"),
        ("%k{base64raw} %t{base64}", b"a2V5 Zm9v"),
        ("%v{json}", b'"va\\u0000lue"'),
        ("%V{byte}%V{big16}%V{little16}%V{hex8}%V{hex4}%V{hex}", b"\x06\x00\x06\x06\x000666"),
        ("%V{bool} %p{ascii}", b"true 3"),
        ("%%%{%}\\t\\\\\\x41", b"%{}\t\\A"),
        ("%k{unpack[ccc$]}", b"key"),
        ("%k{unpack[>H.]}", b"27493y"),
        ("%k{unpack[<H$]}", b"25963%!$(has trailing input)"),
        ("%k{unpack[q]}", b"%!q(too little input)"),
        ("%a{timestamp-type}", b"0"),
    ],
)
def test_verbs(format: str, expected: bytes) -> None:
    assert Printer.of(format)(PLACED) == expected


def test_iteration_counts_from_one() -> None:
    printer = Printer.of("%i ")
    assert [printer(PLACED) for _ in range(3)] == [b"1 ", b"2 ", b"3 "]


def test_null_key_and_value_print_as_nothing() -> None:
    assert Printer.of("[%k|%v|%K]")(TopicRecord("t", 0, Record(None, None))) == b"[||0]"


@pytest.mark.parametrize(
    "format",
    [
        "%",
        "%q",
        "%h",
        "%v{nope}",
        "%p{big128}",
        "%v{hex",
        "\\q",
        "\\x4",
        "%x",
        "%]",
        "%d{strftime%F}",
        "%a{compression}",
    ],
)
def test_a_format_that_cannot_be_meant_is_refused(format: str) -> None:
    with pytest.raises(UsageError):
        Printer.of(format)


def test_json_is_what_rpk_prints() -> None:
    assert Printer.of("json", pretty=True)(TopicRecord("t", 0, Record(b"k", b"v", (), 5, 6))) == (
        b'{\n  "topic": "t",\n  "key": "k",\n  "value": "v",\n  "timestamp": 5,\n  "partition": 0,\n  "offset": 6\n}\n'
    )


def test_json_keeps_bytes_nulls_and_headers() -> None:
    record = Record(None, b"\xff", ((b"a", None), (b"a", b"x")), 1, 2)
    assert Printer.of("json")(TopicRecord("t", 1, record)) == (
        b'{"topic":"t","value":{"base64":"/w=="},"headers":[{"key":"a","value":null},{"key":"a","value":"x"}],'
        b'"timestamp":1,"partition":1,"offset":2}\n'
    )


def test_meta_only_has_the_size() -> None:
    line = Printer.of("json", meta_only=True)(TopicRecord("t", 0, Record(b"k", b"12345", (), 5, 6)))
    assert line == b'{"topic":"t","key":"k","value_size":5,"timestamp":5,"partition":0,"offset":6}\n'
