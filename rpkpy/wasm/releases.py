"""Which releases of Redpanda offer what a module asks for.

Source: the documentation's compatibility matrix of transform SDKs (develop/data-transforms/versioning-compatibility):
SDK 1.0 (ABI version 1) runs on 23.3 and newer; SDK 1.1 (ABI version 2, write options) on 24.2 and newer. Clouds run
transforms from 24.3 on (develop/data-transforms/how-transforms-work). The matrix says nothing of the schema registry's
functions, which stand in the source of December 2024.
"""

from dataclasses import dataclass

from rpkpy.wasm import abi
from rpkpy.wasm.module import Module

_FIRST = "23.3"
_SINCE = {
    (abi.TRANSFORM, "check_abi_version_2"): "24.2",
    (abi.TRANSFORM, "write_record_with_options"): "24.2",
}


@dataclass(frozen=True, slots=True)
class Releases:
    """The oldest release of Redpanda that links a module (`since`), and the imports that ask for it (`because`).

    `undated` are imports of which it is not known since when brokers have them: by the end of 2024 they did.
    """

    since: str
    because: list[str]
    undated: list[str]


def releases(module: Module) -> Releases:
    """What the imports of `module` ask for; whether a broker offers each at all is the rules' part."""
    because = {
        str(item): _SINCE[item.module, item.name] for item in module.imports if (item.module, item.name) in _SINCE
    }
    undated = sorted({str(item) for item in module.imports if item.module == abi.SCHEMA_REGISTRY})
    since = max(because.values(), default=_FIRST)
    return Releases(since, sorted(name for name, release in because.items() if release == since), undated)
