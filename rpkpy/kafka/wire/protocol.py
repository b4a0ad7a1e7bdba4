"""Kafka's request and response bodies: the calls that are made, in which version, and how their fields are written.

Versions are the last ones before the "flexible" encoding (Kafka 2.4) or older ones that tell as much; Kafka 4 and
Redpanda answer all of them (Kafka protocol guide, "The Messages"). Integers are big endian.
"""

import struct
from collections.abc import Callable
from enum import Enum
from typing import TypeVar

from rpkpy.errors import UnreachableError

T = TypeVar("T")

MAX_SMALL_RESPONSE_BYTES = 16 * 1024 * 1024
"""Of any response but a fetch's. Metadata is of one topic at a time, which has some thousands of partitions."""


class Api(Enum):
    """The calls, as (key, version)."""

    PRODUCE = (0, 7)
    FETCH = (1, 11)
    LIST_OFFSETS = (2, 2)
    METADATA = (3, 5)
    OFFSET_COMMIT = (8, 7)
    OFFSET_FETCH = (9, 5)
    FIND_COORDINATOR = (10, 2)
    SASL_HANDSHAKE = (17, 1)
    API_VERSIONS = (18, 0)
    INIT_PRODUCER_ID = (22, 1)
    ADD_PARTITIONS_TO_TXN = (24, 1)
    ADD_OFFSETS_TO_TXN = (25, 1)
    END_TXN = (26, 1)
    TXN_OFFSET_COMMIT = (28, 2)
    SASL_AUTHENTICATE = (36, 1)


class MalformedResponse(UnreachableError):
    """An answer that is not what the protocol says; its connection is not used again."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "A broker's answer cannot be read.", cause=what, fix="Check that the address is a Kafka broker's."
        )


class Reader:
    """Reads one response, field after field. MalformedResponse where it ends early or a length does not fit."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self._data = memoryview(data)
        self._at = 0

    def _take(self, form: struct.Struct) -> int:
        end = self._at + form.size
        if end > len(self._data):
            raise MalformedResponse("It is cut short.")
        (value,) = form.unpack_from(self._data, self._at)
        self._at = end
        return int(value)

    def int8(self) -> int:
        """A signed byte."""
        return self._take(_INT8)

    def int16(self) -> int:
        """A signed 16-bit integer."""
        return self._take(_INT16)

    def int32(self) -> int:
        """A signed 32-bit integer."""
        return self._take(_INT32)

    def int64(self) -> int:
        """A signed 64-bit integer."""
        return self._take(_INT64)

    def bytes_(self) -> bytes:
        """A run of bytes with its length before it; null reads as empty."""
        return self._run(self.int32())

    def string(self) -> str:
        """A text; null reads as empty."""
        return self._run(self.int16()).decode("utf-8", "replace")

    def array(self, item: Callable[[], T]) -> list[T]:
        """As many of `item` as its count says; null reads as empty."""
        count = self.int32()
        if count > len(self._data) - self._at:  # an item takes a byte at least
            raise MalformedResponse(f"It says that {count} items follow.")
        return [item() for _ in range(count)]

    def _run(self, size: int) -> bytes:
        if size < 0:
            return b""
        if size > len(self._data) - self._at:
            raise MalformedResponse(f"A field's length is {size}, and less follows.")
        self._at += size
        return bytes(self._data[self._at - size : self._at])


_INT8, _INT16, _INT32, _INT64 = (struct.Struct(f">{code}") for code in "bhiq")


def int8(value: int) -> bytes:
    """A signed byte."""
    return _INT8.pack(value)


def int16(value: int) -> bytes:
    """A signed 16-bit integer."""
    return _INT16.pack(value)


def int32(value: int) -> bytes:
    """A signed 32-bit integer."""
    return _INT32.pack(value)


def int64(value: int) -> bytes:
    """A signed 64-bit integer."""
    return _INT64.pack(value)


def boolean(value: bool) -> bytes:
    """A byte, 0 or 1."""
    return b"\1" if value else b"\0"


def string(value: str | None) -> bytes:
    """A text with its length before it; None is null."""
    if value is None:
        return int16(-1)
    data = value.encode()
    return int16(len(data)) + data


def bytes_(value: bytes) -> bytes:
    """A run of bytes with its length before it."""
    return int32(len(value)) + value


def array(items: list[bytes]) -> bytes:
    """Items that are written already, with their count before them."""
    return int32(len(items)) + b"".join(items)
