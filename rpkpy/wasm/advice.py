"""What no broker minds, but its developer should know."""

import json
from collections.abc import Iterator

from rpkpy.wasm import abi
from rpkpy.wasm.embed import ORIGIN_SECTION
from rpkpy.wasm.module import Module
from rpkpy.wasm.sizes import format_size
from rpkpy.wasm.verdict import Verdict

# Less debug information than this is not worth a word.
_DEBUG_BYTES = 64 * 1024
_NAME_BYTES = 1024 * 1024


def start_section(module: Module, data: bytes) -> Iterator[Verdict]:
    """Rule `start-section`: no code runs before `_start`."""
    if module.start is None:
        yield Verdict("start-section", "ok", "none")
    else:
        detail = f"function {module.start} runs while the module is instantiated, before _start"
        fix = "Move its work into main: a trap there shows no record, and records are not available."
        yield Verdict("start-section", "warn", detail, fix=fix)


def write_record(module: Module, data: bytes) -> Iterator[Verdict]:
    """Rule `write-record`: the module is able to write records."""
    names = {item.name for item in module.imports if item.module == abi.TRANSFORM}
    writers = sorted(names & {"write_record", "write_record_with_options"})
    if writers:
        yield Verdict("write-record", "ok", " and ".join(writers))
    else:
        fix = "Write records with the SDK's writer, unless dropping every record is meant."
        yield Verdict("write-record", "warn", "neither write function is imported: no record is ever written", fix=fix)


def debug_info(module: Module, data: bytes) -> Iterator[Verdict]:
    """Rule `debug-info`: the module does not carry much that never runs."""
    debug = sum(item.size for item in module.custom_sections if item.name.startswith(".debug_"))
    names = sum(item.size for item in module.custom_sections if item.name == "name")
    shown = f"{format_size(debug)} of DWARF, {format_size(names)} of function names"
    if debug > _DEBUG_BYTES or names > _NAME_BYTES:
        fix = (
            "Strip it for deployment (Go: -ldflags='-s -w'; Rust: strip = \"debuginfo\"; C: -g0). "
            "Function names are worth keeping: traps name them."
        )
        yield Verdict("debug-info", "warn", f"{shown} in {format_size(module.size)}", fix=fix)
    else:
        yield Verdict("debug-info", "ok", shown if debug or names else "none")


def origin(module: Module, data: bytes) -> Iterator[Verdict]:
    """Rule `origin`: the module says what it was built from (custom section rpkpy.build)."""
    found = next((item for item in module.custom_sections if item.name == ORIGIN_SECTION), None)
    if found is None:
        detail = "no rpkpy.build section: whether it is stale against its source cannot be told"
        yield Verdict("origin", "warn", detail, fix="Build it with rpkpy transform build.")
        return
    try:
        fields = json.loads(data[found.payload : found.end])
        if not isinstance(fields, dict):
            raise ValueError("not an object")
    except (ValueError, RecursionError):
        detail = "the rpkpy.build section holds no JSON object"
        yield Verdict("origin", "warn", detail, fix="Build it again: rpkpy transform build.")
        return
    tools = fields.get("tools")
    named = [f"{name} {version}" for name, version in tools.items()] if isinstance(tools, dict) else []
    parts = [str(part)[:60] for part in (fields.get("language"), *named[:4], fields.get("time")) if part]
    yield Verdict("origin", "ok", ", ".join(parts) or "rpkpy.build")


ADVICE = (start_section, write_record, debug_info, origin)
