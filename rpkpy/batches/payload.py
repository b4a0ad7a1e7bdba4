"""A record's payload: key, value and headers as a v2 batch stores them and as a transform reads and writes them.

Zigzag varints: key length (-1 is null) and key, value length (-1 is null) and value, header count, then for each
header its key and value in the same form (Kafka protocol, record batch magic 2; the broker's `read_next_record`).
"""

from rpkpy.batches import varint
from rpkpy.batches.record import Record

Headers = tuple[tuple[bytes, bytes | None], ...]

_NULL = varint.zigzag(-1)
_NO_HEADERS = varint.zigzag(0)


def encode(record: Record) -> bytes:
    """The payload of `record`; its timestamp and offset are the batch's to store."""
    key, value, headers = record.key, record.value, record.headers
    parts = [
        _NULL if key is None else varint.zigzag(len(key)) + key,
        _NULL if value is None else varint.zigzag(len(value)) + value,
    ]
    if not headers:
        parts.append(_NO_HEADERS)
        return b"".join(parts)
    parts.append(varint.zigzag(len(headers)))
    for name, content in headers:
        parts.append(varint.zigzag(len(name)) + name)
        parts.append(_NULL if content is None else varint.zigzag(len(content)) + content)
    return b"".join(parts)


def decode(payload: bytes) -> tuple[bytes | None, bytes | None, Headers]:
    """Key, value and headers. Raises ValueError unless `payload` is consumed exactly.

    A null header name reads as empty.
    """
    try:
        key, position = _field(payload, 0)
        value, position = _field(payload, position)
        count, position = varint.read(payload, position)
        if count < 0:
            raise ValueError("a negative header count")
        headers: Headers = ()
        if count:
            pairs = []
            for _ in range(count):
                name, position = _field(payload, position)
                content, position = _field(payload, position)
                pairs.append((name or b"", content))
            headers = tuple(pairs)
    except IndexError:
        raise ValueError("a record's payload is cut short") from None
    if position != len(payload):
        raise ValueError("bytes follow a record's headers")
    return key, value, headers


def _field(payload: bytes, position: int) -> tuple[bytes | None, int]:
    length, position = varint.read(payload, position)
    if length < 0:
        if length != -1:
            raise ValueError("a negative length")
        return None, position
    end = position + length
    if end > len(payload):
        raise IndexError
    return payload[position:end], end


def is_valid(payload: bytes) -> bool:
    """Whether `payload` is well formed and consumed exactly: the broker's test of what a transform writes.

    One difference, on purpose: a payload that ends before its header count is refused, where the broker reads the
    missing varint as 0 and stores a record that consumers cannot read.
    """
    try:
        position = 0
        for _ in ("key", "value"):
            length = payload[position]
            if length & 1:  # null
                position = _skip(payload, position)
            elif length < 0x80:
                position += 1 + (length >> 1)
            elif (high := payload[position + 1]) < 0x80:  # two bytes: most records' values
                position += 2 + ((length & 0x7F | high << 7) >> 1)
            else:
                position = _skip(payload, position)
        count, position = varint.read(payload, position)
        if count < 0:
            return False
        for _ in range(count):
            position = _skip(payload, _skip(payload, position))
    except (IndexError, ValueError):
        return False
    return position == len(payload)


def _skip(payload: bytes, position: int) -> int:
    """The position after the field at `position`; it may lie past the end, where the next read raises IndexError."""
    length, position = varint.read(payload, position)
    if length > 0:
        return position + length
    if length < -1:
        raise ValueError
    return position
