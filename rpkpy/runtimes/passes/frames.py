"""How much native stack each function of a module takes, read from the machine code that wasmtime makes of it.

wasmtime's compiled modules are ELF files with a symbol for each function. A function's frame is what its prologue
takes: the return address, the saved frame pointer and one subtraction from the stack pointer. The module is compiled
with two sets of settings, the broker's (explicit bounds checks, fuel) and wasmtime's own; the larger frame counts. The
largest functions' frames differ much between versions of wasmtime, so `engines` measures with a broker's as well.
Only x86-64 is read; other machines' frames differ little, and the runtimes leave a margin (see `stackpad`).
"""

import json
import platform
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from rpkpy.errors import ToolchainError

_SYMBOL = re.compile(rb"wasm\[0\]::function\[(\d+)\]")
_SYMTAB = 2
_LINKAGE_BYTES = 16  # the return address and the saved frame pointer
# push rbp; mov rbp, rsp; then, but for functions that call nothing, the check of the stack's limit (found through the
# first argument): mov r10, [rdi + d]; mov r10, [r10 + d]; add r10, FRAME; cmp r10, rsp; ja; and then sub rsp, SIZE.
# The two encodings of the comparison are those of wasmtime 50 and 25.
_PROLOGUE = re.compile(
    rb"\x55\x48\x89\xe5"
    rb"(?:(?:\x4c\x8b\x57.|\x4c\x8b\x97.{4})\x4d\x8b(?:\x12|\x52.|\x92.{4})"
    rb"(?:\x49\x83\xc2(?P<check8>.)|\x49\x81\xc2(?P<check32>.{4}))?(?P<compare>\x4c\x3b\xd4|\x49\x39\xe2)(?:\x0f\x87.{4}|\x77.))?"
    rb"(?:\x48\x83\xec(?P<size8>.)|\x48\x81\xec(?P<size32>.{4}))?",
    re.DOTALL,
)
_COMPARE = re.compile(rb"\x4c\x3b\xd4|\x49\x39\xe2|\x49\x3b\xe2|\x4c\x39\xd4", re.DOTALL)


def measure(wasm: bytes) -> dict[int, int]:
    """Bytes of native stack by function index. ToolchainError on a machine whose code is not read."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        raise ToolchainError(
            "The interpreters' runtimes can only be built on x86-64.",
            cause=f"This machine is {platform.machine()}, whose stack frames rpkpy does not measure.",
            fix="Install rpkpy from its wheel, which carries the runtimes; they run on every machine.",
        )
    largest: dict[int, int] = {}
    for image in _compiled(wasm):
        for function, size in _frames(image):
            largest[function] = max(size, largest.get(function, 0))
    return largest


def write(wasm: str, out: str) -> None:
    """What `measure` finds for the file `wasm`, as JSON in the file `out`: for a process with another wasmtime."""
    Path(out).write_text(json.dumps(measure(Path(wasm).read_bytes())), encoding="utf-8")


# The settings of memory that make every access check its bounds, as wasmtime's versions call them.
_CHECKED_MEMORY = (
    *("wasmtime_config_memory_reservation_set", "wasmtime_config_memory_guard_size_set"),
    *("wasmtime_config_static_memory_maximum_size_set", "wasmtime_config_static_memory_guard_size_set"),
    "wasmtime_config_dynamic_memory_guard_size_set",
)


def _compiled(wasm: bytes) -> Iterator[bytes]:
    import wasmtime
    from wasmtime import _ffi as ffi

    for broker in (False, True):
        config = wasmtime.Config()
        if broker:
            config.consume_fuel = True
            for name in _CHECKED_MEMORY:
                if hasattr(ffi, name):
                    getattr(ffi, name)(config.ptr(), 0)
        yield bytes(wasmtime.Module(wasmtime.Engine(config), wasm).serialize())


def _frames(image: bytes) -> Iterator[tuple[int, int]]:
    """Function index and frame size, for each function symbol of an ELF image."""
    table_at, entry_size, entries = struct.unpack_from("<40xQ10xHH", image)[:3]
    headers = [struct.unpack_from("<IIQQQQII8xQ", image, table_at + entry_size * n) for n in range(entries)]
    for _, kind, _, _, symbols_at, symbols_size, names, _, _ in headers:
        if kind != _SYMTAB:
            continue
        names_at = headers[names][4]
        for at in range(symbols_at, symbols_at + symbols_size, 24):
            name, _, section, value, size = struct.unpack_from("<IHHQQ", image, at)
            start = names_at + name
            match = _SYMBOL.match(image, start, image.index(b"\0", start))
            if match:
                code = headers[section][4] + value - headers[section][3]
                yield int(match.group(1)), frame_bytes(image[code : code + min(size, 96)])


def frame_bytes(code: bytes) -> int:
    """The frame that a function's first instructions make. ToolchainError for a prologue of another form."""
    match = _PROLOGUE.match(code)
    if match is None or (match["compare"] is None and _COMPARE.search(code, 0, 24)):
        raise _unknown(code)
    frame = _LINKAGE_BYTES + int.from_bytes(match["size8"] or match["size32"] or b"", "little")
    # the engine checks for about as much as it takes; a number far from that means another form than the one above
    checked = int.from_bytes(match["check8"] or match["check32"] or b"", "little")
    if checked and abs(checked - frame) > _LINKAGE_BYTES:
        raise _unknown(code)
    return frame


def _unknown(code: bytes) -> ToolchainError:
    return ToolchainError(
        "The native stack of a runtime cannot be measured.",
        cause=f"A function of this wasmtime begins in an unknown way: {code[:32].hex(' ')}.",
        fix="Use the version of wasmtime that rpkpy's pyproject.toml names.",
    )
