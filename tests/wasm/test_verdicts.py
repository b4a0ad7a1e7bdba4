"""Whole verdicts: what was found, what the broker says, what to do. Written from mutants that survived
(bench/mutation/README.md)."""

import pytest

from rpkpy.wasm import deploy_rules
from rpkpy.wasm.binary import encode_section
from rpkpy.wasm.limits import BROKER, Limits
from rpkpy.wasm.validate import Verdict, check
from tests.wasm.modules import identity, transform

INVALID = "invalid WebAssembly module"
NO_MAXIMUM = "Set no maximum: drop --max-memory (memory.max) from the linker's flags."
SDK_OF_THE_RELEASE = "Use a Data Transforms SDK of the release that the broker runs."
REGISTRY = '(import "redpanda_schema_registry" "check_abi_version_{}" ({}))'


def verdict(data: bytes, rule: str, limits: Limits = BROKER) -> Verdict:
    (found,) = [item for item in check(data, limits).verdicts if item.rule == rule]
    return found


@pytest.mark.parametrize(
    ("data", "rule", "detail"),
    [
        (identity(), "sections", "type, import, function, table, memory, global, export, element, code, data, custom"),
        (identity() + 2 * encode_section(0, b"", "n"), "sections", None),
        (transform(), "parser-limits", "2 functions"),
        (transform("(global i32 (i32.const 1))"), "initialisers", "1 globals"),
        (transform(), "schema-registry-abi", "not used"),
        (transform(imports=REGISTRY.format(0, "func")), "schema-registry-abi", "version 0"),
        (transform(), "transform-abi", "version 2"),
        (
            transform(imports='(import "redpanda_transform" "check_abi_version_1" (func))'),
            "transform-abi",
            "version 1 and 2",
        ),
        (transform(), "memory-name", "no memory under another name"),
        (transform(memory='(memory (export "memory") (export "m") 1)'), "memory-name", '"memory" comes first'),
        (transform(), "memory-count", "1"),
        (transform(), "memory-maximum", "none set"),
        (transform(), "memory-minimum", "2 pages (128 KiB) of 2 MiB"),
        (transform(), "tables", "none"),
        (transform("(table 7 funcref)"), "tables", "7 of 16384 elements"),
        (transform("(func) " * 62), "parser-limits", "64 functions"),
        (transform("(func (result" + " i32" * 64 + ") unreachable)"), "parser-limits", "3 functions"),
    ],
)
def test_what_is_fine_says_what_was_seen(data: bytes, rule: str, detail: str | None) -> None:
    found = verdict(data, rule)
    assert (found.status, found.broker_says, found.fix) == ("ok", None, None)
    assert found.detail == detail if detail else found.detail.endswith("data, 3 custom")


_ADD = "(i32.add (i32.add (i32.const 1) (i32.const 2)) (i32.const 3))"


@pytest.mark.parametrize(
    ("data", "rule", "detail", "says", "fix"),
    [
        (
            transform(imports='(import "m" "t" (tag))'),
            "sections",
            "exception tags (an import), which brokers do not know",
            INVALID,
            "Compile without WebAssembly exceptions (C++: -fno-exceptions, no setjmp).",
        ),
        (
            transform("(func (param" + " i32" * 129 + "))" + "(func (result" + " i32" * 65 + ") unreachable)"),
            "parser-limits",
            "type 1 has 129 parameters, limit 128 (and 1 more)",
            INVALID,
            "Use fewer dependencies, strip unused code, or split the transform.",
        ),
        (
            transform("(func (param v128) (result v128) unreachable)"),
            "value-types",
            "type 1 uses v128 in a signature",
            INVALID,
            "SIMD inside functions is fine, in signatures and globals it is not: inline the functions that pass "
            "vectors, or compile without simd128.",
        ),
        (
            transform(f"(global i32 {_ADD})", imports='(import "m" "g" (global i32))'),
            "initialisers",
            "global 1 starts from an expression (0x41 0x41 0x6a 0x41), not one constant",
            INVALID,
            "Compile without extended-const and without position-independent code.",
        ),
        (
            transform(memory='(memory (export "memory") i64 2)'),
            "limits-form",
            "a memory has limits of form 0x04 (64-bit or shared)",
            INVALID,
            "Compile for 32-bit wasm32.",
        ),
        (
            transform(memory='(memory (export "memory") i64 2) (memory 1)'),
            "features",
            "a memory or table is 64-bit",
            "memory64 must be enabled for 64-bit memories",
            "Compile for wasm32.",
        ),
        (
            transform(memory='(memory (export "memory") 2 32 shared)'),
            "features",
            "a memory is shared",
            "threads must be enabled for shared memories",
            "Compile without threads (atomics).",
        ),
        (
            transform(start='(func (export "_initialize"))'),
            "start-function",
            "no function _start is exported, but _initialize is: it is a reactor",
            "invalid WebAssembly - missing required WASI functions",
            "Build a command: no -mexec-model=reactor (C), no -buildmode=c-shared (Go), a bin crate (Rust).",
        ),
        (
            transform(imports=REGISTRY.format(1, "func")),
            "schema-registry-abi",
            "imports check_abi_version_1; brokers know check_abi_version_0 () -> ()",
            deploy_rules.UNSUPPORTED_SCHEMA_REGISTRY,
            "Use the schema registry SDK of the release that the broker runs.",
        ),
        (
            transform(imports=REGISTRY.format(0, "func (param i32)")),
            "schema-registry-abi",
            "imports check_abi_version_0 of type (i32) -> (); brokers know check_abi_version_0 () -> ()",
            deploy_rules.UNSUPPORTED_SCHEMA_REGISTRY,
            "Use the schema registry SDK of the release that the broker runs.",
        ),
        (
            transform(marker='(import "redpanda_transform" "check_abi_version_3" (func))'),
            "transform-abi",
            "imports check_abi_version_3, brokers know version 1 and 2",
            deploy_rules.MISSING_ABI,
            SDK_OF_THE_RELEASE,
        ),
        (
            transform(memory='(memory (export "mem") (export "memory") 1)'),
            "memory-name",
            'a memory is exported as "mem", before any "memory"',
            'invalid memory export name: "mem"',
            'Export the memory once, as "memory".',
        ),
        (
            transform("(table 16385 funcref)"),
            "tables",
            "a table of 16385 elements, limit 16384",
            "table minimum size of 16385 elements exceeds table limits",
            "Reduce functions whose address is taken (interfaces, closures, virtual methods), or split the transform.",
        ),
        (
            transform(memory='(memory (export "memory") 1 31)'),
            "memory-maximum",
            "maximum 1.9 MiB is below the 2 MiB that every transform is given",
            "unable to allocate memory within requested bounds: [1, 31]",
            NO_MAXIMUM,
        ),
        (
            transform(imports='(import "redpanda_transform" "write_record" (func (param i64) (result i32)))'),
            "imports",
            "redpanda_transform.write_record is imported as (i64) -> (i32), brokers have (i32, i32) -> (i32)",
            "incompatible import type for `redpanda_transform::write_record`: types incompatible: expected type "
            "`(func (param i64) (result i32))`, found type `(func (param i32 i32) (result i32))`",
            "Correct the declaration, or update the SDK.",
        ),
        (
            transform(imports='(import "redpanda_transform" "write_record" (func))'),
            "imports",
            "redpanda_transform.write_record is imported as () -> (), brokers have (i32, i32) -> (i32)",
            "incompatible import type for `redpanda_transform::write_record`: types incompatible: expected type "
            "`(func)`, found type `(func (param i32 i32) (result i32))`",
            "Correct the declaration, or update the SDK.",
        ),
    ],
)
def test_what_fails_says_all_of_it(data: bytes, rule: str, detail: str, says: str, fix: str) -> None:
    found = [item for item in check(data).failures if item.rule == rule]
    assert [(item.detail, item.broker_says, item.fix) for item in found] == [(detail, says, fix)]


def test_a_maximum_at_the_limit_is_a_warning_with_its_words() -> None:
    found = verdict(transform(memory='(memory (export "memory") 1 32)'), "memory-maximum")
    assert found == Verdict(
        "memory-maximum",
        "warn",
        "maximum 2 MiB is not below 2 MiB, but brokers compare pages with bytes and may refuse it",
        "unable to allocate memory within requested bounds: [1, 32]",
        NO_MAXIMUM,
        stage="start",
    )
    second = transform(memory='(memory (export "memory") 1) (memory 1 2)')
    assert verdict(second, "memory-maximum").status == "fail", "a memory without a maximum is passed over"


def test_memory_that_fits_a_larger_limit_alone() -> None:
    large = verdict(transform(memory='(memory (export "memory") 33)'), "memory-minimum", Limits(memory_bytes=4 << 20))
    assert large.detail == "33 pages (2.1 MiB) fits the stated 4 MiB, not the broker's default of 2 MiB"
    full = verdict(transform(memory='(memory (export "memory") 32)'), "memory-minimum")
    assert str(full.fix).startswith("Set data_transforms_per_function_memory_limit to 4194304 (restart needed)")


@pytest.mark.parametrize("count", [25, 26])
def test_more_than_25_unknown_imports_are_counted(count: int) -> None:
    failures = check(transform(imports="".join(f'(import "env" "f{index}" (func))' for index in range(count)))).failures
    assert len(failures) == count
    last = failures[-1]
    if count > 25:
        assert (last.detail, last.fix) == ("1 more imports are not offered by brokers", "See to the ones above first.")
    else:
        assert last.detail == "env.f24 is not offered by brokers"


def test_functions_that_answer_nosys_are_counted_and_three_named() -> None:
    imports = "".join(
        f'(import "wasi_snapshot_preview1" "{name}" (func (param i32) (result i32)))'
        for name in ("fd_sync", "fd_close", "fd_datasync")
    )
    said = "{}, all known to brokers; {} of them always answer NOSYS (fd_close, fd_datasync, fd_sync{})"
    assert verdict(transform(imports=imports), "imports").detail == said.format(4, 3, "")
    more = imports + '(import "wasi_snapshot_preview1" "sock_shutdown" (func (param i32 i32) (result i32)))'
    assert verdict(transform(imports=more), "imports").detail == said.format(5, 4, ", ...")


def test_the_size_to_the_byte() -> None:
    """A module of 1000 bytes is stored in 1000 + 101 - 4: its lengths take two bytes each instead of four."""
    exact = Limits(binary_bytes=1_000 + 97)
    assert deploy_rules.stored_size(1_000) == exact.binary_bytes
    assert deploy_rules.binary_size(1_000, exact).status == "ok"
    over = deploy_rules.binary_size(1_001, exact)
    assert over == Verdict(
        "binary-size",
        "fail",
        "1001 bytes, at most 1000 bytes: the module must be slightly smaller than 1.1 KiB, which its record batch "
        "must fit",
        "Unexpected cluster error: Invalid request",
        "Strip debug information and optimise for size, or raise data_transforms_binary_max_size (now 1097, at most "
        "128 MiB, no restart).",
    )
    assert deploy_rules.binary_size(1_023, BROKER).detail == "1023 bytes of 10 MiB"
    assert deploy_rules.binary_size(1_024, BROKER).detail == "1024 bytes (1 KiB) of 10 MiB"


@pytest.mark.parametrize(("size", "bytes_"), [(0, 1), (63, 1), (64, 2), (8_191, 2), (8_192, 3), (1 << 20, 4)])
def test_lengths_are_counted_as_zigzag_varints(size: int, bytes_: int) -> None:
    assert deploy_rules.stored_size(size) - size - deploy_rules.stored_size(0) == 2 * (bytes_ - 1)
