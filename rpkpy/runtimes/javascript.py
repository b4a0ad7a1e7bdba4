"""Puts a JavaScript program into its runtime: modules are found, compiled to byte code, bound together, and kept.

The program's own code does not run. What can be found without running it is an error here: wrong syntax, files that are
not there, names that are not exported, a program that has no callback.
"""

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn

from rpkpy.errors import BuildError
from rpkpy.runtimes import snapshot
from rpkpy.runtimes.source_line import shown
from rpkpy.runtimes.sourcemap import SourceMap
from rpkpy.runtimes.workbench import Guest, Workbench

NAME = "javascript"
SDK = "@redpanda-data/transform-sdk"
BUILT_IN = (SDK, f"{SDK}-sr")
CALLBACK = "onRecordWritten"

# In what the runtime says of an error: `at f (a/b.js:3:10)`, `at a/b.js:3:10`.
_PLACE = re.compile(r"^\s*at (?:.*\()?(?P<file>[^()]+?):(?P<line>\d+):(?P<column>\d+)\)?$", re.MULTILINE)
_NOT_EXPORTED = re.compile(r"[Cc]ould not find export '(?P<name>[^']+)' in module '(?P<module>[^']+)'")
_SUFFIXES = ("", ".js", ".mjs", "/index.js")
_EXAMPLE = f'import {{ {CALLBACK} }} from "{SDK}";\n{CALLBACK}((event, writer) => writer.write(event.record));'

Read = Callable[[str], bytes | None]
"""The content of a file of the project by its path with slashes; None when there is none."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One script that a bundler made of the files that `read` has: `places` says which part is of which file."""

    text: bytes
    places: SourceMap
    read: Read


class Program:
    """The modules of a program by path: text, byte code, the names it asks for, and the paths that those are of.

    With a `bundle` its entry is the bundle, and places in that are told as those in the files it was made of.
    """

    def __init__(self, runtime: bytes, workbench: Workbench, read: Read, bundle: Bundle | None = None) -> None:
        self.texts: dict[str, str] = {}
        self.codes: dict[str, bytes] = {}
        self.requests: dict[str, list[str]] = {}
        self.targets: dict[str, list[str]] = {}
        self._runtime = runtime
        self._workbench = workbench
        self._read = read
        self._bundle = bundle

    def compile(self, entry: str) -> None:
        """Compile `entry` and every module that it reaches. BuildError for the first one that is wrong."""
        guest = self._workbench.instance(self._runtime)
        left = [entry]
        while left:
            path = left.pop()
            if path in self.codes:
                continue
            content = self._read(path)
            if content is None:
                raise BuildError(
                    f"There is no file {path}.", fix="Name the program's first file in package.json (main)."
                )
            self._compile(guest, path, content)
            self.targets[path] = [self._resolve(path, name) for name in self.requests[path] if name not in BUILT_IN]
            left += reversed(self.targets[path])
        if not any(SDK in names for names in self.requests.values()) or not self._mentions(CALLBACK):
            raise BuildError(
                f"{entry} has no callback, so there is nothing to run for a record.",
                cause=f"Nothing in the program calls {CALLBACK} of {SDK}.",
                fix=_EXAMPLE,
            )

    def link(self, entry: str) -> bytes:
        """The transform: the runtime with the program in its memory."""
        guest = self._workbench.instance(self._runtime)
        held: list[tuple[int, bytes]] = []
        for path in self._ordered(entry):
            name, code = path.encode(), self.codes[path]
            held += ((guest.put(name), name), (guest.put(code), code))
            guest.call("rpkpy_load", held[-2][0], held[-1][0], len(code))
        if guest.call("rpkpy_link"):
            self._fail(guest.result())
        for address, content in held:
            guest.free(address, content)
        if self._bundle:
            table = self._bundle.places.table()
            guest.call("rpkpy_places", guest.put(entry.encode()), guest.put(table), len(table))
        return snapshot.take(self._runtime, guest.memory(), lambda name: not name.startswith("rpkpy_"))

    def _ordered(self, entry: str) -> list[str]:
        """The modules, each behind those that it imports, as far as they do not import each other."""
        order: list[str] = []
        seen: set[str] = set()
        left = [(entry, False)]
        while left:
            path, done = left.pop()
            if done:
                order.append(path)
            elif path not in seen:
                seen.add(path)
                left.append((path, True))
                left += ((target, False) for target in self.targets[path])
        return order

    def _compile(self, guest: Guest, path: str, content: bytes) -> None:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise BuildError(f"{path}:{line}: the text is not UTF-8.", fix="Save the file as UTF-8.") from error
        self.texts[path] = text
        if path.endswith(".json"):
            text = f"export default {text};"
        source, name = text.encode(), path.encode()
        text_at, name_at = guest.put(source), guest.put(name)
        if guest.call("rpkpy_compile", text_at, len(source), name_at):
            self._fail(guest.result())
        self.codes[path] = guest.result()
        guest.call("rpkpy_requests")
        self.requests[path] = guest.result().decode().split("\n")[:-1]
        guest.free(text_at, source)
        guest.free(name_at, name)

    def _resolve(self, importer: str, name: str) -> str:
        """The path of the module that `importer` calls `name`. The runtime makes names whole in the same way."""
        if not name.startswith(("./", "../")):
            self._not_found(
                importer,
                name,
                "It is neither built in nor a path.",
                f"Begin a file's name with ./ or ../ (built in are {' and '.join(BUILT_IN)}).\nFor a package of npm run"
                " `npm install NAME` and `npm install --save-dev esbuild`: rpkpy then bundles it.",
            )
        path = posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
        if path.startswith(("../", "/")):
            self._not_found(importer, name, "It is outside the project's folder.", "Move the file into the project.")
        if self._read(path) is None:
            near = next((name + suffix for suffix in _SUFFIXES if self._read(path + suffix) is not None), None)
            fix = (
                f'Write the whole name: "{near}".' if near else "Check the path, which counts from the importing file."
            )
            self._not_found(importer, name, f"There is no file {path}.", fix)
        return path

    def _not_found(self, importer: str, name: str, cause: str, fix: str) -> NoReturn:
        text = self.texts[importer]
        match = re.search(rf"""['"]{re.escape(name)}['"]""", text)
        line = text.count("\n", 0, match.start()) + 1 if match else 1
        where = f"{importer}:{line}"
        raise BuildError(f'{where}: the module "{name}" is not there.', cause=f"{cause}\n{shown(text, line)}", fix=fix)

    def _mentions(self, name: str) -> bool:
        return any(name in text for text in self.texts.values())

    def _fail(self, report: bytes) -> NoReturn:
        """Raise what the runtime says, with the place and its source line."""
        text = report.decode("utf-8", "replace")
        message = text.partition("\n")[0].strip()
        place = _PLACE.search(text)
        if place and place["file"] in self.texts:
            raise self._error_at(place["file"], int(place["line"]), int(place["column"]), message)
        missing = _NOT_EXPORTED.search(message)
        if missing:
            self._fail_export(missing["name"], missing["module"])
        raise BuildError(f"The program cannot be put together: {message}")

    def _error_at(self, file: str, line: int, column: int, message: str) -> BuildError:
        if self._bundle is None:
            return BuildError(f"{file}:{line}:{column}: {message}", cause=shown(self.texts[file], line, column))
        own = self._bundle.places.find(line, column)
        if own is None:
            return BuildError(f"In what esbuild made of {file}, at {line}:{column}: {message}")
        text = (self._bundle.read(own[0]) or b"").decode("utf-8", "replace")
        return BuildError(f"{own[0]}:{own[1]}: {message}", cause=shown(text, own[1]))

    def _fail_export(self, name: str, module: str) -> NoReturn:
        """Raise for an import of a name that `module` does not export, at the line that imports it."""
        for path, requests in self.requests.items():
            for request in requests:
                if module not in (request, posixpath.normpath(posixpath.join(posixpath.dirname(path), request))):
                    continue
                wanted = r"\w+" if name == "default" else rf"\b{re.escape(name)}\b"
                statement = rf"""(?:import|export)\b[^;'"]*?({wanted})[^;'"]*?\bfrom\s*['"]{re.escape(request)}['"]"""
                match = re.search(statement, self.texts[path])
                if match:
                    line = self.texts[path].count("\n", 0, match.start(1)) + 1
                    exported = "no default export" if name == "default" else f'no export "{name}"'
                    cause = shown(self.texts[path], line)
                    fix = self._exports(module)
                    raise BuildError(f"{path}:{line}: {module} has {exported}.", cause=cause, fix=fix)
        raise BuildError(f'{module} has no export "{name}", which is imported.', fix=self._exports(module))

    def _exports(self, module: str) -> str | None:
        text = self.texts.get(module)
        if text is None:
            return f"{SDK} exports {CALLBACK}." if module == SDK else None
        names = re.findall(r"^export\s+(?:async\s+)?(?:function\*?|class|const|let|var)\s+(\w+)", text, re.MULTILINE)
        default = ["default"] if re.search(r"^export\s+default\b", text, re.MULTILINE) else []
        return f"{module} exports {', '.join([*names, *default])}." if names or default else None


def embed(
    runtime: bytes, entry: str, read: Read, workbench: Workbench, bundle: Bundle | None = None
) -> tuple[bytes, Mapping[str, int]]:
    """The transform that `entry` and the modules it imports make, and the size of each module's byte code.

    A `bundle` stands for the entry and for all that it imports but what is built in.
    """
    program = Program(runtime, workbench, {entry: bundle.text}.get if bundle else read, bundle)
    program.compile(entry)
    return program.link(entry), {path: len(code) for path, code in program.codes.items()}
