"""rpk's --offset language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import UsageError
from rpkpy.kafka.span import Anchor, Position, Span, parse

NOW = 1_700_000_000_000
VALENTINE = 1_644_796_800_000
START, END = Position(Anchor.START), Position(Anchor.END)


def at(offset: int) -> Position:
    return Position(Anchor.OFFSET, offset)


def when(ms: int) -> Position:
    return Position(Anchor.TIME, ms)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("start", Span(START)),
        ("oldest", Span(START)),
        ("end", Span(END)),
        ("newest", Span(END)),
        (":end", Span(START, END)),
        ("+3", Span(Position(Anchor.START, 3))),
        ("-3", Span(Position(Anchor.END, -3))),
        ("47", Span(at(47))),
        ("47:", Span(at(47))),
        (":47", Span(START, at(47))),
        ("5:9", Span(at(5), at(9))),
        ("5-9", Span(at(5), at(9))),
        ("5:end", Span(at(5), END)),
        ("start:end", Span(START, END)),
        ("@1648021901592", Span(when(1_648_021_901_592))),
        ("@1648021901", Span(when(1_648_021_901_000))),
        ("@2022-02-14:1h", Span(when(VALENTINE), when(VALENTINE + 3_600_000))),
        ("@2022-02-14T00:00:00.5Z", Span(when(VALENTINE + 500))),
        ("@2022-02-14T00:00:00Z:2022-02-14T00:00:01Z", Span(when(VALENTINE), when(VALENTINE + 1000))),
        ("@-48h:-24h", Span(when(NOW - 172_800_000), when(NOW - 86_400_000))),
        ("@-1m:end", Span(when(NOW - 60_000), END)),
        ("@:-1h", Span(START, when(NOW - 3_600_000))),
        ("@1m3ms:", Span(when(NOW + 60_003))),
    ],
)
def test_spans(text: str, span: Span) -> None:
    assert parse(text, now_ms=NOW) == span


@pytest.mark.parametrize(
    "text",
    ["", "x", ":", "9:5", "5:5", "+", "+x", "--1", "@", "@:", "@end", "@2022", "@1x", "@-1h:-2h", "@2022-13-01", "1²"],
)
def test_what_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text, now_ms=NOW)
    assert caught.value.cause


@given(st.text(alphabet="@:-+0123456789TZhmsend.startx", max_size=24))
def test_any_text_is_a_span_or_a_named_error(text: str) -> None:
    try:
        span = parse(text, now_ms=NOW)
    except UsageError:
        return
    assert isinstance(span.start.value, int)
