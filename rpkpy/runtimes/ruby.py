"""Puts a Ruby program into the mruby runtime: its files are found and compiled to byte code, and the memory is kept.

The program's own code does not run. What can be found without running it is an error here: wrong syntax, files and
libraries that are not there, a program without a callback.
"""

import posixpath
import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rpkpy.errors import BuildError
from rpkpy.runtimes import snapshot
from rpkpy.runtimes.source_line import shown
from rpkpy.runtimes.workbench import Guest, Workbench

NAME = "ruby"
SDK = "redpanda_transform"
CALLBACK = "Redpanda.on_record_written"
BUILT_IN = (SDK, "redpanda_schema_registry", "base64", "json", "set", "strscan", "time")
"""What `require` finds without a file, as runtimes/ruby/program.c does."""

_PLACE = re.compile(r"^(?P<file>.+?):(?P<line>\d+):(?P<column>\d+): (?P<message>.*)$", re.MULTILINE)
_EXAMPLE = f"""require "{SDK}"

{CALLBACK} do |event, writer|
  writer.write(event.record)
end"""
_NOTES = {
    "date": "Time is there, and a record's timestamp is a number of milliseconds.",
    "bigdecimal": "Integers may be of any size; Float is the only fraction.",
    "logger": "puts, p and warn write to the transform's log.",
    "securerandom": "Random and rand are there; on a broker they give the same numbers at every start.",
    "stringio": "A String takes what is appended to it by <<.",
    "ostruct": "Struct and Data are there.",
    "yaml": "JSON is the format that is there.",
}

Read = Callable[[str], bytes | None]
"""The content of a file of the project by its path with slashes; None when there is none."""


@dataclass(frozen=True, slots=True)
class Request:
    """A file or library that a file asks for, by `method` (require or require_relative), and where."""

    name: str
    method: str
    line: int
    optional: bool


class Program:
    """The files of a program, the first one first: their texts and byte code by path."""

    def __init__(self, runtime: bytes, workbench: Workbench, read: Read) -> None:
        self.texts: dict[str, str] = {}
        self.codes: dict[str, bytes] = {}
        self._runtime, self._workbench, self._read = runtime, workbench, read
        self._calls_back = False

    def compile(self, entry: str) -> None:
        """Compile `entry` and every file that it requires. BuildError for the first one that is wrong."""
        guest = self._workbench.instance(self._runtime)
        left = [entry]
        while left:
            path = left.pop()
            if path in self.codes:
                continue
            requests = self._compile(guest, path)
            left += [found for request in reversed(requests) if (found := self._resolve(path, request))]
        if not self._calls_back:
            raise BuildError(
                f"{entry} registers no callback, so there is nothing to run for a record.",
                cause=f"Nothing in the program calls {CALLBACK}.",
                fix=_EXAMPLE,
            )

    def link(self) -> bytes:
        """The transform: the runtime with the program's byte code in its memory."""
        guest = self._workbench.instance(self._runtime)
        content = bytearray(struct.pack("<I", len(self.codes)))
        for path, code in self.codes.items():
            name = path.encode()
            content += struct.pack("<II", len(name), len(code)) + name + code
        address = guest.put(bytes(content))
        if guest.call("rpkpy_load", address, len(content)):
            raise BuildError("The program is too large for the runtime's memory.")
        guest.free(address, bytes(content))
        return snapshot.take(self._runtime, guest.memory(), lambda name: not name.startswith("rpkpy_"))

    def _compile(self, guest: Guest, path: str) -> list[Request]:
        content = self._read(path)
        if content is None:
            raise BuildError(f"There is no file {path}.")
        try:
            text = self.texts[path] = content.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise BuildError(f"{path}:{line}: the text is not UTF-8.", fix="Save the file as UTF-8.") from error
        name = path.encode()
        file = struct.pack("<I", len(name)) + name + text.encode()
        address = guest.put(file)
        failed = guest.call("rpkpy_compile", address, len(file))
        result = guest.result()
        guest.free(address, file)
        if failed:
            raise self._wrong(path, result.decode("utf-8", "replace"))
        (size,) = struct.unpack_from("<I", result)
        self.codes[path] = result[4 : 4 + size]
        return list(self._requests(result[4 + size :].decode("utf-8", "replace")))

    def _requests(self, lines: str) -> "list[Request]":
        found = []
        for line in lines.splitlines():
            kind, *fields = line.split("\t")
            if kind == "C":
                self._calls_back = True
            elif len(fields) == 4:
                found.append(Request(fields[3], fields[2], int(fields[0]), fields[1] == "1"))
        return found

    def _resolve(self, importer: str, request: Request) -> str | None:
        """The path of a required file; None for what is built in, and for what is not there but may be missing."""
        relative = request.method == "require_relative"
        if not relative and request.name in BUILT_IN:
            return None
        folder = posixpath.dirname(importer) if relative else ""
        path = posixpath.normpath(posixpath.join(folder, request.name))
        path = path if path.endswith(".rb") else f"{path}.rb"
        if not path.startswith("../") and self._read(path) is not None:
            return path
        if request.optional:
            return None
        if relative:
            fix = f"There is no file {path} in the project."
        else:
            fix = _NOTES.get(request.name, f"Gems cannot be used. Libraries that are there: {', '.join(BUILT_IN)}.")
        raise BuildError(
            f'{importer}:{request.line}: {request.method} does not find "{request.name}".',
            cause=shown(self.texts[importer], request.line),
            fix=fix,
        )

    def _wrong(self, path: str, report: str) -> BuildError:
        """What mruby's parser says of a file that it does not compile."""
        place = _PLACE.search(report)
        if place is None:
            return BuildError(f"{path} does not compile: {report.strip()}")
        line = int(place["line"])
        return BuildError(f"{path}:{line}: {place['message']}", cause=shown(self.texts[path], line))


def embed(runtime: bytes, entry: str, read: Read, workbench: Workbench) -> tuple[bytes, Mapping[str, int]]:
    """The transform that `entry` and the files it requires make, and the size of each file's byte code."""
    program = Program(runtime, workbench, read)
    program.compile(entry)
    return program.link(), {path: len(code) for path, code in program.codes.items()}
