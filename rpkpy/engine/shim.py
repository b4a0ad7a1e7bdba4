"""shim.wat: its text, its layout of the batch memory, and how a guest is linked to it."""

import re
from functools import cache
from importlib import resources

from rpkpy.wasm import abi
from rpkpy.wasm.module import FuncType

_CONSTANT = re.compile(r"^\s*\(global \$([A-Z_]+) i32 \(i32\.const (\d+)\)\)", re.MULTILINE)


@cache
def text() -> str:
    """The shim in WebAssembly text, with the functions that have no body of their own."""
    written = resources.files("rpkpy.engine").joinpath("shim.wat").read_text(encoding="utf-8").rstrip()
    rest = [*abi.TRANSFORM_ABI_MARKERS, *sorted(abi.WASI_NOSYS)]
    return f"{written.removesuffix(')')}{''.join(map(_trivial, rest))})\n"


def _trivial(name: str) -> str:
    """A marker, which does nothing, or a function of WASI that the broker answers with NOSYS."""
    module = abi.WASI if name in abi.WASI_NOSYS else abi.TRANSFORM
    answer = "(i32.const 52)" if module == abi.WASI else ""
    return f'  (func (export "{export_name(module, name)}") {signature(abi.LINK_TABLE[module, name])} {answer})\n'


def export_name(module: str, name: str) -> str:
    """The shim's export that stands for the import `name` of `module`."""
    return f"{module}/{name}"


def signature(type: FuncType) -> str:
    """A function type in WebAssembly text."""
    parts = [
        f"({word} {' '.join(types)})" for word, types in (("param", type.params), ("result", type.results)) if types
    ]
    return " ".join(parts)


@cache
def constants() -> dict[str, int]:
    """The shim's named numbers: where fields of the control block and of a slot stand, kinds of faults, statuses."""
    return {name: int(value) for name, value in _CONSTANT.findall(text())}
