# The types of the module that rpkpy builds into every Python transform, for your editor and type checker.
from collections.abc import Callable
from typing import Any

type Bytes = bytes | bytearray | memoryview | str
"""What may be written: a str is written as UTF-8."""

class Record:
    """A record. What is read is bytes; a value of None is a tombstone."""

    key: Any
    """bytes or None."""
    value: Any
    """bytes or None."""
    headers: list[tuple[Any, Any]]
    """Pairs of key and value, in order; a value may be None."""

    def __init__(
        self,
        key: Bytes | None = None,
        value: Bytes | None = None,
        headers: list[tuple[Bytes, Bytes | None]] | None = None,
    ) -> None: ...
    @property
    def timestamp(self) -> int:
        """Milliseconds since the epoch, of a record that was read. The cluster stamps what is written."""

    @property
    def offset(self) -> int:
        """The offset in its partition, of a record that was read."""

    def text(self) -> str | None:
        """The value as text. UnicodeError when it is not UTF-8."""

    def json(self) -> Any:
        """The value, parsed as JSON; objects keep the order of their keys. ValueError when it is not JSON."""

    def header(self, name: Bytes, default: Any = None) -> Any:
        """The value of the last header called `name`."""

class Event:
    @property
    def record(self) -> Record: ...

class Writer:
    def write(
        self,
        record: Record | None = None,
        *,
        key: Bytes | None = ...,
        value: Bytes | None = ...,
        headers: list[tuple[Bytes, Bytes | None]] = ...,
        to: str | None = None,
    ) -> None:
        """Write a record, with other parts where some are given, to the output topic `to` (default: the first).

        ValueError for a topic that is not an output topic of the transform.
        """

def on_record_written(callback: Callable[[Event, Writer], None]) -> Callable[[Event, Writer], None]:
    """Register the function that is called for every record that was written to the input topic."""

def to_json(value: object) -> bytes:
    """The value as JSON without spaces, in UTF-8."""
