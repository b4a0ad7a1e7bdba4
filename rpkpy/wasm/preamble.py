"""The first bytes of a file: a core module, or what else it is."""

from rpkpy.wasm.reader import MalformedModule

# Magic and version 1, layer 0 (core). The component model uses layer 1 (component-model, design/mvp/Binary.md).
PREAMBLE = b"\0asm\x01\0\0\0"

_MAGIC = PREAMBLE[:4]
_COMPONENT_LAYER = 1
_WASIP1 = "Build for WASI preview 1: target wasm32-wasip1 (Rust), GOOS=wasip1 (Go), wasm32-wasi (Zig, C)."

# Other kinds of files by how they begin.
_FOREIGN = (
    (b"\x7fELF", "a Linux program or object file", _WASIP1),
    (b"\xcf\xfa\xed\xfe", "a macOS program or object file", _WASIP1),
    (b"MZ", "a Windows program", _WASIP1),
    (b"!<arch>", "a static library", "Link it to a module with a _start function."),
    (b"BC\xc0\xde", "LLVM bitcode", "Let the compiler link it to a module."),
    (b"\x1f\x8b", "a gzip file", "Unpack it first: gunzip."),
    (b"\x28\xb5\x2f\xfd", "a zstd file", "Unpack it first: unzstd."),
    (b"PK\x03\x04", "a zip archive", "Unpack it first: unzip."),
    (b"(module", "WebAssembly in text form", "Assemble it first: wat2wasm FILE."),
    (b"version https://git-lfs", "a Git LFS pointer, not the file it stands for", "Fetch the file: git lfs pull."),
    (b"<!DOCTYPE", "an HTML page", None),
    (b"<html", "an HTML page", None),
)


def check_preamble(data: bytes) -> None:
    """Raise MalformedModule, naming what `data` is instead, unless it begins as a core module does."""
    if not data:
        raise MalformedModule("the file is empty", 0, flaw="empty", fix="Build it again: rpkpy transform build.")
    magic, version = data[:4], data[4:8]
    if magic != _MAGIC[: len(magic)]:
        what, fix = _describe(data)
        raise MalformedModule(f"the file is {what}", 0, flaw="foreign", fix=fix)
    if len(data) < len(PREAMBLE):
        raise MalformedModule("the file ends inside the magic and version", len(data), flaw="truncated")
    if int.from_bytes(version[2:], "little") == _COMPONENT_LAYER:
        problem = "the file is a component (component model), brokers run core modules"
        raise MalformedModule(problem, 6, flaw="component", fix=_WASIP1)
    if version != PREAMBLE[4:]:
        number = int.from_bytes(version, "little")
        raise MalformedModule(f"it is of WebAssembly version {number}, brokers know 1", 4, flaw="version")


def _describe(data: bytes) -> tuple[str, str | None]:
    head = data[:512]
    for magic, what, fix in _FOREIGN:
        if head.lstrip().startswith(magic):
            return what, fix
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        # A character cut by the end of `head` is no reason to call a text binary.
        if error.start < len(head) - 3:
            return "of an unknown binary kind", None
        text = head[: error.start].decode()
    if any(ord(char) < 32 and char not in "\t\r\n\f" for char in text):
        return "of an unknown binary kind", None
    return "a text", "Name the compiled .wasm file, not its source."
