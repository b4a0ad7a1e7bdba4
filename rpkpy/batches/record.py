"""A record, as every part of rpkpy passes it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a topic.

    `key` and `value` are bytes, or None for null (a null value is a tombstone). `headers` keeps order and
    duplicates; a header's value may be null. `timestamp_ms` is milliseconds since the epoch.
    """

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...] = ()
    timestamp_ms: int = 0
    offset: int = 0
