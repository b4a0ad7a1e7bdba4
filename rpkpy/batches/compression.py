"""Compression of a batch's records: none, gzip, snappy, lz4, zstd. Decompression cannot be made to fill memory.

The framings are Kafka's: gzip members; snappy in the Java library's blocks ("xerial"), raw snappy accepted; the LZ4
frame format; zstd frames. Codec numbers are the attributes' low three bits (Kafka protocol, record batch).
"""

import struct
import zlib

NAMES = ("none", "gzip", "snappy", "lz4", "zstd")
"""Compression types; the index is the codec's number in a batch's attributes."""

MAX_DECOMPRESSED_BYTES = 128 * 1024 * 1024
"""What one batch may grow to; Kafka's largest practical message.max.bytes is far below."""

# snappy-java's stream header: magic, version 1, compatible with 1; then blocks of (int32 length, raw snappy).
_XERIAL_MAGIC = b"\x82SNAPPY\x00"
_XERIAL_HEADER = _XERIAL_MAGIC + struct.pack(">ii", 1, 1)
_XERIAL_BLOCK_BYTES = 32 * 1024
_LENGTH = struct.Struct(">i")

# An LZ4 frame of independent 64 KiB blocks with no checksums (FLG 0x60, BD 0x40, header checksum 0x82). Kafka's Java
# client refuses frames of linked blocks, which is what liblz4 makes by default, so the frame is written here.
_LZ4_HEADER = bytes.fromhex("04224d18604082")
_LZ4_BLOCK_BYTES = 64 * 1024
_LZ4_STORED = 0x8000_0000
_LZ4_LENGTH = struct.Struct("<I")
_LZ4_END = b"\0\0\0\0"

# Level 1: level 6 costs seven times the processor time for a few per cent of size.
_GZIP_LEVEL = 1
_GZIP_WBITS = 31


class BadCompression(ValueError):
    """Compressed bytes that are corrupt, cut short, of an unknown codec, or too large once decompressed."""


def number(name: str) -> int:
    """The codec number of a compression type. Raises ValueError for an unknown one."""
    return NAMES.index(name)


def compress(name: str, data: bytes) -> bytes:
    """`data` compressed as Kafka frames it."""
    if name == "none":
        return data
    if name == "gzip":
        return zlib.compress(data, _GZIP_LEVEL, _GZIP_WBITS)
    import cramjam

    if name == "zstd":
        return bytes(cramjam.zstd.compress(data))
    if name == "lz4":
        return _lz4_frame(data)
    if name == "snappy":
        parts = [_XERIAL_HEADER]
        for start in range(0, len(data), _XERIAL_BLOCK_BYTES):
            block = bytes(cramjam.snappy.compress_raw(data[start : start + _XERIAL_BLOCK_BYTES]))
            parts += (_LENGTH.pack(len(block)), block)
        return b"".join(parts)
    raise ValueError(f"unknown compression type {name!r}")


def decompress(codec: int, data: bytes, limit: int = MAX_DECOMPRESSED_BYTES) -> bytes:
    """What `data` holds, at most `limit` bytes. `codec` is a number out of a batch's attributes.

    Raises BadCompression.
    """
    if codec == 0:
        return data
    if codec == 1:
        return _gunzip(data, limit)
    if codec == 2:
        return _unsnappy(data, limit)
    import cramjam

    if codec == 3:
        return _grow(cramjam.lz4.decompress_into, "lz4", data, limit)
    if codec == 4:
        return _grow(cramjam.zstd.decompress_into, "zstd", data, limit)
    raise BadCompression(f"compression codec {codec} does not exist")


def _too_large(limit: int) -> BadCompression:
    return BadCompression(f"a batch is larger than {limit} bytes once decompressed")


def _gunzip(data: bytes, limit: int) -> bytes:
    out: list[bytes] = []
    left = limit
    while data:
        member = zlib.decompressobj(_GZIP_WBITS)
        try:
            part = member.decompress(data, left + 1)
        except zlib.error as error:
            raise BadCompression(f"gzip: {error}") from None
        if len(part) > left:
            raise _too_large(limit)
        if not member.eof:
            raise BadCompression("gzip: the data is cut short")
        out.append(part)
        left -= len(part)
        data = member.unused_data
    return b"".join(out)


def _unsnappy(data: bytes, limit: int) -> bytes:
    if not data.startswith(_XERIAL_MAGIC):
        return _raw_snappy(data, limit)
    out: list[bytes] = []
    left = limit
    position = len(_XERIAL_HEADER)
    while position < len(data):
        if position + 4 > len(data):
            raise BadCompression("snappy: the data is cut short")
        (length,) = _LENGTH.unpack_from(data, position)
        position += 4
        if not 0 <= length <= len(data) - position:
            raise BadCompression("snappy: a block's length does not fit")
        part = _raw_snappy(data[position : position + length], left)
        out.append(part)
        left -= len(part)
        position += length
    return b"".join(out)


def _raw_snappy(data: bytes, limit: int) -> bytes:
    import cramjam

    try:
        size = cramjam.snappy.decompress_raw_len(data)
        if size > limit:
            raise _too_large(limit)
        # A byte of snappy makes at most 64 (copies of 64 bytes take three bytes, of which two are shared).
        if size > 64 * len(data):
            raise BadCompression("snappy: the stated length cannot be true")
        out = bytearray(size)
        written = cramjam.snappy.decompress_raw_into(data, out)
    except cramjam.DecompressionError as error:
        raise BadCompression(f"snappy: {error}") from None
    if written != size:
        raise BadCompression("snappy: the data is cut short")
    return bytes(out)


def _grow(decompress_into: "object", name: str, data: bytes, limit: int) -> bytes:
    """Decompress into ever larger buffers up to `limit`; frames need not say how large they are."""
    import cramjam

    size = min(limit, max(4 * len(data), 64 * 1024))
    while True:
        out = bytearray(size)
        try:
            written = decompress_into(data, out)  # type: ignore[operator]
        except cramjam.DecompressionError as error:
            # cramjam tells a full buffer from corrupt data only by Rust's text for io::ErrorKind::WriteZero.
            if "failed to write whole buffer" not in str(error):
                raise BadCompression(f"{name}: {error}") from None
            if size == limit:
                raise _too_large(limit) from None
            size = min(limit, size * 4)
        else:
            return bytes(memoryview(out)[:written])


def _lz4_frame(data: bytes) -> bytes:
    import cramjam

    parts = [_LZ4_HEADER]
    for start in range(0, len(data), _LZ4_BLOCK_BYTES):
        plain = data[start : start + _LZ4_BLOCK_BYTES]
        block = bytes(cramjam.lz4.compress_block(plain, store_size=False))
        if len(block) < len(plain):
            parts += (_LZ4_LENGTH.pack(len(block)), block)
        else:
            parts += (_LZ4_LENGTH.pack(len(plain) | _LZ4_STORED), plain)
    parts.append(_LZ4_END)
    return b"".join(parts)
