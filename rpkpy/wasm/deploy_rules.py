"""What the Admin API checks when a transform is deployed, in its order.

Source: the broker's module parser (src/v/wasm/parser/parser.cc), its validate step (src/v/wasm/wasmtime.cc) and the
Admin API's texts (src/v/redpanda/admin/transform.cc). Code is neither compiled nor looked at here.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from rpkpy.wasm import abi
from rpkpy.wasm.limits import Limits
from rpkpy.wasm.module import FuncType, Module, Section
from rpkpy.wasm.sizes import format_size
from rpkpy.wasm.verdict import Verdict

INVALID_MODULE = "invalid WebAssembly module"
MISSING_WASI = "invalid WebAssembly - missing required WASI functions"
MISSING_ABI = (
    "Invalid WebAssembly - the binary is missing required transform functions. "
    "Check the broker support for the version of the Data Transforms SDK being used."
)
UNSUPPORTED_SCHEMA_REGISTRY = (
    "Invalid WebAssembly - the binary is using an unsupported Schema Registry client. "
    "Does the broker support this version of the Data Transforms Schema Registry SDK?"
)
TOO_LARGE = "Unexpected cluster error: Invalid request"

# The parser's limits. It bounds each vector to 1 MiB of decoded entries; the counts follow from the sizes of its
# structures on 64-bit machines: a signature takes 48 bytes, an import 88, an export 72, a table 12.
MAX_NAME_BYTES = 512
MAX_PARAMS = 128
MAX_RESULTS = 64
_VECTOR_BYTES = 1 << 20
MAX_FUNCTIONS = _VECTOR_BYTES // 48
MAX_IMPORTS = _VECTOR_BYTES // 88
MAX_EXPORTS = _VECTOR_BYTES // 72
MAX_ITEMS = _VECTOR_BYTES // 12

_VALUE_TYPES = frozenset(("i32", "i64", "f32", "f64", "funcref", "externref"))
# global.get, i32.const, i64.const, f32.const, f64.const, ref.null
_INITIALISERS = frozenset((0x23, 0x41, 0x42, 0x43, 0x44, 0xD0))
_TAG_SECTION = 13
# Bytes beside the module in the batch that stores it (src/v/transform/rpc): the batch header (61), then the record's
# attributes, deltas, key (a UUID), the header state=live and their lengths.
_STORED_FIXED_BYTES = 61 + 3 + 1 + 16 + 1 + 1 + 5 + 1 + 4

Rule = Callable[[Module, Limits], Iterator[Verdict]]


def stored_size(module_size: int) -> int:
    """Bytes of the record batch in which a broker stores a module of `module_size` bytes."""
    return _STORED_FIXED_BYTES + 2 * _varint_size(module_size) + module_size


def known_sections(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `sections`: only those of core WebAssembly 2.0, in order (order is the reader's part)."""
    tags = next((section for section in module.sections if section.id == _TAG_SECTION), None)
    if tags is not None or module.tags:
        where = f"section 13 at byte {tags.start}" if tags is not None else "an import"
        detail = f"exception tags ({where}), which brokers do not know"
        fix = "Compile without WebAssembly exceptions (C++: -fno-exceptions, no setjmp)."
        yield Verdict("sections", "fail", detail, INVALID_MODULE, fix)
        return
    yield Verdict("sections", "ok", ", ".join(_section_names(module.sections)))


def parser_limits(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `parser-limits`: how long names, signatures and lists may be."""
    problems = []
    for what, name in (
        *(("import module", item.module) for item in module.imports),
        *(("import", item.name) for item in module.imports),
        *(("export", item.name) for item in module.exports),
    ):
        length = len(name.encode())
        if length > MAX_NAME_BYTES:
            problems.append(f"{what} name of {length} bytes, limit {MAX_NAME_BYTES}: {name[:24]}...")
    for index, type in enumerate(module.types):
        if len(type.params) > MAX_PARAMS:
            problems.append(f"type {index} has {len(type.params)} parameters, limit {MAX_PARAMS}")
        if len(type.results) > MAX_RESULTS:
            problems.append(f"type {index} has {len(type.results)} results, limit {MAX_RESULTS}")
    for what, count, most in (
        ("types", len(module.types), MAX_FUNCTIONS),
        ("functions", len(module.functions) - module.imported("function"), MAX_FUNCTIONS),
        ("imports", len(module.imports), MAX_IMPORTS),
        ("exports", len(module.exports), MAX_EXPORTS),
        ("globals", len(module.globals) - module.imported("global"), MAX_ITEMS),
    ):
        if count > most:
            problems.append(f"{count} {what}, limit {most}")
    fix = "Use fewer dependencies, strip unused code, or split the transform."
    yield from _verdicts("parser-limits", problems, f"{len(module.functions)} functions", INVALID_MODULE, fix)


def value_types(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `value-types`: no v128 (nor anything younger) in a signature, global or table."""
    problems = []
    for index, type in enumerate(module.types):
        if not (_VALUE_TYPES.issuperset(type.params) and _VALUE_TYPES.issuperset(type.results)):
            used = sorted({*type.params, *type.results} - _VALUE_TYPES)
            problems.append(f"type {index} uses {' and '.join(used)} in a signature")
    problems += [f"global {i} is of {g.value}" for i, g in enumerate(module.globals) if g.value not in _VALUE_TYPES]
    for index, table in enumerate(module.tables):
        if table.element not in _VALUE_TYPES:
            problems.append(f"table {index} is of {table.element}")
        elif table.initialised:
            problems.append(f"table {index} has an initialiser expression")
    fix = (
        "SIMD inside functions is fine, in signatures and globals it is not: inline the functions that pass vectors, "
        "or compile without simd128."
    )
    yield from _verdicts("value-types", problems, "signatures, globals and tables", INVALID_MODULE, fix)


def initialisers(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `initialisers`: each global starts from one constant."""
    problems = []
    for index, item in enumerate(module.globals[module.imported("global") :], module.imported("global")):
        if len(item.initialiser) != 1 or item.initialiser[0] not in _INITIALISERS:
            code = " ".join(f"0x{opcode:02x}" for opcode in item.initialiser[:4])
            problems.append(f"global {index} starts from an expression ({code}), not one constant")
    fix = "Compile without extended-const and without position-independent code."
    yield from _verdicts("initialisers", problems, f"{len(module.globals)} globals", INVALID_MODULE, fix)


def limits_form(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `limits-form`: tables and memories say minimum, or minimum and maximum."""
    bounds = [("table", item.bounds) for item in module.tables] + [("memory", item.bounds) for item in module.memories]
    problems = [
        f"a {what} has limits of form 0x{item.flags:02x} (64-bit or shared)"
        for what, item in bounds
        if item.flags & 6 and not item.flags & 1
    ]
    yield from _verdicts("limits-form", problems, "tables and memories", INVALID_MODULE, "Compile for 32-bit wasm32.")


def start_function(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `start-function`: an exported function `_start` that takes and returns nothing."""
    exports = {item.name: item for item in module.exports}
    found = exports.get("_start")
    if found is not None and found.kind == "function":
        type = module.functions[found.index]
        if type == FuncType():
            yield Verdict("start-function", "ok", "_start () -> ()")
            return
        detail, fix = f"_start has the type {type}, not () -> ()", "Let the compiler make _start from main."
    elif found is not None:
        detail, fix = f"_start is a {found.kind}, not a function", "Let the compiler make _start from main."
    else:
        detail, fix = "no function _start is exported", "Build a program with a main function, not a library."
        if "_initialize" in exports:
            detail += ", but _initialize is: it is a reactor"
            fix = "Build a command: no -mexec-model=reactor (C), no -buildmode=c-shared (Go), a bin crate (Rust)."
    yield Verdict("start-function", "fail", detail, MISSING_WASI, fix)


def memory_export(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `memory-export`: a memory exported as `memory`."""
    if any(item.name == "memory" and item.kind == "memory" for item in module.exports):
        yield Verdict("memory-export", "ok", "memory")
        return
    others = [item.name for item in module.exports if item.kind == "memory"]
    if others:
        detail = f'no memory is exported as "memory" ({", ".join(map(repr, others[:4]))} is exported)'
        fix = 'Export it under the name "memory".'
    elif module.imported("memory"):
        detail, fix = "the memory is imported, not exported", "Link without --import-memory."
    else:
        detail, fix = "no memory is exported", "Link with --export-memory (compilers do by default)."
    yield Verdict("memory-export", "fail", detail, MISSING_WASI, fix)


def schema_registry_abi(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `schema-registry-abi`: a schema registry client, if any, is of version 0."""
    used = False
    for item in module.imports:
        if item.module != abi.SCHEMA_REGISTRY:
            continue
        used = True
        wrong_type = item.type != FuncType() or item.kind != "function"
        if item.name.startswith(abi.SCHEMA_REGISTRY_ABI_PREFIX) and (
            wrong_type or item.name != abi.SCHEMA_REGISTRY_ABI_MARKER
        ):
            found = f"{item.name} of type {item.type}" if wrong_type else item.name
            detail = f"imports {found}; brokers know {abi.SCHEMA_REGISTRY_ABI_MARKER} () -> ()"
            fix = "Use the schema registry SDK of the release that the broker runs."
            yield Verdict("schema-registry-abi", "fail", detail, UNSUPPORTED_SCHEMA_REGISTRY, fix)
            return
    yield Verdict("schema-registry-abi", "ok", "version 0" if used else "not used")


def transform_abi(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `transform-abi`: a marker of the transform ABI, version 1 or 2, is imported."""
    ours = [item for item in module.imports if item.module == abi.TRANSFORM]
    markers = [item for item in ours if item.name in abi.TRANSFORM_ABI_MARKERS]
    if found := [item.name for item in markers if item.kind == "function" and item.type == FuncType()]:
        versions = " and ".join(name.rpartition("_")[2] for name in sorted(found))
        yield Verdict("transform-abi", "ok", f"version {versions}")
        return
    newer = [item.name for item in ours if item.name.startswith("check_abi_version_")]
    if markers:
        detail = f"{markers[0].name} is imported as {markers[0].type}, not as a function () -> ()"
        fix = "Declare it as a function without parameters and results."
    elif newer:
        detail = f"imports {newer[0]}, brokers know version 1 and 2"
        fix = "Use a Data Transforms SDK of the release that the broker runs."
    elif ours:
        detail = f"neither {abi.TRANSFORM_ABI_MARKERS[0]} nor {abi.TRANSFORM_ABI_MARKERS[1]} is imported"
        fix = f"Import {abi.TRANSFORM}.{abi.TRANSFORM_ABI_MARKERS[1]} and call it once, as the SDKs do."
    else:
        detail = f"nothing is imported from {abi.TRANSFORM}: the program does not use the transform SDK"
        fix = "Register a callback with the SDK in main; code that is never reached is dropped by linkers."
    yield Verdict("transform-abi", "fail", detail, MISSING_ABI, fix)


def binary_size(module_size: int, limits: Limits) -> Verdict:
    """Rule `binary-size`: the batch that stores the module fits data_transforms_binary_max_size."""
    stored = stored_size(module_size)
    shown = format_size(module_size) if module_size < 1024 else f"{module_size} bytes ({format_size(module_size)})"
    if stored > limits.binary_bytes:
        most = limits.binary_bytes - (stored - module_size)
        detail = (
            f"{shown}, at most {most} bytes: the module must be slightly smaller than "
            f"{format_size(limits.binary_bytes)}, which its record batch must fit"
        )
        fix = (
            "Strip debug information and optimise for size, or raise data_transforms_binary_max_size "
            f"(now {limits.binary_bytes}, at most 128 MiB, no restart)."
        )
        return Verdict("binary-size", "fail", detail, TOO_LARGE, fix)
    return Verdict("binary-size", "ok", f"{shown} of {format_size(limits.binary_bytes)}")


DEPLOY_RULES: tuple[Rule, ...] = (
    known_sections,
    parser_limits,
    value_types,
    initialisers,
    limits_form,
    start_function,
    memory_export,
    schema_registry_abi,
    transform_abi,
)


def _verdicts(rule: str, problems: list[str], fine: str, says: str, fix: str) -> Iterator[Verdict]:
    """One verdict: `fine`, or the first problem with how many more there are."""
    if not problems:
        yield Verdict(rule, "ok", fine)
        return
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    yield Verdict(rule, "fail", problems[0] + more, says, fix)


def _section_names(sections: list[Section]) -> Iterator[str]:
    counts = Counter("custom" if section.id == 0 else section.name for section in sections)
    yield from (name if count == 1 else f"{count} {name}" for name, count in counts.items())


def _varint_size(value: int) -> int:
    """Bytes of `value` (not negative) as a zigzag varint."""
    return max(1, ((value << 1).bit_length() + 6) // 7)
