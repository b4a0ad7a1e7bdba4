"""CRC-32C (RFC 3720), the checksum of record batches, of bytes that stand in memory of the host's own."""

import ctypes
from collections.abc import Callable

import google_crc32c

_Checksum = Callable[[int, int], int]


def _in_place() -> _Checksum | None:
    """The C function behind google_crc32c, which itself takes nothing but bytes objects; None where it is not found."""
    try:
        from google_crc32c import _crc32c

        function = ctypes.CDLL(_crc32c.__file__).crc32c_value
    except (ImportError, OSError, AttributeError):
        return None
    function.argtypes, function.restype = [ctypes.c_void_p, ctypes.c_size_t], ctypes.c_uint32
    return function


def _copying(address: int, size: int) -> int:
    return int(google_crc32c.value(ctypes.string_at(address, size)))


at: _Checksum = _in_place() or _copying
"""(address, size in bytes) -> the checksum of the bytes there."""


def of(data: bytearray | memoryview, start: int, end: int) -> int:
    """The checksum of writable `data` from `start` to `end`, without a copy."""
    if not 0 <= start <= end <= len(data):
        raise ValueError("the range is not within the data")
    return at(ctypes.addressof(ctypes.c_char.from_buffer(data, 0)) + start, end - start) if end > start else 0
