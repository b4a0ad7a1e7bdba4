"""What the custom sections of compilers and linkers say.

Sources: `name`: core specification 2.0, appendix 7.4. `producers` and `target_features`: the tool conventions
(tool-conventions, ProducersSection.md and Linking.md). Nothing here raises: engines step over a custom section that
they cannot read, so it is no flaw of the module.
"""

import json
from collections.abc import Mapping
from typing import Any

from rpkpy.wasm.embed import ORIGIN_SECTION
from rpkpy.wasm.module import Module
from rpkpy.wasm.reader import MalformedModule, Reader

_FUNCTION_NAMES = 1
_PREFIXES = frozenset("+-=")
_MAX_TEXT = 500


def function_names(module: Module, data: bytes) -> dict[int, str]:
    """Names of functions by index; empty without a section `name`, and what could be read of a damaged one."""
    found: dict[int, str] = {}
    reader = _reader(module, data, "name")
    try:
        while reader is not None and reader.left:
            kind = reader.byte("a subsection's kind")
            size = reader.u32("a subsection's size")
            if kind != _FUNCTION_NAMES:
                reader.skip(size, "a subsection")
                continue
            for _ in range(reader.count("names", 2)):
                index = reader.u32("a function's index")
                found[index] = reader.name("a function's name")[:_MAX_TEXT]
            break
    except MalformedModule:
        pass
    return found


def producers(module: Module, data: bytes) -> dict[str, list[str]]:
    """Languages, compilers and SDKs by field (`language`, `processed-by`, `sdk`), each as `name version`."""
    found: dict[str, list[str]] = {}
    reader = _reader(module, data, "producers")
    try:
        for _ in range(reader.count("fields", 2) if reader is not None else 0):
            assert reader is not None  # noqa: S101
            values = found.setdefault(reader.name("a field")[:_MAX_TEXT], [])
            for _ in range(reader.count("values", 2)):
                name, version = reader.name("a name"), reader.name("a version")
                values.append(f"{name} {version}".strip()[:_MAX_TEXT])
    except MalformedModule:
        pass
    return found


def target_features(module: Module, data: bytes) -> list[str]:
    """WebAssembly features that the module uses, as LLVM names them (`simd128`); those that it must not use, with -."""
    found: list[str] = []
    reader = _reader(module, data, "target_features")
    try:
        for _ in range(reader.count("features", 2) if reader is not None else 0):
            assert reader is not None  # noqa: S101
            prefix = chr(reader.byte("a prefix"))
            name = reader.name("a feature")[:_MAX_TEXT]
            if prefix in _PREFIXES:
                found.append(f"-{name}" if prefix == "-" else name)
    except MalformedModule:
        pass
    return found


def origin(module: Module, data: bytes) -> dict[str, Any] | None:
    """What `rpkpy transform build` wrote of the module's origin: texts, and texts by name; None without it."""
    section = next((item for item in module.custom_sections if item.name == ORIGIN_SECTION), None)
    if section is None:
        return None
    try:
        fields = json.loads(data[section.payload : section.end])
    except (ValueError, RecursionError):
        return None
    return {str(key): _plain(value) for key, value in fields.items()} if isinstance(fields, dict) else None


def _plain(value: object) -> Any:
    """A value of the origin section with no more levels and characters than `build` writes."""
    if isinstance(value, Mapping):
        return {str(key)[:_MAX_TEXT]: str(item)[:_MAX_TEXT] for key, item in value.items()}
    return str(value)[:_MAX_TEXT]


def _reader(module: Module, data: bytes, name: str) -> Reader | None:
    section = next((item for item in module.custom_sections if item.name == name), None)
    return None if section is None else Reader(data, section.payload, section.end, f"the section {name}")
