"""Reading records from input by a format."""

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from rpkpy.errors import InvalidError
from rpkpy.kafka.formats.record import Incoming, from_json
from rpkpy.kafka.formats.source import Source
from rpkpy.kafka.formats.syntax import Literal, Verb, enclosed, fail, tokens

Step = Callable[[Source, "_Record"], None]

_WIDTHS = {"big64": 8, "big32": 4, "big16": 2, "big8": 1, "byte": 1}
_SIZES = {"T": "t", "K": "k", "V": "v"}
_DIGITS = re.compile(rb"\d*")
_BOOL = re.compile(rb"true|false")
_SPACE = re.compile(rb"[ \t\r\n]*")
_JSON_SPACE = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')
_MAX_HEADERS = 100_000


class _Record:
    """A record while it is being read: its parts by verb, the sizes read so far."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self.texts: dict[str, bytes] = {}
        self.numbers: dict[str, int] = {}
        self.sizes = dict(sizes)
        self.headers: list[tuple[bytes, bytes | None]] = []


class Reader:
    """The records of a stream, in a format: an iterator of Incoming.

    Raises UsageError for the format, InvalidError (naming the record) for input that does not match it. `idle` is
    called again and again while the stream has nothing to give. `json_texts` names the verbs (of k and v) that are
    JSON where the format says nothing of them.
    """

    def __init__(
        self, format: str, stream: BinaryIO, *, idle: Callable[[], None] | None = None, json_texts: str = ""
    ) -> None:
        if not format:
            raise fail(format, "It is empty.")
        self._source = Source(stream, idle)
        self._layout = None if format == "json" else _Layout(format, json_texts=json_texts)

    def __iter__(self) -> Iterator[Incoming]:
        number = 0
        while self._more():
            number += 1
            try:
                incoming = self._layout.incoming(self._source) if self._layout else self._json_line()
            except InvalidError as error:
                raise InvalidError(f"Record {number}: {error.message}", cause=error.cause, fix=error.fix) from error
            except EOFError:
                raise InvalidError(
                    f"Record {number}: the input ends in its middle.", fix="Check the input against --format."
                ) from None
            if incoming is not None:
                yield incoming

    def _more(self) -> bool:
        if self._layout and self._layout.starts_with_json:
            self._source.matching(_SPACE)
        return not self._source.exhausted

    def _json_line(self) -> Incoming | None:
        line, _ = self._source.until(b"\n")
        return from_json(line) if line.strip() else None


class _Layout:
    """A format compiled to steps."""

    def __init__(self, format: str, *, nested: bool = False, json_texts: str = "") -> None:
        self._format = format
        self._json_texts = json_texts
        self._sizes: dict[str, int] = {}
        self._steps: list[Step] = []
        seen: set[str] = set()
        parts = list(tokens(format))
        first = parts[0] if parts else None
        self.starts_with_json = isinstance(first, Verb) and self._is_json(first, sized=False)
        position = 0
        while position < len(parts):
            part = parts[position]
            following = parts[position + 1] if position + 1 < len(parts) else None
            position += 1
            if isinstance(part, Literal):
                last = position == len(parts) and position > 1 and not nested
                self._steps.append(_exact(part.data, last=last))
                continue
            if part.letter in seen:
                raise fail(format, f"%{part.letter} is given twice.")
            seen.add(part.letter)
            if part.letter in "tkv":
                sized = any(_SIZES.get(letter) == part.letter for letter in seen)
                last = position + 1 >= len(parts) and not nested
                position += self._text(part, following, sized=sized, last=last)
            elif part.letter in "TKVH":
                if part.letter.lower() in seen:
                    raise fail(format, f"%{part.letter} must come before %{part.letter.lower()}.")
                self._size(part)
            elif part.letter in "poed":
                self._steps.append(_number_step(part.letter, _number(format, part.modifier)))
            elif part.letter == "h":
                if "H" not in seen:
                    raise fail(format, "%h needs the number of headers before it: %H.")
                self._headers(part)
            else:
                raise fail(format, f"%{part.letter} is not a verb that input can have.")
        if not self._steps:
            raise fail(format, "It reads nothing.")

    def incoming(self, source: Source) -> Incoming:
        """The next record; EOFError when the input ends in its middle."""
        record = self.read(source)
        texts, numbers = record.texts, record.numbers
        topic = texts.get("t")
        return Incoming(
            key=texts.get("k"),
            value=texts.get("v"),
            has_key="k" in texts,
            has_value="v" in texts,
            headers=tuple(record.headers),
            topic=topic.decode("utf-8", "replace") if topic is not None else None,
            partition=numbers.get("p"),
            timestamp_ms=numbers.get("d"),
        )

    def read(self, source: Source) -> _Record:
        """The parts of the next record."""
        record = _Record(self._sizes)
        for step in self._steps:
            step(source, record)
        return record

    def _text(self, verb: Verb, following: Literal | Verb | None, *, sized: bool, last: bool) -> int:
        """Add the step of %t, %k or %v; the number of parts it used of what follows (its delimiter)."""
        letter, modifier = verb.letter, verb.modifier or ""
        if self._is_json(verb, sized=sized):
            self._steps.append(_json_step(letter))
            return 0
        if modifier.startswith("re") and modifier[2:3] in ("#", "[", "{"):
            if sized:
                raise fail(self._format, f"%{letter} has a size and an expression.")
            self._steps.append(_pattern_step(self._format, letter, enclosed(self._format, modifier[2:])))
            return 0
        decode = _decoder(self._format, modifier)
        if sized:
            self._steps.append(_sized_step(letter, decode))
            return 0
        if isinstance(following, Verb):
            raise fail(self._format, f"%{letter} needs a size before it or a delimiter after it.")
        self._steps.append(_delimited_step(letter, decode, following.data if following else None, last=last))
        return 1 if following else 0

    def _is_json(self, verb: Verb, *, sized: bool) -> bool:
        """Whether the text is JSON, which says itself where it ends."""
        if verb.modifier is None and not sized:
            return verb.letter in self._json_texts
        return verb.modifier == "json"

    def _size(self, verb: Verb) -> None:
        target = _SIZES.get(verb.letter, verb.letter)
        if verb.modifier is not None and verb.modifier.isascii() and verb.modifier.isdigit():
            self._sizes[target] = int(verb.modifier)
            if not self._sizes[target]:
                raise fail(self._format, f"%{verb.letter}{{0}} reads nothing.")
            return
        number = _number(self._format, verb.modifier)

        def step(source: Source, record: _Record) -> None:
            record.sizes[target] = number(source)

        self._steps.append(step)

    def _headers(self, verb: Verb) -> None:
        if verb.modifier is None:
            raise fail(self._format, "%h needs braces that say how a header is written: %h{%k=%v }.")
        inner = _Layout(verb.modifier, nested=True)

        def step(source: Source, record: _Record) -> None:
            if record.sizes["H"] > _MAX_HEADERS:
                raise InvalidError(f"{record.sizes['H']} headers are more than a record may have.")
            for _ in range(record.sizes["H"]):
                header = inner.read(source)
                record.headers.append((header.texts.get("k", b""), header.texts.get("v")))

        self._steps.append(step)


def _exact(data: bytes, *, last: bool) -> Step:
    def step(source: Source, record: _Record) -> None:
        if last and source.exhausted:  # a file's last line may lack its newline
            return
        read = source.exactly(len(data))
        if read != data:
            raise InvalidError(
                f"it has {read!r} where the format has {data!r}.", fix="Check the input against --format."
            )

    return step


def _number_step(letter: str, number: Callable[[Source], int]) -> Step:
    def step(source: Source, record: _Record) -> None:
        record.numbers[letter] = number(source)

    return step


def _delimited_step(letter: str, decode: Callable[[bytes], bytes], delimiter: bytes | None, *, last: bool) -> Step:
    def step(source: Source, record: _Record) -> None:
        if delimiter is None:
            record.texts[letter] = decode(source.rest())
            return
        data, found = source.until(delimiter)
        if not found and not last:  # likewise
            raise EOFError
        record.texts[letter] = decode(data)

    return step


def _sized_step(letter: str, decode: Callable[[bytes], bytes]) -> Step:
    def step(source: Source, record: _Record) -> None:
        record.texts[letter] = decode(source.exactly(record.sizes[letter]))

    return step


def _pattern_step(format: str, letter: str, expression: str) -> Step:
    try:
        pattern = re.compile(expression.encode())
    except re.error as error:
        raise fail(format, f"{expression} is not a regular expression: {error}.") from error

    def step(source: Source, record: _Record) -> None:
        data = source.matching(pattern)
        if data is None:
            raise InvalidError(f"%{letter} does not match {expression}.")
        record.texts[letter] = data

    return step


def _json_step(letter: str) -> Step:
    decoder = json.JSONDecoder()

    def end(data: bytes) -> int | None:
        text = data.decode("utf-8", "surrogateescape")
        start = len(text) - len(text.lstrip(" \t\r\n"))
        try:
            position = decoder.raw_decode(text, start)[1]
        except ValueError:
            return None
        except RecursionError:
            raise InvalidError(f"%{letter} is nested too deeply.") from None
        return len(text[:position].encode("utf-8", "surrogateescape"))

    def step(source: Source, record: _Record) -> None:
        try:
            data = source.json(end)
        except EOFError:
            raise InvalidError(f"%{letter} is not JSON.") from None
        record.texts[letter] = _JSON_SPACE.sub(rb"\1", data)

    return step


def _number(format: str, modifier: str | None) -> Callable[[Source], int]:
    kind = modifier or "ascii"
    if kind == "ascii":
        return _ascii
    if kind == "bool":
        return _bool
    if kind in ("hex64", "hex32", "hex16", "hex8", "hex4"):
        digits = int(kind[3:]) // 4
        return lambda source: _hex(source.exactly(digits))
    width = _WIDTHS.get(kind.replace("little", "big"))
    if width is None:
        raise fail(format, f'"{kind}" is not a way to write a number.')
    if kind.startswith("little"):
        return lambda source: int.from_bytes(source.exactly(width), "little")
    return lambda source: int.from_bytes(source.exactly(width), "big")


def _ascii(source: Source) -> int:
    digits = source.matching(_DIGITS)
    if not digits:
        raise InvalidError("a number is missing.", fix="Check the input against --format.")
    if len(digits) > 19:
        raise InvalidError(f"the number {digits[:20].decode()}... is too large.")
    return int(digits)


def _bool(source: Source) -> int:
    word = source.matching(_BOOL)
    if word is None:
        raise InvalidError("neither true nor false is there.", fix="Check the input against --format.")
    return int(word == b"true")


def _hex(data: bytes) -> int:
    try:
        return int(data, 16)
    except ValueError:
        raise InvalidError(f"{data!r} is not a hexadecimal number.") from None


def _decoder(format: str, modifier: str) -> Callable[[bytes], bytes]:
    if not modifier:
        return lambda data: data
    if modifier == "hex":
        return _unhex
    if modifier == "base64":
        return _unbase64
    if modifier == "base64raw":
        return lambda data: _unbase64(data + b"=" * (-len(data) % 4))
    raise fail(format, f'"{modifier}" is not a way to read text; there are hex, base64, base64raw, json, re[...].')


def _unhex(data: bytes) -> bytes:
    try:
        return binascii.unhexlify(data)
    except binascii.Error as error:
        raise InvalidError(f"{data[:40]!r} is not hexadecimal.", cause=str(error)) from error


def _unbase64(data: bytes) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise InvalidError(f"{data[:40]!r} is not base64.", cause=str(error)) from error
