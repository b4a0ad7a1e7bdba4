"""Printing records by a format."""

import base64
import json
import struct
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rpkpy.batches.record import Record
from rpkpy.kafka.formats.golayout import go_time
from rpkpy.kafka.formats.record import TopicRecord, to_json
from rpkpy.kafka.formats.syntax import Literal, Verb, enclosed, fail, tokens

Step = Callable[[TopicRecord], bytes]
Number = Callable[[int], bytes]
Text = Callable[[bytes], bytes]
Bounds = Callable[[str, int], tuple[int, int, int]]
"""A topic's partition's log start offset, last stable offset and high watermark."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNKNOWN = {"x": "the producer's id", "y": "the producer's epoch"}
_BOUNDS = {"[": 0, "|": 1, "]": 2}
"""The verbs of a partition's log start offset, last stable offset and high watermark, by their place in Bounds."""
_WIDTHS = {"big64": 8, "big32": 4, "big16": 2, "big8": 1, "byte": 1}


class Printer:
    """A format, ready to print records: `printer(record) -> bytes`. `%i` counts from 1."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps

    @classmethod
    def of(
        cls, format: str, *, pretty: bool = False, meta_only: bool = False, bounds: Bounds | None = None
    ) -> "Printer":
        """The printer of `format`; `pretty` and `meta_only` are for `json`, `bounds` for `%[`, `%|` and `%]`.

        Raises UsageError.
        """
        if format == "json":
            return cls([lambda placed: to_json(placed, pretty=pretty, meta_only=meta_only).encode() + b"\n"])
        return cls(_steps(format, bounds))

    def __call__(self, placed: TopicRecord) -> bytes:
        """The record, printed."""
        return b"".join([step(placed) for step in self._steps])


def _steps(format: str, bounds: Bounds | None = None) -> list[Step]:
    return [
        _literal(token.data) if isinstance(token, Literal) else _verb(format, token, bounds) for token in tokens(format)
    ]


def _literal(data: bytes) -> Step:
    return lambda placed: data


def _verb(format: str, verb: Verb, bounds: Bounds | None) -> Step:
    letter, modifier = verb.letter, verb.modifier
    texts: dict[str, Callable[[TopicRecord], bytes]] = {
        "t": lambda placed: placed.topic.encode(),
        "k": lambda placed: placed.record.key or b"",
        "v": lambda placed: placed.record.value or b"",
    }
    numbers: dict[str, Callable[[TopicRecord], int]] = {
        "T": lambda placed: len(placed.topic.encode()),
        "K": lambda placed: len(placed.record.key or b""),
        "V": lambda placed: len(placed.record.value or b""),
        "H": lambda placed: len(placed.record.headers),
        "p": lambda placed: placed.partition,
        "o": lambda placed: placed.record.offset,
        "e": lambda placed: placed.leader_epoch,
        "i": _counter(),
    }
    if letter in texts:
        text, get_text = _text(format, modifier), texts[letter]
        return lambda placed: text(get_text(placed))
    if letter in numbers:
        number, get_number = _number(format, modifier), numbers[letter]
        return lambda placed: number(get_number(placed))
    if letter == "h":
        return _headers(format, modifier)
    if letter == "d":
        time = _time(format, modifier)
        return lambda placed: time(placed.record.timestamp_ms)
    if letter == "a":
        return _attribute(format, modifier)
    if letter in _BOUNDS:
        return _bound(format, verb, bounds)
    if letter in _UNKNOWN:
        raise fail(format, f"%{letter} ({_UNKNOWN[letter]}) is not known to rpkpy's client.")
    raise fail(format, f"%{letter} is not a verb.")


def _bound(format: str, verb: Verb, bounds: Bounds | None) -> Step:
    if bounds is None:
        raise fail(format, f"%{verb.letter} (an offset of the partition) is for records of a cluster's topics.")
    number, which = _number(format, verb.modifier), _BOUNDS[verb.letter]
    return lambda placed: number(bounds(placed.topic, placed.partition)[which])


def _counter() -> Callable[[TopicRecord], int]:
    count = 0

    def following(placed: TopicRecord) -> int:
        nonlocal count
        count += 1
        return count

    return following


def _headers(format: str, modifier: str | None) -> Step:
    if modifier is None:
        raise fail(format, "%h needs braces that say how a header is printed: %h{%k=%v }.")
    inner = Printer(_steps(modifier))

    def step(placed: TopicRecord) -> bytes:
        return b"".join(inner(replace(placed, record=Record(key, value))) for key, value in placed.record.headers)

    return step


def _attribute(format: str, modifier: str | None) -> Step:
    name, _, number = (modifier or "").partition(";")
    if name != "timestamp-type":
        raise fail(format, f'%a{{{name}}}: of the attributes, rpkpy\'s client knows "timestamp-type" alone.')
    write = _number(format, number or None)
    return lambda placed: write(placed.timestamp_type)


def _number(format: str, modifier: str | None) -> Number:
    kind = modifier or "ascii"
    if kind == "ascii":
        return lambda number: b"%d" % number
    if kind == "bool":
        return lambda number: b"true" if number else b"false"
    if kind == "hex":
        return lambda number: b"%x" % (number & (1 << 64) - 1)
    if kind in ("hex64", "hex32", "hex16", "hex8", "hex4"):
        digits = int(kind[3:]) // 4
        return lambda number: b"%0*x" % (digits, number & (1 << 4 * digits) - 1)
    little = kind.startswith("little")
    width = _WIDTHS.get(kind.replace("little", "big"))
    if width is None:
        raise fail(format, f'"{kind}" is not a way to print a number.')
    order = "little" if little else "big"
    return lambda number: (number & (1 << 8 * width) - 1).to_bytes(width, order)  # type: ignore[arg-type]


def _text(format: str, modifier: str | None) -> Text:
    if modifier is None:
        return lambda data: data
    if modifier == "hex":
        return lambda data: data.hex().encode()
    if modifier == "base64":
        return base64.b64encode
    if modifier == "base64raw":
        return lambda data: base64.b64encode(data).rstrip(b"=")
    if modifier == "json":
        return lambda data: json.dumps(data.decode("utf-8", "replace"), ensure_ascii=False).encode()
    if modifier.startswith("unpack"):
        return _unpack(format, enclosed(format, modifier.removeprefix("unpack")))
    raise fail(format, f'"{modifier}" is not a way to print text; there are hex, base64, base64raw, json, unpack[...].')


def _time(format: str, modifier: str | None) -> Number:
    if modifier is not None and modifier.startswith("strftime"):
        pattern = enclosed(format, modifier.removeprefix("strftime"))
        return lambda ms: _utc(ms).strftime(pattern).encode()
    if modifier is not None and modifier.startswith("go"):
        layout = enclosed(format, modifier.removeprefix("go"))
        return lambda ms: go_time(_utc(ms), layout).encode()
    return _number(format, modifier)


def _utc(timestamp_ms: int) -> datetime:
    """The time, held within the years that datetime can say."""
    bounded = min(max(timestamp_ms, -62_135_596_800_000), 253_402_300_799_999)
    return _EPOCH + timedelta(milliseconds=bounded)


def _unpack(format: str, pattern: str) -> Text:
    """`<bBhH>iIqQc.s$x`: as Python's struct, with the byte order switched anywhere."""
    unknown = set(pattern) - set("<>xbBhHiIqQc.s$")
    if unknown:
        raise fail(format, f"unpack does not know {' '.join(sorted(unknown))}.")

    def unpack(data: bytes) -> bytes:
        order, out = ">", []
        for char in pattern:
            if char in "<>":
                order = char
            elif char == "x":
                out.append(b" ")
            elif char == "s":
                out.append(data)
                data = b""
            elif char == "$":
                if data:
                    return b"".join(out) + b"%!$(has trailing input)"
            else:
                size = 1 if char in "c." else struct.calcsize(order + char)
                if len(data) < size:
                    return b"".join(out) + b"%%!%c(too little input)" % ord(char)
                taken, data = data[:size], data[size:]
                out.append(taken if char in "c." else b"%d" % struct.unpack(order + char, taken)[0])
        return b"".join(out)

    return unpack
