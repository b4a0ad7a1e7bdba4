"""Function names in backtraces as their authors wrote them."""

import re

_RUST_HASH = re.compile(r"h[0-9a-f]{16}")
_RUST_ESCAPES = {
    "$LT$": "<", "$GT$": ">", "$LP$": "(", "$RP$": ")", "$C$": ",", "$RF$": "&", "$BP$": "*", "$SP$": "@",
    "$u20$": " ", "$u27$": "'", "$u5b$": "[", "$u5d$": "]", "$u7b$": "{", "$u7d$": "}", "$u7e$": "~", "..": "::",
}  # fmt: skip
_RUST_ESCAPE = re.compile("|".join(re.escape(escape) for escape in _RUST_ESCAPES))
_DISAMBIGUATOR = re.compile(r"s[0-9A-Za-z]*_")
_LENGTH = re.compile(r"[1-9][0-9]*|0")


def demangle(name: str) -> str:
    """`name` without its mangling: Rust (legacy and v0 paths) and plain C++ names; any other name unchanged.

    Parameter types are left out, as are a Rust symbol's hash and generic arguments.
    """
    # Linkers name wasm functions already demangled, but keep Rust's hash as the last part of the path.
    plain = re.sub(r"::h[0-9a-f]{16}$", "", name)
    if plain.startswith("_R"):
        parsed = _v0_path(plain, 2)
        return parsed[0] if parsed else plain
    if plain.startswith("_ZN"):
        return _nested(plain) or plain
    if plain.startswith("_Z"):
        found = _identifier(plain, 2)
        return found[0] if found else plain
    return plain


def _identifier(text: str, position: int) -> tuple[str, int] | None:
    """The identifier `<decimal length><characters>` at `position`, and the position after it."""
    length = _LENGTH.match(text, position)
    if not length:
        return None
    start = length.end()
    end = start + int(length.group())
    if end > len(text):
        return None
    return text[start:end], end


def _nested(name: str) -> str | None:
    parts: list[str] = []
    position = 3
    while found := _identifier(name, position):
        part, position = found
        parts.append(part)
    if not parts:
        return None
    if _RUST_HASH.fullmatch(parts[-1]):
        parts = [_RUST_ESCAPE.sub(lambda match: _RUST_ESCAPES[match.group()], part) for part in parts[:-1]]
        parts = [part.removeprefix("_") if part.startswith("_<") else part for part in parts]
    return "::".join(parts)


def _v0_path(name: str, position: int) -> tuple[str, int] | None:
    """The path at `position` of a Rust v0 symbol: crate roots and nested names (RFC 2603)."""
    kind = name[position : position + 1]
    if kind == "C":
        return _v0_identifier(name, position + 1)
    if kind == "N":
        outer = _v0_path(name, position + 2)
        if not outer:
            return None
        inner = _v0_identifier(name, outer[1])
        if not inner:
            return None
        return f"{outer[0]}::{inner[0] or '{closure}'}", inner[1]
    return None


def _v0_identifier(name: str, position: int) -> tuple[str, int] | None:
    disambiguator = _DISAMBIGUATOR.match(name, position)
    if disambiguator:
        position = disambiguator.end()
    length = _LENGTH.match(name, position)
    if not length:
        return None
    start = length.end()
    if name[start : start + 1] == "_":  # separates a length from an identifier that begins with a digit or _
        start += 1
    end = start + int(length.group())
    return (name[start:end], end) if end <= len(name) else None
