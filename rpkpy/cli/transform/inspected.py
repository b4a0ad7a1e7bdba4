"""A module taken apart, as text."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rpkpy.cli.facts import facts, flat
from rpkpy.cli.render import table
from rpkpy.wasm.sizes import format_size

if TYPE_CHECKING:
    from rpkpy.wasm.inspection import Inspection

_LARGEST = 5
_SMALL_SHARE = 0.01


def text(name: str, found: "Inspection") -> str:
    """What matters most, in 80 columns."""
    return facts(_facts(name, found))


def wide(found: "Inspection") -> str:
    """Every import, export, section and listed function, a line each."""
    imports = [(group.module, item.name, item.type, item.broker) for group in found.imports for item in group.items]
    exports = [(item.name, item.kind, item.type) for item in found.exports]
    sections = [(part.name, "custom" if part.custom else "", part.bytes) for part in found.sections]
    functions = [(item.index, item.name or "-", item.bytes) for item in found.functions.largest]
    return "\n".join(
        table(headers, [[flat(cell) for cell in row] for row in rows])
        for headers, rows in (
            (("IMPORTED FROM", "NAME", "TYPE", "BROKER"), imports),
            (("EXPORT", "KIND", "TYPE"), exports),
            (("SECTION", "", "BYTES"), sections),
            (("FUNCTION", "NAME", "BYTES"), functions),
        )
    )


def _facts(name: str, found: "Inspection") -> Iterator[tuple[str, str]]:
    yield "Module", f"{name}, {found.bytes:,} bytes"
    yield "SHA-256", found.sha256
    yield "Interface", _interface(found)
    yield "Runs on", _runs_on(found)
    yield from (("Problem", f"{problem.rule}: {problem.detail}") for problem in found.problems)
    yield "Memory", _memory(found)
    for group in found.imports:
        yield "Imports", f"{group.module}: {', '.join(_import(item.name, item.broker) for item in group.items)}"
    yield "Exports", ", ".join(item.name for item in found.exports) or "none"
    yield "Sections", _sections(found)
    yield "Functions", _functions(found)
    for field, values in found.producers.items():
        yield "Producers", f"{field}: {', '.join(values)}"
    if found.features:
        yield "Features", ", ".join(found.features)
    yield "Origin", _origin(found)


def _interface(found: "Inspection") -> str:
    versions = " and ".join(map(str, found.abi.versions))
    shown = f"{found.abi.name} version {versions}" if versions else f"no version of {found.abi.name} is named"
    if found.abi.schema_registry:
        shown += f", schema registry version {' and '.join(map(str, found.abi.schema_registry))}"
    return shown


def _runs_on(found: "Inspection") -> str:
    if found.problems:
        rules = len({problem.rule for problem in found.problems})
        fail = "1 rule fails" if rules == 1 else f"{rules} rules fail"
        return f"no broker with these limits ({fail}: rpkpy transform validate)"
    shown = f"Redpanda {found.redpanda.since} and newer"
    if found.redpanda.because:
        shown += f" ({', '.join(item.rpartition('.')[2] for item in found.redpanda.because)})"
    if found.redpanda.undated:
        shown += "; since when with the schema registry's functions is not documented"
    return shown


def _memory(found: "Inspection") -> str:
    memory = found.memory
    limit = format_size(memory.limit_bytes)
    most = "no maximum" if memory.maximum_pages is None else f"at most {memory.maximum_pages} pages"
    shown = f"{memory.initial_pages} pages ({format_size(memory.initial_bytes)}), {most}; "
    if memory.fits:
        return shown + f"{format_size(memory.room_bytes)} of {limit} left to grow"
    return shown + f"{format_size(-memory.room_bytes)} more than the {limit} it is given"


def _import(name: str, broker: str) -> str:
    note = {"idle": " (always NOSYS)", "unknown": " (unknown to brokers)"}.get(broker, "")
    return f"{name}{note}"


def _sections(found: "Inspection") -> str:
    large = [part for part in found.sections if part.bytes >= _SMALL_SHARE * found.bytes]
    rest = sum(part.bytes for part in found.sections) - sum(part.bytes for part in large)
    shown = [f"{part.name} {part.bytes:,}" for part in large]
    return ", ".join([*shown, *([f"others {rest:,}"] if rest else [])]) + " bytes"


def _functions(found: "Inspection") -> str:
    functions = found.functions
    largest = functions.largest[:_LARGEST]
    shown = ", ".join(f"{item.bytes:,} in {item.name or f'function {item.index}'}" for item in largest)
    hint = "" if functions.named or not largest else " (no names: build --debug keeps them)"
    return f"{functions.defined:,}" + (f"; bytes of the largest: {shown}{hint}" if shown else "")


def _origin(found: "Inspection") -> str:
    if found.origin is None:
        return "unknown: it has no section rpkpy.build"
    shown = []
    for key, value in found.origin.items():
        if isinstance(value, dict):
            shown.append(f"{key} {', '.join(f'{name} {version}' for name, version in value.items())}")
        elif value:
            shown.append(f"{key} {value}")
    return "; ".join(shown) or "empty"
