"""The log topic of transforms: its records, its partition rule, and what the broker keeps of a guest's output.

Source: the broker's src/v/transform/logging (log_manager.cc, record_batcher, model.cc).
"""

import json
from dataclasses import dataclass
from typing import Any

from rpkpy.errors import InvalidError
from rpkpy.text import printable, well_formed

TOPIC = "_redpanda.transform_logs"
LINE_MAX_BYTES = 1_024
"""data_transforms_logging_line_max_bytes: an event's body is cut to this many bytes."""
RETENTION_MS = 24 * 60 * 60 * 1_000
RETENTION_BYTES = 2 * 1024**3

# OpenTelemetry severity numbers, as the broker writes them.
SEVERITY_INFO = 9
SEVERITY_WARN = 13
_SEVERITY_OF_FD = {1: SEVERITY_INFO, 2: SEVERITY_WARN}

_SEED = 0x9747B28C
_M = 0x5BD1E995
_U32 = 0xFFFFFFFF


class MalformedLogRecord(InvalidError):
    """A record of the log topic that does not hold a log event."""


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One write of a guest to stdout or stderr.

    `body` is what was written (newlines included), `time_ns` nanoseconds since the epoch, `severity` 9 for stdout
    and 13 for stderr, `node` the broker that ran the transform.
    """

    transform: str
    body: str
    time_ns: int
    severity: int = SEVERITY_INFO
    node: int = 0


def event_of_write(
    transform: str, fd: int, data: bytes, *, time_ns: int, node: int = 0, line_max_bytes: int = LINE_MAX_BYTES
) -> LogEvent | None:
    """The event that a guest's write of `data` to `fd` becomes, or None where the broker discards it.

    `data` is cut to `line_max_bytes`; what is then not UTF-8 (a cut can split a character) or holds an ASCII
    control character other than newline and tab is discarded whole.
    """
    severity = _SEVERITY_OF_FD.get(fd)
    if severity is None:
        return None
    try:
        body = data[:line_max_bytes].decode("utf-8")
    except UnicodeDecodeError:
        return None
    if any((char < " " or char == "\x7f") and char not in "\n\t" for char in body):
        return None
    return LogEvent(transform, body, time_ns, severity, node)


def encode_key(transform: str) -> bytes:
    """The key of a transform's log records: its name."""
    return transform.encode()


def encode(event: LogEvent) -> bytes:
    """The record value: one compact JSON object in the broker's key order, times and ints as JSON numbers."""
    value = {
        "body": {"stringValue": event.body},
        "timeUnixNano": event.time_ns,
        "severityNumber": event.severity,
        "attributes": [
            {"key": "transform_name", "value": {"stringValue": event.transform}},
            {"key": "node", "value": {"intValue": event.node}},
        ],
    }
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "replace")


def decode(value: bytes) -> LogEvent:
    """Read a record value; MalformedLogRecord where it is not a log event.

    Takes what OTLP/JSON exporters write as well: quoted numbers, absent attributes.
    """
    try:
        data: Any = json.loads(value)
        attributes = {item["key"]: item["value"] for item in data.get("attributes") or ()}
        return LogEvent(
            transform=well_formed(str(attributes.get("transform_name", {}).get("stringValue", ""))),
            body=well_formed(str((data.get("body") or {}).get("stringValue", ""))),
            time_ns=int(data.get("timeUnixNano", 0)),
            severity=int(data.get("severityNumber", SEVERITY_INFO)),
            node=int(attributes.get("node", {}).get("intValue", 0)),
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        shown = printable(value[:80].decode("utf-8", "replace"))
        raise MalformedLogRecord(f"A record of {TOPIC} is not a log event: {shown!r}.", cause=str(error)) from error


def partition(transform: str, partition_count: int) -> int:
    """The partition of a transform's events: murmur2 of its name, unsigned and unmasked, modulo the count.

    Kafka's own partitioner clears the top bit first, so the two differ where the count is no power of two.
    """
    if partition_count < 1:
        raise ValueError("a topic has at least one partition")
    return murmur2(transform.encode()) % partition_count


def murmur2(data: bytes) -> int:
    """32-bit MurmurHash2 with Kafka's seed, as an unsigned number."""
    value = (_SEED ^ len(data)) & _U32
    whole = len(data) & ~3
    for at in range(0, whole, 4):
        word = int.from_bytes(data[at : at + 4], "little") * _M & _U32
        word = (word ^ word >> 24) * _M & _U32
        value = (value * _M & _U32) ^ word
    if whole < len(data):
        value = (value ^ int.from_bytes(data[whole:], "little")) * _M & _U32
    value = (value ^ value >> 13) * _M & _U32
    return value ^ value >> 15
