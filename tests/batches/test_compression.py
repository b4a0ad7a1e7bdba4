"""Compression as Kafka frames it, and decompression that stays within bounds."""

import gzip
import struct

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches import compression
from rpkpy.batches.compression import BadCompression

_CODECS = [name for name in compression.NAMES if name != "none"]
_TEXT = b"records, records, records. " * 40_000


@pytest.mark.parametrize("name", compression.NAMES)
@given(data=st.binary(max_size=400) | st.builds(lambda part: part * 3_000, st.binary(max_size=60)))
def test_what_is_compressed_comes_back(name: str, data: bytes) -> None:
    packed = compression.compress(name, data)
    assert compression.decompress(compression.number(name), packed) == data


@pytest.mark.parametrize("name", _CODECS)
def test_text_gets_smaller(name: str) -> None:
    assert len(compression.compress(name, _TEXT)) < len(_TEXT) / 10


@pytest.mark.parametrize("name", _CODECS)
def test_output_is_bounded(name: str) -> None:
    packed = compression.compress(name, _TEXT)
    codec = compression.number(name)
    assert compression.decompress(codec, packed, limit=len(_TEXT)) == _TEXT
    for limit in (len(_TEXT) - 1, 1_000, 0):
        with pytest.raises(BadCompression, match="larger than"):
            compression.decompress(codec, packed, limit=limit)


@pytest.mark.parametrize("name", _CODECS)
@given(data=st.data())
def test_damage_is_bad_compression_or_other_bytes(name: str, data: st.DataObject) -> None:
    packed = bytearray(compression.compress(name, _TEXT[:3_000]))
    if data.draw(st.booleans()):
        packed = packed[: data.draw(st.integers(0, len(packed) - 1))]
    else:
        packed[data.draw(st.integers(0, len(packed) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        compression.decompress(compression.number(name), bytes(packed), limit=1 << 20)
    except BadCompression as error:
        assert str(error)


@given(codec=st.integers(1, 7), data=st.binary(max_size=100))
def test_any_bytes_decompress_or_are_bad(codec: int, data: bytes) -> None:
    try:
        compression.decompress(codec, data, limit=1 << 20)
    except BadCompression as error:
        assert str(error)


def test_gzip_members_join() -> None:
    assert compression.decompress(1, gzip.compress(b"a" * 10) + gzip.compress(b"b")) == b"a" * 10 + b"b"


def test_snappy_is_framed_as_the_java_library_does_and_raw_is_read_too() -> None:
    packed = compression.compress("snappy", _TEXT)
    assert packed.startswith(b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1))
    (length,) = struct.unpack_from(">i", packed, 16)
    assert bytes(cramjam.snappy.decompress_raw(packed[20 : 20 + length])) == _TEXT[: 32 * 1024]
    assert compression.decompress(2, bytes(cramjam.snappy.compress_raw(_TEXT))) == _TEXT


def test_snappy_length_that_cannot_be_true_allocates_nothing() -> None:
    huge = b"\xff\xff\xff\xff\x07" + b"\0" * 20  # claims 2 GiB
    with pytest.raises(BadCompression):
        compression.decompress(2, huge, limit=1 << 40)


def test_lz4_blocks_are_independent() -> None:
    """Kafka's Java client refuses linked blocks."""
    packed = compression.compress("lz4", _TEXT)
    assert packed[:4] == bytes.fromhex("04224d18")
    assert packed[4] & 0x20
    assert bytes(cramjam.lz4.decompress(packed)) == _TEXT


def test_lz4_linked_blocks_are_read() -> None:
    linked = bytes(cramjam.lz4.compress(_TEXT))
    assert not linked[4] & 0x20
    assert compression.decompress(3, linked) == _TEXT


def test_unknown_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="brotli"):
        compression.compress("brotli", b"")
