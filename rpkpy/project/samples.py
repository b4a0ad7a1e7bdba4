"""Sample records of a project: `samples/input.jsonl` and the outputs expected for them, `samples/expected.jsonl`.

One JSON object a line: `topic`, `key`, `value`, `headers` (a list of {"key", "value"}), `timestamp` (ms). Key, value
and a header's value are a string, null, or {"base64": "..."} for bytes that are not UTF-8. A field that an expected
record does not have is not compared.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rpkpy.batches.record import Record
from rpkpy.errors import ProjectError

INPUT = Path("samples/input.jsonl")
EXPECTED = Path("samples/expected.jsonl")
MAX_FILE_BYTES = 64 * 1024 * 1024

# What `rpkpy transform run --format json` prints of a record; `partition` and `offset` say nothing here.
_KEYS = frozenset(("topic", "key", "value", "headers", "timestamp", "partition", "offset"))
_MAX_TIMESTAMP_MS = 1 << 53


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected output record: its topic (None for the transform's first) and the fields that are compared."""

    topic: str | None
    fields: Mapping[str, Any] = field(default_factory=dict)


def read_records(path: Path) -> list[Record]:
    """The records of the file `path`; offsets count from 0. ProjectError, with the line, when it cannot be read."""
    return [
        Record(
            key=fields.get("key"),
            value=fields.get("value"),
            headers=fields.get("headers", ()),
            timestamp_ms=fields.get("timestamp", 0),
            offset=offset,
        )
        for offset, fields in enumerate(_lines(path))
    ]


def read_expected(path: Path) -> list[Expected]:
    """The expected records of the file `path`. ProjectError, with the line, when it cannot be read."""
    compared = ("key", "value", "headers")
    return [
        Expected(fields.get("topic"), {name: fields[name] for name in compared if name in fields})
        for fields in _lines(path)
    ]


def difference(expected: Sequence[Expected], outputs: Mapping[str, Sequence[Record]]) -> str | None:
    """What first differs between `outputs` (records by topic, the transform's first topic first) and `expected`.

    Order counts within a topic, not between topics. None when nothing differs.
    """
    default = next(iter(outputs), "")
    wanted: dict[str, list[Expected]] = {topic: [] for topic in outputs}
    for item in expected:
        wanted.setdefault(item.topic or default, []).append(item)
    for topic, items in wanted.items():
        found = outputs.get(topic, ())
        for number, (item, record) in enumerate(zip(items, found, strict=False), 1):
            for name, value in item.fields.items():
                actual = getattr(record, name)
                if actual != value:
                    return f"{topic}, record {number}: {name} is {_shown(actual)}, expected {_shown(value)}"
        if len(items) != len(found):
            return f"{topic}: {len(found)} records, expected {len(items)}"
    return None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """Each line's fields, decoded."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ProjectError(f"{path} cannot be read.", cause=error.strerror) from error
    if len(data) > MAX_FILE_BYTES:
        raise ProjectError(f"{path} is larger than {MAX_FILE_BYTES >> 20} MiB.", fix="Use fewer records.")
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip():
            try:
                yield _fields(json.loads(line))
            except (ValueError, RecursionError) as error:
                cause = error.args[0] if type(error) is ValueError else "It is not one JSON object in UTF-8."
                fix = 'A line looks like {"key": "k", "value": "v", "headers": [], "timestamp": 1735689600000}.'
                raise ProjectError(f"{path}:{number}: not a record.", cause=str(cause), fix=fix) from None


def _fields(data: object) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError("It is not a JSON object.")
    if unknown := sorted(data.keys() - _KEYS):
        raise ValueError(f"A record has no field {unknown[0]!r}.")
    return {name: _DECODERS[name](value) for name, value in data.items() if name in _DECODERS}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("`topic` is not a string.")
    return value


def content_of(value: object) -> bytes | None:
    """The bytes that a string, null or {"base64": "..."} stands for; ValueError, for a person, for anything else."""
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise ValueError('A string holds half a character; write the bytes as {"base64": "..."}.') from None
    if isinstance(value, dict) and list(value) == ["base64"] and isinstance(value["base64"], str):
        try:
            return base64.b64decode(value["base64"], validate=True)
        except (binascii.Error, ValueError):
            raise ValueError("A `base64` is none.") from None
    raise ValueError('Keys and values are a string, null or {"base64": "..."}.')


def headers_of(value: object) -> tuple[tuple[bytes, bytes | None], ...]:
    """The headers that a list of {"key", "value"} stands for; ValueError, for a person, for anything else."""
    headers = []
    for item in value if isinstance(value, list) else [None]:
        if not isinstance(item, dict) or not item.keys() <= {"key", "value"}:
            raise ValueError('`headers` is not a list of {"key": "...", "value": "..."}.')
        key = content_of(item.get("key"))
        if key is None:
            raise ValueError("A header has no key.")
        headers.append((key, content_of(item.get("value"))))
    return tuple(headers)


def _timestamp(value: object) -> int:
    if type(value) is not int or not 0 <= value < _MAX_TIMESTAMP_MS:
        raise ValueError("`timestamp` is not a number of milliseconds since 1970.")
    return value


_DECODERS: dict[str, Callable[[object], Any]] = {
    "topic": _text,
    "key": content_of,
    "value": content_of,
    "headers": headers_of,
    "timestamp": _timestamp,
}


def _shown(value: Any) -> str:
    """A key, value or headers for a message, cut to some 60 characters."""
    if value is None:
        return "null"
    if isinstance(value, bytes):
        try:
            text = json.dumps(value.decode(), ensure_ascii=False)
        except UnicodeDecodeError:
            text = f"0x{value[:32].hex()}"
    else:
        text = ", ".join(f"{key.decode('utf-8', 'replace')}={_shown(item)}" for key, item in value) or "none"
    return text if len(text) <= 60 else f"{text[:57]}..."
