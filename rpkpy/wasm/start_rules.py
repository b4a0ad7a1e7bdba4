"""What a broker's engine checks when it creates a transform's processors, after the deploy was accepted.

A module that fails here is deployed, its partitions stay `unknown` in `list`, and the broker tries again every 30 s.
Source: src/v/wasm/wasmtime.cc (linker, memory limits, store limits) and src/v/wasm/allocator.cc; the texts of the
linker and the store are wasmtime's own.
"""

import difflib
from collections.abc import Iterator

from rpkpy.wasm import abi
from rpkpy.wasm.deploy_rules import Rule
from rpkpy.wasm.limits import BROKER, MAX_TABLE_ELEMENTS, WASM_PAGE_BYTES, Limits
from rpkpy.wasm.module import FuncType, Import, Module
from rpkpy.wasm.sizes import format_size
from rpkpy.wasm.verdict import Verdict

# What an unknown import's module tells about how the program was built.
_FOREIGN_MODULES = {
    "env": "The linker left it undefined: link what defines it, and drop --allow-undefined.",
    "wasi_unstable": "Built for an old WASI: use a compiler for wasi_snapshot_preview1 (wasip1).",
    "go": "Built for browsers: use GOOS=wasip1.",
    "gojs": "Built for browsers: use GOOS=wasip1.",
    "wbg": "Built for browsers: drop wasm-bindgen and the crates that need it (getrandom's js, chrono's wasmbind).",
    "__wbindgen_placeholder__": "Built for browsers: drop wasm-bindgen and the crates that need it.",
    "wasi": "Built for WASI threads, which brokers do not have: build without threads.",
}
# Unknown imports that are named one by one.
_MAX_LISTED = 25
_LIMIT_STEP_BYTES = 4 << 20
_GROWTH_BYTES = 1 << 20
_NO_MORE_THAN_WASI = "Brokers have no files, no sockets and no signals: avoid what needs it."


def features(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `features`: nothing that the broker's engine is configured without."""
    flags = 0
    for bounds in (*(item.bounds for item in module.memories), *(item.bounds for item in module.tables)):
        flags |= bounds.flags
    if flags & 2:
        says, fix = "threads must be enabled for shared memories", "Compile without threads (atomics)."
        yield Verdict("features", "fail", "a memory is shared", says, fix)
    elif flags & 4:
        says = "memory64 must be enabled for 64-bit memories"
        yield Verdict("features", "fail", "a memory or table is 64-bit", says, "Compile for wasm32.")
    else:
        yield Verdict("features", "ok", "32-bit, not shared")


def memory_name(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `memory-name`: the first memory among the exports is the one called `memory`."""
    names = [item.name for item in module.exports if item.kind == "memory"]
    if names and names[0] != "memory":
        detail = f'a memory is exported as "{names[0][:60]}", before any "memory"'
        says = f'invalid memory export name: "{names[0]}"'
        yield Verdict("memory-name", "fail", detail, says, 'Export the memory once, as "memory".')
    else:
        yield Verdict("memory-name", "ok", "no memory under another name" if len(names) < 2 else '"memory" comes first')


def imports(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `imports`: each import is in the broker's link table with the same type."""
    distinct = list(dict.fromkeys(module.imports))
    # The linker looks all names up before it compares a type.
    unknown = [item for item in distinct if (item.module, item.name) not in abi.LINK_TABLE]
    bad = [_unknown(item) for item in unknown[:_MAX_LISTED]]
    bad += [verdict for item in distinct if (verdict := _compared(item))]
    yield from bad
    if len(unknown) > _MAX_LISTED:
        detail = f"{len(unknown) - _MAX_LISTED} more imports are not offered by brokers"
        yield Verdict("imports", "fail", detail, fix="See to the ones above first.")
    if not bad:
        idle = sorted(item.name for item in module.imports if item.module == abi.WASI and item.name in abi.WASI_NOSYS)
        detail = f"{len(module.imports)}, all known to brokers"
        if idle:
            detail += f"; {len(idle)} of them always answer NOSYS ({', '.join(idle[:3])}{', ...' * (len(idle) > 3)})"
        yield Verdict("imports", "ok", detail)


def memory_count(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `memory-count`: one memory."""
    count = len(module.memories)
    if count > 1:
        says = f"resource limit exceeded: memory count too high at {count}"
        yield Verdict("memory-count", "fail", f"{count} memories, limit 1", says, "Use one memory.")
    else:
        yield Verdict("memory-count", "ok", str(count))


def memory_maximum(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `memory-maximum`: the memory sets no maximum, so that it takes the heap of any size that a broker gives.

    A broker's heaps are all of data_transforms_per_function_memory_limit bytes and it refuses one above the module's
    maximum. It compares bytes with the maximum in pages, so that a maximum at or above the limit is refused as well.
    """
    for item in module.memories:
        bounds = item.bounds
        if bounds.maximum is None:
            continue
        says = f"unable to allocate memory within requested bounds: [{bounds.minimum}, {bounds.maximum}]"
        size = format_size(bounds.maximum * WASM_PAGE_BYTES)
        limit = format_size(limits.memory_bytes)
        fix = "Set no maximum: drop --max-memory (memory.max) from the linker's flags."
        if bounds.maximum * WASM_PAGE_BYTES < limits.memory_bytes:
            detail = f"maximum {size} is below the {limit} that every transform is given"
            yield Verdict("memory-maximum", "fail", detail, says, fix)
        else:
            detail = f"maximum {size} is not below {limit}, but brokers compare pages with bytes and may refuse it"
            yield Verdict("memory-maximum", "warn", detail, says, fix)
        return
    yield Verdict("memory-maximum", "ok", "none set")


def memory_minimum(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `memory-minimum`: the memory a module starts with fits data_transforms_per_function_memory_limit."""
    pages = max((item.bounds.minimum for item in module.memories), default=0)
    size = pages * WASM_PAGE_BYTES
    shown = f"{pages} pages ({format_size(size)})"
    if size > limits.memory_bytes:
        detail = f"{shown}, limit {format_size(limits.memory_bytes)} (data_transforms_per_function_memory_limit)"
        says = f"memory minimum size of {pages} pages exceeds memory limits"
        fix = f"Link with a small stack (C, C++, Zig, Rust: -z stack-size=65536), or {_raise_limit(size, limits)}"
        yield Verdict("memory-minimum", "fail", detail, says, fix)
    elif size > BROKER.memory_bytes:
        detail = f"{shown} fits the stated {format_size(limits.memory_bytes)}, not the broker's default of "
        detail += format_size(BROKER.memory_bytes)
        fix = (
            f"The cluster must have data_transforms_per_function_memory_limit at {limits.memory_bytes} "
            f"(restart needed); {_room(limits.memory_bytes, limits.reservation_bytes)}."
        )
        yield Verdict("memory-minimum", "warn", detail, fix=fix)
    elif limits.memory_bytes - size < WASM_PAGE_BYTES:
        detail = f"{shown} is all of {format_size(limits.memory_bytes)}: the first memory.grow fails"
        yield Verdict("memory-minimum", "warn", detail, fix=_raise_limit(size, limits).capitalize())
    else:
        yield Verdict("memory-minimum", "ok", f"{shown} of {format_size(limits.memory_bytes)}")


def tables(module: Module, limits: Limits) -> Iterator[Verdict]:
    """Rule `tables`: one table of at most 16,384 elements."""
    count = len(module.tables)
    largest = max((item.bounds.minimum for item in module.tables), default=0)
    if largest > MAX_TABLE_ELEMENTS:
        says = f"table minimum size of {largest} elements exceeds table limits"
        detail = f"a table of {largest} elements, limit {MAX_TABLE_ELEMENTS}"
        fix = "Reduce functions whose address is taken (interfaces, closures, virtual methods), or split the transform."
        yield Verdict("tables", "fail", detail, says, fix)
    elif count > 1:
        says = f"resource limit exceeded: table count too high at {count}"
        yield Verdict("tables", "fail", f"{count} tables, limit 1", says, "Compile without reference types.")
    else:
        yield Verdict("tables", "ok", f"{largest} of {MAX_TABLE_ELEMENTS} elements" if count else "none")


START_RULES: tuple[Rule, ...] = (
    features,
    memory_name,
    imports,
    memory_maximum,
    memory_count,
    memory_minimum,
    tables,
)


def _unknown(item: Import) -> Verdict:
    says = f"unknown import: `{item.module}::{item.name}` has not been defined"
    near = _nearest(item)
    fix = f"Did you mean {near}?" if near else _hint(item)
    return Verdict("imports", "fail", f"{_shown(item)} is not offered by brokers", says, fix)


def _compared(item: Import) -> Verdict | None:
    """What the linker minds about the type of an import whose name it knows."""
    expected = abi.LINK_TABLE.get((item.module, item.name))
    if expected is None:
        return None
    if item.kind != "function":
        says = f"{_incompatible(item)}expected {item.kind}, but found function"
        fix = f"Import it as a function {expected}."
        return Verdict("imports", "fail", f"{_shown(item)} is imported as a {item.kind}, it is a function", says, fix)
    if item.type != expected:
        wanted, offered = (_wat(type) for type in (item.type, expected) if isinstance(type, FuncType))
        says = f"{_incompatible(item)}types incompatible: expected type `{wanted}`, found type `{offered}`"
        detail = f"{_shown(item)} is imported as {item.type}, brokers have {expected}"
        return Verdict("imports", "fail", detail, says, "Correct the declaration, or update the SDK.")
    return None


def _nearest(item: Import) -> str | None:
    """The name in the link table that was probably meant."""
    elsewhere = [module for module in abi.MODULES if (module, item.name) in abi.LINK_TABLE]
    if elsewhere:
        return f"{elsewhere[0]}.{item.name}"
    if item.module in abi.MODULES:
        names = [name for module, name in abi.LINK_TABLE if module == item.module]
        words = sorted(item.name.split("_"))
        for name in names:
            if sorted(name.split("_")) == words:
                return f"{item.module}.{name}"
        if near := difflib.get_close_matches(item.name[:64], names, n=1, cutoff=0.75):
            return f"{item.module}.{near[0]}"
        return None
    near = difflib.get_close_matches(item.module[:64], abi.MODULES, n=1, cutoff=0.85)
    return f"the module {near[0]}" if near else None


def _hint(item: Import) -> str:
    if (item.module, item.name) == ("env", "abort"):
        return "AssemblyScript: compile with --use abort=FILE/FUNCTION. Others: link what defines it."
    if item.module in _FOREIGN_MODULES:
        return _FOREIGN_MODULES[item.module]
    if item.module == abi.WASI:
        return _NO_MORE_THAN_WASI
    if ":" in item.module:
        return "Built for the component model: build for WASI preview 1 (wasm32-wasip1)."
    return "Remove what needs it: brokers offer " + ", ".join(abi.MODULES) + "."


def _shown(item: Import) -> str:
    return f"{item.module[:60]}.{item.name[:60]}"


def _incompatible(item: Import) -> str:
    return f"incompatible import type for `{item.module}::{item.name}`: "


def _wat(type: FuncType) -> str:
    """A signature as wasmtime prints it."""
    parts = ["func"]
    parts += [f"(param {' '.join(type.params)})"] if type.params else []
    parts += [f"(result {' '.join(type.results)})"] if type.results else []
    return f"({' '.join(parts)})"


def _raise_limit(size: int, limits: Limits) -> str:
    """How to make room for `size` bytes and some growth: the next step of 4 MiB."""
    roomy = -(-(size + _GROWTH_BYTES) // _LIMIT_STEP_BYTES) * _LIMIT_STEP_BYTES
    return _set_limit(roomy, limits.reservation_bytes)


def _set_limit(memory_bytes: int, reservation_bytes: int) -> str:
    return (
        f"set data_transforms_per_function_memory_limit to {memory_bytes} (restart needed) "
        f"and state it in transform.yaml under cluster; {_room(memory_bytes, reservation_bytes)}."
    )


def _room(memory_bytes: int, reservation_bytes: int) -> str:
    """How many transforms a core then runs: each takes a whole limit of the reservation."""
    count = reservation_bytes // memory_bytes
    room = f"data_transforms_per_core_memory_reservation ({format_size(reservation_bytes)}) then holds "
    if count:
        return f"{room}{count} transform{'s' if count > 1 else ''}"
    return f"{room}none and must be raised to at least {memory_bytes}, or brokers do not start"
