"""The languages that rpkpy compiles, by their keys in transform.yaml.

A language is a module of this package that defines `TOOLCHAINS`; adding one touches that module, its template folder
and the tuple here.
"""

import difflib
import importlib
from typing import TYPE_CHECKING, Any

from rpkpy.errors import ProjectError

if TYPE_CHECKING:
    from rpkpy.toolchains.base import Toolchain

    ALL: tuple[Toolchain, ...]

_MODULES = ("rust", "go", "tinygo", "c", "cpp", "javascript", "python", "ruby")


def __getattr__(name: str) -> Any:
    """`ALL`: every toolchain, imported when it is first asked for."""
    if name == "ALL":
        modules = (importlib.import_module(f"rpkpy.toolchains.{module}") for module in _MODULES)
        return tuple(toolchain for module in modules for toolchain in module.TOOLCHAINS)
    raise AttributeError(name)


def all_toolchains() -> "tuple[Toolchain, ...]":
    """Every toolchain, in the order they are listed to people."""
    found: tuple[Toolchain, ...] = __getattr__("ALL")
    return found


def keys() -> tuple[str, ...]:
    """Every language's canonical key."""
    return tuple(toolchain.keys[0] for toolchain in all_toolchains())


def find(key: str) -> "Toolchain":
    """The toolchain of the language called `key`; ProjectError (with the nearest key) when there is none."""
    wanted = key.lower()
    for toolchain in all_toolchains():
        if wanted in toolchain.keys:
            return toolchain
    every = [name for toolchain in all_toolchains() for name in toolchain.keys]
    close = difflib.get_close_matches(wanted, every, 1)
    hint = f"Did you mean {close[0]}? " if close else ""
    raise ProjectError(f'rpkpy cannot build the language "{key}".', fix=f"{hint}Languages: {', '.join(keys())}.")
