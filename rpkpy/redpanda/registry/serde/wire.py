"""Confluent's wire format: a zero byte, the schema's id in four, for Protobuf the message's place, the payload.

Source: Confluent's "Formats, Serializers, and Deserializers", Wire format; numbers are zigzag varints as Avro's long
("Apache Avro Specification", Binary Encoding) and Protobuf's sint64.
"""

from rpkpy.errors import InvalidError

_MAGIC = b"\x00"
_HEADER_BYTES = 5
_VARINT_BYTES = 10
_MAX_INDEXES = 50


def frame(schema_id: int, payload: bytes) -> bytes:
    """The payload behind its header."""
    return _MAGIC + schema_id.to_bytes(4, "big") + payload


def unframe(data: bytes) -> tuple[int, bytes]:
    """The schema's id and the payload. Raises InvalidError for what has no header."""
    if len(data) < _HEADER_BYTES or data[:1] != _MAGIC:
        raise InvalidError("It does not begin with a schema's id (a zero byte, then four more).")
    return int.from_bytes(data[1:_HEADER_BYTES], "big"), data[_HEADER_BYTES:]


def zigzag(number: int) -> bytes:
    """A whole number of 64 bits as a zigzag varint."""
    left, out = (number << 1) ^ (number >> 63), bytearray()
    while left > 0x7F:
        out.append(left & 0x7F | 0x80)
        left >>= 7
    out.append(left)
    return bytes(out)


def unzigzag(data: bytes, position: int) -> tuple[int, int]:
    """The number at `position`, and where it ends. Raises InvalidError."""
    number = 0
    for shift, byte in enumerate(data[position : position + _VARINT_BYTES]):
        number |= (byte & 0x7F) << 7 * shift
        if not byte & 0x80:
            if number >> 64:
                break
            return (number >> 1) ^ -(number & 1), position + shift + 1
    raise InvalidError(f"No whole number of 64 bits is at byte {position}.")


def indexes(path: tuple[int, ...]) -> bytes:
    """A message's place in its file: the index of each message from the outermost to it. The first is one byte."""
    return b"\x00" if path == (0,) else b"".join(map(zigzag, (len(path), *path)))


def unindexes(data: bytes) -> tuple[tuple[int, ...], bytes]:
    """A message's place and the message. Raises InvalidError."""
    count, position = unzigzag(data, 0)
    if not 0 <= count <= _MAX_INDEXES:
        raise InvalidError(f"A message's place is of 1 to {_MAX_INDEXES} numbers, not {count}.")
    path = []
    for _ in range(count):
        index, position = unzigzag(data, position)
        path.append(index)
    return tuple(path) or (0,), data[position:]
