"""A record with its place, and its form as a JSON object."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from rpkpy.batches.record import Record
from rpkpy.errors import InvalidError

# What `to_json` prints; `offset` and `value_size` say nothing of a record to write.
_FIELDS = frozenset(("topic", "key", "value", "headers", "timestamp", "partition", "offset", "value_size"))


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A record of a topic. `leader_epoch` is -1 and `timestamp_type` 0 (CreateTime) where they are not known."""

    topic: str
    partition: int
    record: Record
    leader_epoch: int = -1
    timestamp_type: int = 0


@dataclass(slots=True)
class Incoming:
    """A record read from input. What the input does not say is None; a null key or value is None as well, told
    apart by `has_key` and `has_value`."""

    key: bytes | None = None
    value: bytes | None = None
    has_key: bool = False
    has_value: bool = False
    headers: tuple[tuple[bytes, bytes | None], ...] = ()
    topic: str | None = None
    partition: int | None = None
    timestamp_ms: int | None = None


def to_json(placed: TopicRecord, *, pretty: bool, meta_only: bool = False) -> str:
    """The record as rpk prints it: nulls left out, bytes that are not UTF-8 as `{"base64": "..."}`."""
    record = placed.record
    data: dict[str, Any] = {"topic": placed.topic}
    if record.key is not None:
        data["key"] = _to_json(record.key)
    if meta_only:
        data["value_size"] = len(record.value or b"")
    elif record.value is not None:
        data["value"] = _to_json(record.value)
    if record.headers:
        data["headers"] = [
            {"key": _to_json(key), "value": None if value is None else _to_json(value)} for key, value in record.headers
        ]
    data |= {"timestamp": record.timestamp_ms, "partition": placed.partition, "offset": record.offset}
    if pretty:
        return json.dumps(data, indent=2, ensure_ascii=False)
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def from_json(text: bytes) -> Incoming:
    """The record of one JSON object: key, value, headers, timestamp (ms), topic and partition, all optional.

    Raises InvalidError, also for a field that no record has: a line that is itself the value would lose it silently.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidError("A record is not JSON.", cause=str(error)) from error
    if not isinstance(data, dict):
        raise InvalidError("A record is not a JSON object.", cause=f"It is {text[:60].decode(errors='replace')!r}.")
    if unknown := sorted(data.keys() - _FIELDS):
        raise InvalidError(
            f"A record has no field {unknown[0]!r}.",
            cause="A line is a record: an object of key, value, headers and timestamp.",
            fix="Lines that are values themselves are read with the format '%v\\n', not json.",
        )
    headers = data.get("headers") or []
    if not isinstance(headers, list) or not all(isinstance(header, dict) for header in headers):
        raise InvalidError('"headers" is not a list of objects.', fix='Write [{"key": "...", "value": "..."}].')
    return Incoming(
        key=_from_json(data.get("key"), "key"),
        value=_from_json(data.get("value"), "value"),
        has_key="key" in data,
        has_value="value" in data,
        headers=tuple(
            (_from_json(header.get("key"), "a header's key") or b"", _from_json(header.get("value"), "a header"))
            for header in headers
        ),
        topic=_typed(data, "topic", str),
        partition=_typed(data, "partition", int),
        timestamp_ms=_typed(data, "timestamp", int),
    )


def _to_json(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}


def _from_json(value: Any, what: str) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise InvalidError(f"{what} is not text.", cause=str(error)) from error
    if isinstance(value, dict) and set(value) == {"base64"} and isinstance(value["base64"], str):
        try:
            return base64.b64decode(value["base64"], validate=True)
        except binascii.Error as error:
            raise InvalidError(f"{what} is not base64.", cause=str(error)) from error
    raise InvalidError(
        f"{what} is neither a string nor null.",
        cause=f"It is {json.dumps(value)[:60]}.",
        fix='JSON inside a value is a string: {"value": "{\\"id\\": 1}"}. Bytes are {"base64": "..."}.',
    )


def _typed(data: dict[str, Any], name: str, kind: type) -> Any:
    value = data.get(name)
    if value is None or (isinstance(value, kind) and not isinstance(value, bool)):
        return value
    raise InvalidError(f'"{name}" is not {"a string" if kind is str else "a whole number"}.')
