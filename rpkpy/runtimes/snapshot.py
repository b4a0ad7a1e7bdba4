"""Makes a module of a running instance: its memory becomes the data that the module starts with.

What starts from it goes on where the instance was: an interpreter is set up, a program is loaded. Only memory is kept,
so no function may be running and the globals must be as they were at first, as the stack pointer is at rest.
"""

import re
from collections.abc import Callable

from rpkpy.runtimes.passes.code import OpenModule
from rpkpy.wasm.binary import encode_name, encode_u32
from rpkpy.wasm.limits import WASM_PAGE_BYTES

_MEMORY, _EXPORT = 5, 7
_KINDS = {"function": 0, "table": 1, "memory": 2, "global": 3, "tag": 4}
# Zeros between two pieces of content: fewer cost less in the file than a further segment does.
_RUN = re.compile(rb"[^\0]+(?:\0{1,23}[^\0]+)*", re.DOTALL)


def take(wasm: bytes, memory: bytes, keep_export: Callable[[str], bool] = lambda name: True) -> bytes:
    """`wasm` starting with `memory`, and with those of its exports whose name `keep_export` wants."""
    module = OpenModule(wasm)
    module.replace(_MEMORY, encode_u32(1) + _bounds(module, len(memory) // WASM_PAGE_BYTES))
    module.replace_data([(match.start(), match.group()) for match in _RUN.finditer(memory)])
    exports = [export for export in module.parsed.exports if keep_export(export.name)]
    entries = (encode_name(entry.name) + bytes((_KINDS[entry.kind],)) + encode_u32(entry.index) for entry in exports)
    module.replace(_EXPORT, encode_u32(len(exports)) + b"".join(entries))
    return module.to_bytes()


def _bounds(module: OpenModule, pages: int) -> bytes:
    (memory,) = module.parsed.memories
    most = memory.bounds.maximum
    return b"\0" + encode_u32(pages) if most is None else b"\1" + encode_u32(pages) + encode_u32(most)
