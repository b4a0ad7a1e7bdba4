"""Kafka's variable-length integers: zigzag, then seven bits a byte, least significant first (Kafka protocol)."""

# A 64-bit value takes at most ten bytes.
_MAX_BYTES = 10


def zigzag(value: int) -> bytes:
    """`value` (a signed 64-bit integer) as a zigzag varint of 1 to 10 bytes."""
    if 0 <= value < _TABLE_SIZE:
        return _TABLE[value]
    return _encode((value << 1) ^ (value >> 63))


def _encode(unsigned: int) -> bytes:
    out = bytearray()
    while unsigned >= 0x80:
        out.append(unsigned & 0x7F | 0x80)
        unsigned >>= 7
    out.append(unsigned)
    return bytes(out)


def read(data: bytes, position: int) -> tuple[int, int]:
    """The zigzag varint at `position` of `data`, and the position after it.

    Raises IndexError when `data` ends inside it and ValueError when it is longer than ten bytes or does not fit
    64 bits.
    """
    byte = data[position]
    position += 1
    if byte < 0x80:
        return (byte >> 1) ^ -(byte & 1), position
    unsigned = byte & 0x7F
    shift = 7
    for _ in range(_MAX_BYTES - 1):
        byte = data[position]
        position += 1
        unsigned |= (byte & 0x7F) << shift
        if byte < 0x80:
            if unsigned >> 64:
                break
            return (unsigned >> 1) ^ -(unsigned & 1), position
        shift += 7
    raise ValueError("a varint is longer than 64 bits")


# Lengths and offset deltas of ordinary records: a look-up instead of a loop.
_TABLE_SIZE = 4096
_TABLE = tuple(_encode(value << 1) for value in range(_TABLE_SIZE))
