"""What a module is made of."""

import hashlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpkpy.errors import InvalidError
from rpkpy.wasm.binary import encode_name, encode_section, encode_u32
from rpkpy.wasm.embed import ORIGIN_SECTION, write_section
from rpkpy.wasm.inspection import inspect
from rpkpy.wasm.limits import Limits
from tests.wasm.modules import identity, transform

REGISTRY = '(import "redpanda_schema_registry" "check_abi_version_0" (func))'
OLD = '(import "redpanda_transform" "check_abi_version_1" (func))'


def vector(*entries: bytes) -> bytes:
    """A vector of the binary format."""
    return encode_u32(len(entries)) + b"".join(entries)


def test_a_transform_taken_apart() -> None:
    found = inspect(identity())
    assert (found.bytes, found.sha256) == (len(identity()), hashlib.sha256(identity()).hexdigest())
    assert (found.abi.versions, found.abi.schema_registry) == ([2], [])
    assert (found.redpanda.since, found.redpanda.because) == ("24.2", ["redpanda_transform.check_abi_version_2"])
    assert [group.module for group in found.imports] == ["redpanda_transform", "wasi_snapshot_preview1"]
    assert [(item.name, item.type) for item in found.imports[1].items] == [("proc_exit", "(i32) -> ()")]
    assert {(item.name, item.kind) for item in found.exports} == {("memory", "memory"), ("_start", "function")}
    assert (found.memory.initial_bytes, found.memory.maximum_pages, found.memory.fits) == (131_072, None, True)
    assert found.memory.room_bytes == (2 << 20) - 131_072
    assert sum(part.bytes for part in found.sections) == len(identity()) - 8  # all but magic and version
    assert (found.functions.imported, found.functions.defined) == (5, 2)
    loop, start = found.functions.largest
    assert (loop.index, loop.name, start.name) == (5, "loop", None)
    assert loop.bytes > start.bytes == 6
    assert found.problems == []
    assert found.origin is None


def test_what_brokers_do_not_have() -> None:
    imports = (
        '(import "env" "puts" (func)) (import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))'
    )
    found = inspect(transform(imports=imports + REGISTRY))
    states = {f"{group.module}.{item.name}": item.broker for group in found.imports for item in group.items}
    assert states["env.puts"] == "unknown"
    assert states["wasi_snapshot_preview1.fd_close"] == "idle"
    assert [group.module for group in found.imports][-1] == "env"
    assert [(problem.rule, problem.stage) for problem in found.problems] == [("imports", "start")]
    assert found.redpanda.undated == ["redpanda_schema_registry.check_abi_version_0"]
    assert found.abi.schema_registry == [0]


def test_the_first_interface_runs_on_older_brokers() -> None:
    found = inspect(transform(marker=OLD))
    assert (found.redpanda.since, found.redpanda.because, found.abi.versions) == ("23.3", [], [1])


def test_a_memory_that_does_not_fit() -> None:
    wasm = transform(memory='(memory (export "memory") 40 64)')
    found = inspect(wasm)
    assert (found.memory.fits, found.memory.room_bytes, found.memory.maximum_pages) == (False, -524_288, 64)
    assert inspect(wasm, Limits(memory_bytes=16 << 20)).memory.fits


def test_what_tools_wrote() -> None:
    producers = vector(
        encode_name("language") + vector(encode_name("C11") + encode_name("")),
        encode_name("processed-by") + vector(encode_name("clang") + encode_name("19.1")),
    )
    features = vector(b"+" + encode_name("simd128"), b"-" + encode_name("atomics"), b"?" + encode_name("odd"))
    origin = {"language": "c", "tools": {"zig": "0.17.1"}, "deep": [[1]]}
    wasm = identity() + encode_section(0, producers, "producers") + encode_section(0, features, "target_features")
    found = inspect(write_section(wasm, ORIGIN_SECTION, json.dumps(origin).encode()))
    assert found.producers == {"language": ["C11"], "processed-by": ["clang 19.1"]}
    assert found.features == ["simd128", "-atomics"]
    assert found.origin == {"language": "c", "tools": {"zig": "0.17.1"}, "deep": "[[1]]"}


@pytest.mark.parametrize("name", ["name", "producers", "target_features", ORIGIN_SECTION])
@given(payload=st.binary(max_size=40))
@settings(max_examples=60, deadline=None)
def test_damaged_custom_sections_are_stepped_over(name: str, payload: bytes) -> None:
    bare = transform()
    assert inspect(bare + encode_section(0, payload, name)).bytes > len(bare)


@given(cut=st.integers(0, len(identity())), at=st.integers(0, len(identity()) - 1), byte=st.integers(0, 255))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_taken_apart_or_refused(cut: int, at: int, byte: int) -> None:
    for data in (identity()[:cut], identity()[:at] + bytes([byte]) + identity()[at + 1 :]):
        try:
            assert inspect(data).bytes == len(data)
        except InvalidError as error:
            assert error.cause
            assert error.fix
