"""Reading records: rpk's input formats, and input that does not match them."""

import io
import os
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpkpy.batches.record import Record
from rpkpy.errors import InvalidError, UsageError
from rpkpy.kafka.formats import Incoming, Printer, Reader, TopicRecord


def read(format: str, data: bytes) -> list[Incoming]:
    return list(Reader(format, io.BytesIO(data)))


@pytest.mark.parametrize(
    ("format", "data", "expected"),
    [
        ("%v\\n", b"a\nb\n", [(None, b"a"), (None, b"b")]),
        ("%v\\n", b"a\nb", [(None, b"a"), (None, b"b")]),
        ("%v\\n", b"\n", [(None, b"")]),
        ("%v\\n", b"", []),
        ("%k %v\\n", b"k1 v 1\nk2 \n", [(b"k1", b"v 1"), (b"k2", b"")]),
        ("%k:::%v;;\\n", b"a:b:::c;d;;\n", [(b"a:b", b"c;d")]),
        ("%T{4}%K{4}%V{4}%t%k%v", b"topikey1val1topikey2val2", [(b"key1", b"val1"), (b"key2", b"val2")]),
        ("%K{big16} foo %k %V %v", b"\x00\x02 foo ab 3 xyz", [(b"ab", b"xyz")]),
        ("%K{hex8}%V{little32}%k%v", b"0a\x01\x00\x00\x00keykeykey0V", [(b"keykeykey0", b"V")]),
        ("%v{hex}\\n", b"6162\n", [(None, b"ab")]),
        ("%k{base64} %v{base64raw}\\n", b"YQ== YQ\n", [(b"a", b"a")]),
        ("%v{re#...?#}\\n", b"ab\nabc\n", [(None, b"ab"), (None, b"abc")]),
        ("%k %v{json}", b'k {"a": [1, "x y"]}', [(b"k", b'{"a":[1,"x y"]}')]),
        ("%v{json}", b'{"a" : 1}\n{"b":\n"2"}\n\n', [(None, b'{"a":1}'), (None, b'{"b":"2"}')]),
        ("%v{json}\\n", b"1\n2", [(None, b"1"), (None, b"2")]),
        ("%v", b"all\nof it", [(None, b"all\nof it")]),
    ],
)
def test_formats(format: str, data: bytes, expected: list[tuple[bytes | None, bytes]]) -> None:
    assert [(record.key, record.value) for record in read(format, data)] == expected


def test_headers_topic_partition_and_timestamp() -> None:
    (record,) = read("%t %p %d %H{2}%h{ %k=%v }%v\\n", b"topic 3 1700  a=1  b= the value\n")
    assert record.topic == "topic"
    assert (record.partition, record.timestamp_ms) == (3, 1700)
    assert record.headers == ((b"a", b"1"), (b"b", b""))
    assert record.value == b"the value"


def test_a_null_and_an_empty_value_are_told_apart() -> None:
    (empty,) = read("%k,%v\\n", b",\n")
    assert (empty.key, empty.value, empty.has_key, empty.has_value) == (b"", b"", True, True)
    (null,) = read("json", b'{"key": null, "value": null}')
    assert (null.key, null.value, null.has_key, null.has_value) == (None, None, True, True)


@pytest.mark.parametrize(
    ("format", "data", "words"),
    [
        ("%k %v\\n", b"a b\nlonely", "Record 2: the input ends in its middle"),
        ("%V{big32}%v", b"\x00\x00\x00\x09short", "the input ends in its middle"),
        ("%V %v\\n", b"x abc\n", "a number is missing"),
        ("%v{hex}\\n", b"zz\n", "not hexadecimal"),
        ("%v{json}\\n", b"{nope\n", "not JSON"),
        ("%v{json}\\n", b"[" * 100_000, "nested too deeply"),
        ("json", b"[" * 100_000, "not JSON"),
        ("json", b'{"value": "v", "email": "a@b.c"}\n', "no field 'email'"),
        ("%K{1}%kX%v\\n", b"aYb\n", "where the format has b'X'"),
        ("json", b'{"value": 1}\n', "neither a string nor null"),
        ("json", b"[]\n", "not a JSON object"),
        ("json", b'{"value":"\\ud800"}\n', "not text"),
        ("%H{hex64}%h{%k:%v,}", b"ffffffffffffffff", "more than a record may have"),
    ],
)
def test_input_that_does_not_match(format: str, data: bytes, words: str) -> None:
    with pytest.raises(InvalidError) as caught:
        read(format, data)
    assert words in caught.value.message


@pytest.mark.parametrize(
    "format", ["", "%", "%k%v", "%v%V", "%v\\n%v\\n", "%h{%k}", "%x", "%V{0}%v", "%v{re#(#}", "%T{big3}%t", "%v{gzip}"]
)
def test_a_format_that_cannot_be_meant_is_refused(format: str) -> None:
    with pytest.raises(UsageError):
        Reader(format, io.BytesIO())


TEXT = st.binary(max_size=40)
RECORDS = st.builds(
    Record,
    key=TEXT,
    value=TEXT,
    headers=st.lists(st.tuples(st.text(max_size=8).map(str.encode), TEXT), max_size=4).map(tuple),
    timestamp_ms=st.integers(0, 2**62),
)


@given(st.lists(RECORDS, max_size=5))
@settings(deadline=None)
def test_sized_binary_form_reads_back(records: list[Record]) -> None:
    format = "%K{big32}%k%V{little32}%v%d{hex64}%H{big16}%h{%K{byte}%k%V{big16}%v}"
    printer = Printer.of(format)
    data = b"".join(printer(TopicRecord("t", 0, record)) for record in records)
    back = [
        Record(incoming.key, incoming.value, incoming.headers, incoming.timestamp_ms or 0)
        for incoming in read(format, data)
    ]
    assert back == records


@given(st.lists(RECORDS, max_size=5))
@settings(deadline=None)
def test_json_form_reads_back(records: list[Record]) -> None:
    printer = Printer.of("json")
    data = b"".join(printer(TopicRecord("tøpic", 7, record)) for record in records)
    back = [
        (
            incoming.topic,
            incoming.partition,
            Record(incoming.key, incoming.value, incoming.headers, incoming.timestamp_ms or 0),
        )
        for incoming in read("json", data)
    ]
    assert back == [("tøpic", 7, record) for record in records]


@given(st.text(alphabet="%{}\\kvthHKVTpd #[]rejsonhbig3216x\n4", max_size=25), st.binary(max_size=60))
@settings(deadline=None, max_examples=300)
def test_any_format_and_any_input_end_in_records_or_a_named_error(format: str, data: bytes) -> None:
    try:
        list(zip(range(200), Reader(format, io.BytesIO(data)), strict=False))
    except (UsageError, InvalidError) as error:
        assert error.message  # both outcomes are right, a third is not


def test_records_come_while_the_input_is_still_open() -> None:
    reading, writing = os.pipe()
    idle = threading.Event()
    with os.fdopen(reading, "rb") as stream:
        records = iter(Reader("%v\\n", stream, idle=idle.set))
        os.write(writing, b"first\nsec")
        assert next(records).value == b"first"

        def finish() -> None:
            idle.wait(10)
            os.write(writing, b"ond\n")
            os.close(writing)

        threading.Thread(target=finish).start()
        assert next(records).value == b"second"
        assert idle.is_set()
        assert list(records) == []
