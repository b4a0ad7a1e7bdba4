"""The names of a module's functions, from its custom section `name` (core specification, appendix 7.4)."""

from rpkpy.errors import BuildError
from rpkpy.runtimes.passes.code import read_u32
from rpkpy.wasm import binary, embed

_FUNCTIONS = 1


def functions(wasm: bytes) -> dict[str, int]:
    """Function indices by name."""
    payload = embed.read_section(wasm, "name") or b""
    at = 0
    while at < len(payload):
        kind = payload[at]
        size, at = read_u32(payload, at + 1)
        if kind == _FUNCTIONS:
            return _names(payload, at)
        at += size
    return {}


def function(wasm: bytes, name: str) -> int:
    """The index of the function called `name`. BuildError when there is none."""
    found = functions(wasm).get(name)
    if found is None:
        raise BuildError(f"The runtime has no function {name}.", fix="Link it with its names kept.")
    return found


def strip(wasm: bytes) -> bytes:
    """`wasm` without custom sections: names, and the debugging information that libc comes with."""
    parts, kept = [], 0
    for section in binary.sections(wasm):
        if section.id == 0:
            parts.append(wasm[kept : section.start])
            kept = section.end
    return b"".join([*parts, wasm[kept:]])


def _names(payload: bytes, at: int) -> dict[str, int]:
    found: dict[str, int] = {}
    count, at = read_u32(payload, at)
    for _ in range(count):
        index, at = read_u32(payload, at)
        size, at = read_u32(payload, at)
        found[payload[at : at + size].decode(errors="replace")] = index
        at += size
    return found
