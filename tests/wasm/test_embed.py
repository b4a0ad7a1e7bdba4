"""Custom sections written and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.wasm.binary import MalformedModule, parse
from rpkpy.wasm.embed import ORIGIN_SECTION, read_section, write_section
from tests.wasm.modules import identity


@given(st.text(max_size=40), st.binary(max_size=300))
def test_a_section_reads_as_it_was_written(name: str, payload: bytes) -> None:
    written = write_section(identity(), name, payload)
    assert read_section(written, name) == payload
    assert parse(written).functions == parse(identity()).functions


def test_writing_again_replaces() -> None:
    once = write_section(identity(), ORIGIN_SECTION, b"first")
    twice = write_section(write_section(once, "other", b"kept"), ORIGIN_SECTION, b"second, longer")
    names = [section.name for section in parse(twice).custom_sections]
    assert names == ["name", "other", ORIGIN_SECTION]
    assert read_section(twice, ORIGIN_SECTION) == b"second, longer"
    assert read_section(twice, "other") == b"kept"
    assert write_section(once, ORIGIN_SECTION, b"first") == once


def test_every_other_byte_stays_and_engines_agree() -> None:
    import wasmtime

    written = write_section(identity(), ORIGIN_SECTION, b"{}")
    assert written.startswith(identity())
    wasmtime.Module.validate(wasmtime.Engine(), written)


def test_a_missing_section_is_none() -> None:
    assert read_section(identity(), ORIGIN_SECTION) is None


@pytest.mark.parametrize("data", [b"", b"text", identity()[:100]])
def test_what_is_no_module_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedModule):
        write_section(data, "x", b"")
    with pytest.raises(MalformedModule):
        read_section(data, "x")
