"""Puts a Python program into the MicroPython runtime: its modules are found and compiled, and the memory is kept.

The program's own code does not run. What can be found without running it is an error here: wrong syntax, modules that
neither the project nor MicroPython has, a program without a callback.
"""

import re
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from rpkpy.errors import BuildError
from rpkpy.runtimes import snapshot
from rpkpy.runtimes.imports import Import, imports, syntax_error
from rpkpy.runtimes.source_line import shown
from rpkpy.runtimes.workbench import Guest, Workbench

NAME = "python"
SDK = "redpanda_transform"
CALLBACK = "on_record_written"

_PLACE = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)', re.MULTILINE)
_EXAMPLE = f"""from {SDK} import {CALLBACK}

@{CALLBACK}
def transform(event, writer):
    writer.write(event.record)"""
_NOTES = {
    "typing": "MicroPython does not evaluate annotations, so names for them alone need no import when it runs:\n"
    "put the import into `try:` with `except ImportError: pass`.",
    "datetime": "time.gmtime and time.mktime are there, and a record's timestamp is a number of milliseconds.",
    "dataclasses": "collections.namedtuple is there, and plain classes.",
    "base64": "binascii.b2a_base64 and a2b_base64 are there.",
    "uuid": "binascii.hexlify of random or hashed bytes makes identifiers.",
    "logging": "print and sys.stderr write to the transform's log.",
    "asyncio": "A transform handles one record after the other; there is nothing to wait for.",
}

Read = Callable[[str], bytes | None]
"""The content of a file of the project by its path with slashes; None when there is none."""


class Program:
    """The files of a program, the first one first: `texts` by path."""

    def __init__(self, runtime: bytes, workbench: Workbench, read: Read, sdk: Path) -> None:
        self.texts: dict[str, str] = {}
        self._runtime, self._workbench = runtime, workbench
        self._read, self._sdk = read, sdk
        self._own: set[str] = set()  # the project's, not the SDK's

    def collect(self, entry: str) -> None:
        """Read `entry` and every file that it imports. BuildError for a module that is not there."""
        guest = self._workbench.instance(self._runtime)
        left = [entry]
        while left:
            path = left.pop()
            if path in self.texts:
                continue
            self.texts[path] = self._text(path)
            for found in imports(self.texts[path], path):
                left += self._resolve(guest, path, found)

    def compile(self) -> bytes:
        """The transform: the runtime with the program in its memory. BuildError for wrong syntax."""
        guest = self._workbench.instance(self._runtime)
        files = bytearray(struct.pack("<I", len(self.texts)))
        for path, text in self.texts.items():
            name, source = path.encode(), text.encode()
            files += struct.pack("<II", len(name), len(source)) + name + source
        address = guest.put(bytes(files))
        if guest.call("rpkpy_compile", address, len(files)):
            raise self._wrong(guest.result().decode("utf-8", "replace"))
        guest.free(address, bytes(files))
        return snapshot.take(self._runtime, guest.memory(), lambda name: not name.startswith("rpkpy_"))

    def require_callback(self, entry: str) -> None:
        """BuildError when nothing in the program could register one."""
        if not any(CALLBACK in self.texts[path] for path in self._own):
            raise BuildError(
                f"{entry} registers no callback, so there is nothing to run for a record.",
                cause=f"Nothing in the program calls {CALLBACK} of {SDK}.",
                fix=_EXAMPLE,
            )

    def _text(self, path: str) -> str:
        content = self._read(path)
        if content is None:
            content = (self._sdk / path).read_bytes()
        else:
            self._own.add(path)
        try:
            return content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise BuildError(f"{path}:{line}: the text is not UTF-8.", fix="Save the file as UTF-8.") from error

    def _resolve(self, guest: Guest, importer: str, wanted: Import) -> list[str]:
        """The files that an import brings in; none for a module of MicroPython's own."""
        found = self._files(wanted.module)
        if found:
            names = (f"{wanted.module}.{name}" for name in wanted.names)
            return [*found, *(file for name in names for file in self._files(name))]
        if wanted.module == SDK or wanted.optional or self._built_in(guest, wanted.module):
            return []
        top = wanted.module.partition(".")[0]
        raise BuildError(
            f'{importer}:{wanted.line}: there is no module "{wanted.module}".',
            cause=shown(self.texts[importer], wanted.line),
            fix=_NOTES.get(
                top, "Neither the project nor MicroPython has it; docs/languages/python.md lists its modules."
            ),
        )

    def _files(self, module: str) -> list[str]:
        """The file of a module, and the __init__.py of the packages around it."""
        base = module.replace(".", "/")
        found = next((path for path in (f"{base}.py", f"{base}/__init__.py") if self._exists(path)), None)
        if found is None:
            return []
        parts = base.split("/")[:-1]
        around = ("/".join(parts[: n + 1]) + "/__init__.py" for n in range(len(parts)))
        return [*(path for path in around if self._exists(path)), found]

    def _exists(self, path: str) -> bool:
        return self._read(path) is not None or (self._sdk / path).is_file()

    def _built_in(self, guest: Guest, module: str) -> bool:
        name = module.encode()
        address = guest.put(name)
        try:
            return guest.call("rpkpy_has_module", address, len(name)) == 1
        finally:
            guest.free(address, name)

    def _wrong(self, report: str) -> BuildError:
        """What MicroPython says of a program that it does not compile."""
        message = report.strip().rpartition("\n")[2]
        place = _PLACE.search(report)
        if place is None or place["file"] not in self.texts:
            return BuildError(f"The program does not compile: {message}")
        path, line = place["file"], int(place["line"])
        reason = None
        said = syntax_error(self.texts[path], path)
        if said is not None:  # CPython says more of it
            line, message = said
        elif message.startswith("SyntaxError"):
            reason = f"Python {_here()} takes this, MicroPython does not: docs/languages/python.md says what it lacks."
        return BuildError(f"{path}:{line}: {message}", cause=shown(self.texts[path], line), fix=reason)


def _here() -> str:
    import sys

    return f"{sys.version_info.major}.{sys.version_info.minor}"


def embed(runtime: bytes, entry: str, read: Read, workbench: Workbench, sdk: Path) -> tuple[bytes, Mapping[str, int]]:
    """The transform that `entry` and the modules it imports make, and the size of each file's text.

    `sdk` is the folder with the modules of the SDK that are written in Python.
    """
    program = Program(runtime, workbench, read, sdk)
    program.collect(entry)
    module = program.compile()
    program.require_callback(entry)
    return module, {path: len(text.encode()) for path, text in program.texts.items()}
