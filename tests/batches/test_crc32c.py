"""CRC-32C in place, and by a copy where the C library cannot be reached."""

import ctypes

import pytest

from rpkpy.batches import crc32c


# RFC 3720, appendix B.4, and the usual check value.
@pytest.mark.parametrize(
    ("data", "checksum"),
    [(b"\0" * 32, 0x8A9136AA), (b"\xff" * 32, 0x62A8AB43), (b"123456789", 0xE3069283), (b"", 0)],
)
@pytest.mark.parametrize("function", [crc32c.at, crc32c._copying], ids=["at", "copying"])
def test_checksum(function: crc32c._Checksum, data: bytes, checksum: int) -> None:
    buffer = ctypes.create_string_buffer(data, len(data) or 1)
    assert function(ctypes.addressof(buffer), len(data)) == checksum


def test_the_c_library_is_reached_here() -> None:
    assert crc32c.at is not crc32c._copying


def test_a_range_of_a_buffer() -> None:
    data = bytearray(b"abc123456789de")
    assert crc32c.of(data, 3, 12) == crc32c.of(memoryview(data)[3:], 0, 9) == 0xE3069283
    assert crc32c.of(data, 4, 4) == 0
    for start, end in ((-1, 3), (3, 2), (0, 15)):
        with pytest.raises(ValueError, match="range"):
            crc32c.of(data, start, end)
