"""The log topic's records against the broker's form, and its partition rule against Kafka's published vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.redpanda import transform_logs
from rpkpy.redpanda.transform_logs import LogEvent, MalformedLogRecord

# org.apache.kafka.common.utils.UtilsTest.testMurmur2, as unsigned numbers
KAFKA_MURMUR2 = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


def test_murmur2_agrees_with_kafkas_vectors() -> None:
    for text, signed in KAFKA_MURMUR2.items():
        assert transform_logs.murmur2(text.encode()) == signed % 2**32


def test_partition_does_not_mask_the_top_bit() -> None:
    unsigned = -973932308 % 2**32
    assert transform_logs.partition("21", 3) == unsigned % 3
    assert transform_logs.partition("21", 3) != (unsigned & 0x7FFFFFFF) % 3
    for count in (1, 2, 4, 8):
        assert transform_logs.partition("21", count) == (unsigned & 0x7FFFFFFF) % count


def test_partition_needs_one() -> None:
    with pytest.raises(ValueError, match="at least one"):
        transform_logs.partition("x", 0)


def test_the_brokers_form() -> None:
    event = LogEvent("up", 'quote " <&> é\ttab\n', 1700000007000123000, 9, 3)
    assert transform_logs.encode(event).decode() == (
        '{"body":{"stringValue":"quote \\" <&> é\\ttab\\n"},"timeUnixNano":1700000007000123000,"severityNumber":9,'
        '"attributes":[{"key":"transform_name","value":{"stringValue":"up"}},{"key":"node","value":{"intValue":3}}]}'
    )


@given(
    st.builds(
        LogEvent,
        transform=st.text(st.characters(exclude_categories=["Cs"])),
        body=st.text(st.characters(exclude_categories=["Cs"])),
        time_ns=st.integers(0, 2**63),
        severity=st.integers(1, 24),
        node=st.integers(0, 2**31),
    )
)
def test_decode_is_the_inverse(event: LogEvent) -> None:
    assert transform_logs.decode(transform_logs.encode(event)) == event


def test_quoted_numbers_are_taken() -> None:
    value = b'{"body":{"stringValue":"x"},"timeUnixNano":"12","severityNumber":"13","attributes":null}'
    assert transform_logs.decode(value) == LogEvent("", "x", 12, 13, 0)


@given(
    st.binary(max_size=60) | st.sampled_from([b"[]", b"3", b'{"attributes":[1]}', b'{"body":[]}', b'"x"', b"[" * 9000])
)
def test_malformed_values_are_named_and_nothing_else(value: bytes) -> None:
    try:
        transform_logs.decode(value)
    except MalformedLogRecord as error:
        assert "not a log event" in error.message


@pytest.mark.parametrize("value", [b"", b"\xff", b"[]", b"null", b'{"attributes":[1]}', b'{"timeUnixNano":"x"}'])
def test_these_are_malformed(value: bytes) -> None:
    with pytest.raises(MalformedLogRecord):
        transform_logs.decode(value)


@pytest.mark.parametrize(
    ("fd", "data", "body", "severity"),
    [
        (1, b"hello\n", "hello\n", 9),
        (2, b"a\tb", "a\tb", 13),
        (1, b"x" * 2000, "x" * 1024, 9),
        (1, b"x" * 1023 + "é".encode(), None, 0),  # the cut splits a character
        (1, b"\x1b[31mred", None, 0),
        (1, b"windows\r\n", None, 0),
        (1, b"del\x7f", None, 0),
        (1, b"\xff", None, 0),
        (3, b"no such stream", None, 0),
    ],
)
def test_what_the_broker_keeps_of_a_write(fd: int, data: bytes, body: str | None, severity: int) -> None:
    event = transform_logs.event_of_write("up", fd, data, time_ns=5, node=1)
    if body is None:
        assert event is None
    else:
        assert event == LogEvent("up", body, 5, severity, 1)
