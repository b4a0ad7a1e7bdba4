"""The broker's verdict on real modules and on hand-made bytes."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpkpy.wasm import abi, deploy_rules
from rpkpy.wasm.binary import PREAMBLE, encode_section, encode_u32
from rpkpy.wasm.embed import ORIGIN_SECTION, write_section
from rpkpy.wasm.limits import BROKER, Limits
from rpkpy.wasm.module import FuncType
from rpkpy.wasm.validate import Report, Verdict, check
from tests.wasm.modules import assemble, identity, padded, transform

RULES = [
    *("module", "sections", "parser-limits", "value-types", "initialisers", "limits-form", "start-function"),
    *("memory-export", "schema-registry-abi", "transform-abi", "binary-size", "features", "memory-name", "imports"),
    *("memory-maximum", "memory-count", "memory-minimum", "tables", "start-section", "write-record", "debug-info"),
    "origin",
]
WRITE = '(import "redpanda_transform" "write_record" (func (param i32 i32) (result i32)))'


def only(verdicts: Iterable[Verdict]) -> Verdict:
    (verdict,) = verdicts
    return verdict


def found(report: Report, rule: str) -> Verdict:
    return only(verdict for verdict in report.verdicts if verdict.rule == rule)


def failure(data: bytes, rule: str, limits: Limits = BROKER) -> Verdict:
    """The one failure that `data` has, which is of `rule`."""
    report = check(data, limits)
    assert not report.ok
    verdict = only(report.failures)
    assert verdict.rule == rule
    assert verdict.fix
    return verdict


def warning(data: bytes, rule: str, limits: Limits = BROKER) -> Verdict:
    report = check(data, limits)
    assert report.ok, report.failures
    assert found(report, rule).status == "warn"
    return found(report, rule)


def test_a_good_module_passes_every_rule_in_order() -> None:
    origin = b'{"language":"c","tools":{"zig":"0.17.1"},"time":"2026-11-24T03:37:00+00:00"}'
    report = check(write_section(identity(), ORIGIN_SECTION, origin))
    assert report.ok
    assert found(report, "origin").detail == "c, zig 0.17.1, 2026-11-24T03:37:00+00:00"
    stages = {verdict.rule: verdict.stage for verdict in report.verdicts}
    assert (stages["binary-size"], stages["imports"], stages["origin"]) == ("deploy", "start", "advice")
    assert [verdict.rule for verdict in report.verdicts] == RULES
    assert {verdict.status for verdict in report.verdicts} == {"ok"}


# What is no module at all.


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"package main\n", "a text"),
        (b"\0asm\x0d\0\x01\0\x07\x05", "component"),
        (b"\0asm\x02\0\0\0", "version 2"),
        (PREAMBLE + b"\x01\x05\x01\x60\x01\x01\x00", "unknown value type"),
    ],
)
def test_what_is_no_module(data: bytes, words: str) -> None:
    verdict = failure(data, "module")
    assert words in verdict.detail
    assert verdict.broker_says == "invalid WebAssembly module"
    assert [item.rule for item in check(data).verdicts] == ["module", "binary-size"]


def test_truncated_at_every_64_bytes() -> None:
    data = identity()
    for size in range(0, len(data), 64):
        report = check(data[:size])
        assert not report.ok, size
        assert report.verdicts[0].rule == "module"
        assert report.verdicts[0].broker_says in ("invalid WebAssembly module", None)


def test_only_the_engine_compares_functions_with_bodies() -> None:
    data = PREAMBLE + b"\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00"
    assert failure(data, "module").broker_says is None


# The deploy check.


def test_exception_tags() -> None:
    verdict = failure(transform("(tag (param i32))"), "sections")
    assert verdict.broker_says == "invalid WebAssembly module"
    assert "exceptions" in str(verdict.fix)


def test_parser_limits() -> None:
    params = "(param " + "i32 " * 129 + ")"
    assert "129 parameters" in failure(transform(f"(func {params})"), "parser-limits").detail
    results = "(result " + "i32 " * 65 + ") unreachable"
    assert "65 results" in failure(transform(f"(func {results})"), "parser-limits").detail
    assert check(transform("(func (param " + "i32 " * 128 + "))")).ok
    name = "é" * 257
    assert "514 bytes" in failure(transform(f'(global (export "{name}") i32 (i32.const 0))'), "parser-limits").detail
    assert check(transform(f'(global (export "{name[1:]}") i32 (i32.const 0))')).ok


def test_the_number_of_functions_and_exports_is_limited() -> None:
    most = deploy_rules.MAX_FUNCTIONS
    assert check(transform("(func)" * (most - 1))).ok  # and _start
    verdict = failure(transform("(func)" * most), "parser-limits")
    assert f"{most + 1} functions, limit {most}" in verdict.detail
    exports = "".join(f'(export "{i}" (func 1))' for i in range(deploy_rules.MAX_EXPORTS))
    assert "exports, limit 14563" in failure(transform(exports), "parser-limits").detail


def test_v128_where_the_parser_sees_it() -> None:
    assert "v128 in a signature" in failure(transform("(func (param v128))"), "value-types").detail
    constant = "(v128.const i32x4 0 0 0 0)"
    report = check(transform(f"(global v128 {constant})"))
    assert {item.rule for item in report.failures} == {"value-types", "initialisers"}
    # Inside a body nobody looks.
    assert check(transform(f"(func (local v128) (local.set 0 {constant}))")).ok


def test_initialisers_are_one_constant() -> None:
    verdict = failure(transform("(global i32 (i32.add (i32.const 1) (i32.const 2)))"), "initialisers")
    assert "0x41 0x41 0x6a" in verdict.detail
    failure(transform("(func $f) (global funcref (ref.func $f))"), "initialisers")
    assert check(
        transform("(global i32 (i32.const -5)) (global f32 (f32.const 1)) (global funcref (ref.null func))")
    ).ok


def test_limits_form_and_features() -> None:
    data = transform(memory='(memory (export "memory") i64 2)')
    assert {item.rule for item in check(data).failures} == {"limits-form", "features"}
    shared = check(transform(memory='(memory (export "memory") 2 32 shared)'))
    assert [item.rule for item in shared.failures] == ["features"]
    assert "threads" in str(shared.failures[0].broker_says)


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("", "no function _start"),
        ('(func (export "_start") (param i32))', "(i32) -> ()"),
        ('(func (export "_start") (result i32) (i32.const 0))', "() -> (i32)"),
        ('(global (export "_start") i32 (i32.const 0))', "is a global"),
        ('(func (export "_initialize"))', "reactor"),
    ],
)
def test_start_function(start: str, words: str) -> None:
    verdict = failure(transform(start=start), "start-function")
    assert words in verdict.detail
    assert verdict.broker_says == "invalid WebAssembly - missing required WASI functions"


def test_memory_export() -> None:
    says = "invalid WebAssembly - missing required WASI functions"
    assert failure(transform(memory="(memory 1)"), "memory-export").broker_says == says
    imported = check(transform(imports='(import "env" "memory" (memory 1))', memory=""))
    assert "imported" in found(imported, "memory-export").detail
    renamed = check(transform(memory='(memory (export "mem") 1)'))
    assert [item.rule for item in renamed.failures] == ["memory-export", "memory-name"]
    assert "'mem'" in renamed.failures[0].detail


def test_a_memory_under_another_name_matters_when_it_comes_first() -> None:
    verdict = failure(transform(memory='(memory (export "mem") (export "memory") 1)'), "memory-name")
    assert verdict.broker_says == 'invalid memory export name: "mem"'
    assert check(transform(memory='(memory (export "memory") (export "mem") 1)')).ok


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("", "nothing is imported from redpanda_transform"),
        ('(import "redpanda_transform" "check_abi_version_3" (func))', "check_abi_version_3"),
        ('(import "redpanda_transform" "check_abi_version_1" (func (param i32)))', "(i32) -> ()"),
        ('(import "redpanda_transform" "check_abi_version_2" (global i32))', "global"),
        (WRITE, "neither check_abi_version_1 nor"),
    ],
)
def test_transform_abi(marker: str, words: str) -> None:
    verdict = next(item for item in check(transform(marker=marker)).failures if item.rule == "transform-abi")
    assert words in verdict.detail
    assert str(verdict.broker_says).startswith(
        "Invalid WebAssembly - the binary is missing required transform functions."
    )


def test_schema_registry_abi() -> None:
    def module(name: str, type: str = "(func)") -> bytes:
        return transform(imports=f'(import "redpanda_schema_registry" "{name}" {type})')

    for data in (module("check_abi_version_1"), module("check_abi_version_0", "(func (param i32))")):
        verdict = next(item for item in check(data).failures if item.rule == "schema-registry-abi")
        assert "unsupported Schema Registry client" in str(verdict.broker_says)
    assert found(check(module("check_abi_version_0")), "schema-registry-abi").detail == "version 0"
    assert check(module("check_abi_version_0")).ok


def test_ten_mebibytes_less_and_more_by_one() -> None:
    limit = BROKER.binary_bytes
    for size in (limit - 1, limit, limit + 1):
        verdict = failure(padded(size), "binary-size")
        assert "slightly smaller" in verdict.detail
        assert f"at most {limit - 101} bytes" in verdict.detail
        assert verdict.broker_says == "Unexpected cluster error: Invalid request"
    assert check(padded(limit - 101)).ok
    failure(padded(limit - 100), "binary-size")
    assert check(padded(limit + 1), Limits(binary_bytes=16 << 20)).ok


def test_the_stored_batch_is_what_kafkas_format_makes_of_it() -> None:
    """61 bytes of batch header and one record with a 16-byte key and the header state=live, counted by hand."""
    assert deploy_rules.stored_size(0) == 61 + 1 + 3 + 1 + 16 + 1 + 1 + 1 + 5 + 1 + 4
    assert deploy_rules.stored_size(10 << 20) == (10 << 20) + 101


# The engine.


def test_sixteen_mebibytes_of_minimum_memory() -> None:
    data = transform(memory='(memory (export "memory") 257)')
    verdict = failure(data, "memory-minimum")
    assert "257 pages (16.1 MiB), limit 2 MiB" in verdict.detail
    assert verdict.broker_says == "memory minimum size of 257 pages exceeds memory limits"
    for words in (
        "data_transforms_per_function_memory_limit to 20971520",
        "restart",
        "data_transforms_per_core_memory_reservation (20 MiB) then holds 1 transform",
    ):
        assert words in str(verdict.fix)
    stated = warning(data, "memory-minimum", Limits(memory_bytes=32 << 20))
    assert "data_transforms_per_function_memory_limit at 33554432" in str(stated.fix)
    assert "holds none and must be raised to at least 33554432" in str(stated.fix)
    assert "holds 2 transforms" in str(
        warning(data, "memory-minimum", Limits(memory_bytes=32 << 20, reservation_bytes=64 << 20)).fix
    )


def test_no_room_to_grow() -> None:
    assert "memory.grow fails" in warning(transform(memory='(memory (export "memory") 32)'), "memory-minimum").detail
    assert found(check(transform(memory='(memory (export "memory") 31)')), "memory-minimum").status == "ok"


def test_memory_maximum() -> None:
    verdict = failure(transform(memory='(memory (export "memory") 1 31)'), "memory-maximum")
    assert verdict.broker_says == "unable to allocate memory within requested bounds: [1, 31]"
    warning(transform(memory='(memory (export "memory") 1 32)'), "memory-maximum")


def test_one_memory_and_one_table() -> None:
    assert failure(transform("(memory 1)"), "memory-count").broker_says == (
        "resource limit exceeded: memory count too high at 2"
    )
    failure(transform("(table 1 funcref) (table 1 funcref)"), "tables")
    verdict = failure(transform("(table 16385 funcref)"), "tables")
    assert verdict.broker_says == "table minimum size of 16385 elements exceeds table limits"
    assert found(check(transform("(table 16384 funcref)")), "tables").status == "ok"


@pytest.mark.parametrize(
    "fields",
    [
        '(memory (export "memory") 257)',
        "(memory 1) (memory 1)",
        "(table 16385 funcref)",
        "(table 1 funcref) (table 1 funcref)",
        '(memory (export "memory") 32) (table 16384 funcref)',
    ],
)
def test_an_engine_under_the_brokers_limits_says_the_same(fields: str) -> None:
    import wasmtime

    data = assemble(f"(module {fields})")
    store = wasmtime.Store(engine := wasmtime.Engine())
    store.set_limits(memory_size=BROKER.memory_bytes, table_elements=16_384, instances=1, tables=1, memories=1)
    ours = {
        item.broker_says
        for item in check(data).failures
        if item.rule in ("memory-count", "memory-minimum", "tables")  # the rest is the deploy check's
    }
    try:
        wasmtime.Instance(store, wasmtime.Module(engine, data), [])
    except wasmtime.WasmtimeError as error:
        assert str(error).strip() in ours
    else:
        assert not ours


# Imports.


@pytest.mark.parametrize(
    ("declaration", "fix"),
    [
        ('"redpanda_schema_registry" "get_schema_subject_len"', "redpanda_schema_registry.get_subject_schema_len?"),
        ('"redpanda_transform" "write_records"', "Did you mean redpanda_transform.write_record?"),
        ('"redpanda_transfrom" "write_it"', "Did you mean the module redpanda_transform?"),
        ('"env" "write_record"', "Did you mean redpanda_transform.write_record?"),
        ('"env" "abort"', "AssemblyScript"),
        ('"env" "puts"', "link what defines it"),
        ('"gojs" "runtime.wasmExit"', "GOOS=wasip1"),
        ('"wasi_unstable" "fd_pwrit"', "wasi_snapshot_preview1"),
        ('"wasi:cli/environment@0.2.0" "get-environment"', "wasm32-wasip1"),
        ('"wasi_snapshot_preview1" "proc_raise"', "signals"),
        ('"mine" "thing"', "brokers offer redpanda_transform"),
    ],
)
def test_unknown_imports(declaration: str, fix: str) -> None:
    verdict = failure(transform(imports=f"(import {declaration} (func))"), "imports")
    module, name = (part.strip('"') for part in declaration.split())
    assert verdict.broker_says == f"unknown import: `{module}::{name}` has not been defined"
    assert fix in str(verdict.fix)


def test_every_bad_import_is_listed_once() -> None:
    wrong = "".join(f'(import "env" "f{i}" (func))' for i in range(3)) + '(import "env" "f0" (func))'
    details = [item.detail for item in check(transform(imports=wrong)).failures]
    assert details == [f"env.f{i} is not offered by brokers" for i in range(3)]


def test_imports_of_a_wrong_type() -> None:
    verdict = failure(transform(imports=WRITE.replace("i32 i32", "i64")), "imports")
    assert "(i64) -> (i32), brokers have (i32, i32) -> (i32)" in verdict.detail
    verdict = failure(transform(imports='(import "redpanda_transform" "write_record" (global i32))'), "imports")
    assert "expected global, but found function" in str(verdict.broker_says)


def test_functions_that_answer_nosys_are_named() -> None:
    data = transform(imports='(import "wasi_snapshot_preview1" "fd_close" (func (param i32) (result i32)))')
    assert "1 of them always answer NOSYS (fd_close)" in found(check(data), "imports").detail


_NAMES = st.sampled_from([*abi.LINK_TABLE, ("env", "puts"), (abi.WASI, "proc_raise"), (abi.TRANSFORM, "write")])
_TYPES = st.one_of(st.none(), st.sampled_from([FuncType(), FuncType(("i64",)), FuncType(("i32",), ("i32",))]))


def _declaration(import_: tuple[tuple[str, str], FuncType | None]) -> str:
    (module, name), other = import_
    type = other or abi.LINK_TABLE.get((module, name), FuncType())
    params = f"(param {' '.join(type.params)})" if type.params else ""
    results = f"(result {' '.join(type.results)})" if type.results else ""
    return f'(import "{module}" "{name}" (func {params} {results}))'


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_NAMES, _TYPES), max_size=4))
def test_wasmtimes_linker_agrees(chosen: list[tuple[tuple[str, str], FuncType | None]]) -> None:
    """A linker that holds the link table says the same as rule `imports`, in the same words."""
    import wasmtime

    engine = wasmtime.Engine()
    linker = wasmtime.Linker(engine)
    kinds = {"i32": wasmtime.ValType.i32, "i64": wasmtime.ValType.i64}
    for (module, name), type in abi.LINK_TABLE.items():
        params, results = ([kinds[value]() for value in values] for values in (type.params, type.results))
        linker.define_func(module, name, wasmtime.FuncType(params, results), lambda *_: None)
    data = assemble(f"(module {' '.join(map(_declaration, chosen))})")
    failures = [item for item in check(data).failures if item.rule == "imports"]
    try:
        linker.instantiate(wasmtime.Store(engine), wasmtime.Module(engine, data))
    except wasmtime.WasmtimeError as error:
        said = " ".join(str(error).replace("Caused by:", " ").split())
        assert said == " ".join(str(failures[0].broker_says).replace("`: ", "` ").split())
    else:
        assert not failures


# Advice.


def test_advice() -> None:
    report = check(transform("(func $f) (start $f)"))
    assert report.ok
    assert {item.rule for item in report.warnings} == {"start-section", "write-record", "origin"}
    options = WRITE.replace("write_record", "write_record_with_options").replace("i32 i32", "i32 i32 i32 i32")
    assert found(check(transform(imports=options)), "write-record").detail == "write_record_with_options"


def test_debug_info() -> None:
    data = write_section(identity(), ".debug_info", bytes(100_000))
    assert "97.7 KiB of DWARF" in warning(data, "debug-info").detail
    assert found(check(write_section(identity(), ".debug_info", bytes(1_000))), "debug-info").status == "ok"


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b"\xff", b"[" * 100_000])
def test_an_origin_that_is_no_object(payload: bytes) -> None:
    assert "no JSON object" in warning(write_section(identity(), ORIGIN_SECTION, payload), "origin").detail


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=120), st.sampled_from([b"", PREAMBLE, identity()]), st.integers(0, 1 << 62))
def test_judges_any_bytes(tail: bytes, head: bytes, memory: int) -> None:
    report = check(head + tail, Limits(memory_bytes=max(1, memory)))
    assert report.verdicts
    assert report.ok == (not report.failures)


def test_huge_numbers_are_only_numbers() -> None:
    memory = encode_section(5, b"\x01\x05" + encode_u32(2**32 - 1) + b"\xff" * 9 + b"\x01")
    assert "memory-minimum" in {item.rule for item in check(PREAMBLE + memory).failures}
