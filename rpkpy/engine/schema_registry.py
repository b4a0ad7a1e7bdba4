"""The module `redpanda_schema_registry` on a broker whose schema registry is not enabled."""

from collections.abc import Callable
from typing import Any

from rpkpy.wasm.abi import LINK_TABLE, SCHEMA_REGISTRY, SCHEMA_REGISTRY_ABI_MARKER

NOT_ENABLED = -1
"""What every call answers (src/v/wasm/schema_registry_module.cc)."""


def functions() -> dict[str, Callable[[int, Any], int | None]]:
    """The host functions by name; see `preview1.Preview1` for their form."""

    def not_enabled(_caller: int, _values: Any) -> int:
        return NOT_ENABLED

    def marker(_caller: int, _values: Any) -> None:
        return None

    return {
        name: marker if name == SCHEMA_REGISTRY_ABI_MARKER else not_enabled
        for module, name in LINK_TABLE
        if module == SCHEMA_REGISTRY
    }
