"""esbuild, out of a project's own node_modules: makes one JavaScript file of TypeScript and of packages of npm."""

import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.toolchains import process
from rpkpy.toolchains.base import BuildRequest, Tool

if TYPE_CHECKING:
    from rpkpy.runtimes.sourcemap import SourceMap

# What QuickJS-ng runs (its own name for the edition).
TARGET = "es2023"

# A broker takes modules of 10 MiB, and a program of a tenth of that does not fit its memory.
MAX_BUNDLE_BYTES = 16 << 20
MAX_MAP_BYTES = 64 << 20

_KEPT_LINES = 400
# `✘ [ERROR] Expected ";" but found "b"`, then `    src/index.ts:3:8:` and `      3 │ let a b;`
_ERROR = re.compile(r"^\W*\[ERROR\] (?P<message>.*)$")
_PLACE = re.compile(r"^    (?P<file>\S.*):(?P<line>\d+):(?P<column>\d+):$")
_SOURCE = re.compile(r"^ +\d+ │ (?P<text>.*)$")
_MARK = re.compile(r"^ +╵ (?P<mark>.*)$")
_UNRESOLVED = re.compile(r'^Could not resolve "(?P<name>[^"./][^"]*)"')
# Modules of Node that programs ask for without `node:` before the name (its documentation's index).
_NODE = frozenset(
    (
        *("assert", "async_hooks", "buffer", "child_process", "cluster", "console", "constants", "crypto", "dgram"),
        *("dns", "domain", "events", "fs", "http", "http2", "https", "inspector", "module", "net", "os", "path"),
        *("perf_hooks", "process", "punycode", "querystring", "readline", "repl", "stream", "string_decoder", "sys"),
        *("timers", "tls", "tty", "url", "util", "v8", "vm", "wasi", "worker_threads", "zlib"),
    )
)


@dataclass(frozen=True, slots=True)
class Bundled:
    """What esbuild made: its version, the one script, and where in the project's files each part of that is from."""

    version: str
    text: bytes
    places: "SourceMap"


def node(environ: Mapping[str, str]) -> Tool:
    """Node; ToolchainError when there is none."""
    path = process.find("node", environ)
    if path is None:
        raise ToolchainError(
            "TypeScript and packages of npm need Node, which is missing.",
            cause="esbuild, which makes JavaScript of them, comes from npm.",
            fix="Install Node: https://nodejs.org, or write the transform in JavaScript without packages.",
        )
    return Tool("node", process.ask([path, "--version"], env=environ).out.removeprefix("v"), (str(path),))


def bundle(request: BuildRequest, entry: str, external: Sequence[str]) -> Bundled:
    """The bundle of `entry` and what it imports; `external` stay imports.

    Raises BuildError for what esbuild finds wrong, with the place in the user's file, and ToolchainError when esbuild
    is not installed in the project.
    """
    from rpkpy.runtimes import sourcemap

    tool = _find(request)
    with tempfile.TemporaryDirectory(prefix=".rpkpy-bundle-", dir=request.root) as folder:
        out = Path(folder) / "bundle.js"
        command = [
            *tool.command,
            entry,
            "--bundle",
            "--format=esm",
            "--platform=neutral",
            "--main-fields=module,main",
            f"--target={TARGET}",
            *(f"--external:{name}" for name in external),
            f"--outfile={out}",
            "--sourcemap=external",
            "--sources-content=false",
            "--log-level=warning",
            "--color=false",
            *request.extra,
        ]
        _run(command, request)
        text = _read(out, MAX_BUNDLE_BYTES)
        places = sourcemap.parse(_read(out.with_name("bundle.js.map"), MAX_MAP_BYTES), Path(folder).name)
    return Bundled(tool.version, text, places)


def _run(command: Sequence[str], request: BuildRequest) -> None:
    lines: list[str] = []

    def keep(line: str) -> None:
        if len(lines) < _KEPT_LINES:
            lines.append(line)
        request.say(line)

    code = process.run(command, cwd=request.root, env=request.environ, say=keep, timeout_s=request.timeout_s)
    if code != 0:
        _fail(lines, code)


def _fail(lines: Sequence[str], code: int) -> NoReturn:
    """Raise the first error of esbuild's output, its place before it and its source line as the cause."""
    starts = [at for at, line in enumerate(lines) if _ERROR.match(line)]
    if not starts:
        how = f"exited with {code}" if code > 0 else f"was ended by signal {-code}"
        raise BuildError(f"esbuild {how}.", cause="\n".join(filter(str.strip, lines[-15:])) or None)
    first = lines[starts[0] : starts[1] if len(starts) > 1 else None]
    found = _ERROR.match(first[0])
    message = re.sub(r" \[[\w-]+\]$", "", found["message"]) if found else ""
    place, source, mark = (next(filter(None, map(pattern.match, first)), None) for pattern in (_PLACE, _SOURCE, _MARK))
    cause = []
    if place and source:
        cause.append(f"{place['line']:>5} | {source['text'][:200]}")
        if mark:
            cause.append(f"      | {mark['mark'].rstrip()[:200]}")
    if len(starts) > 1:
        cause.append(f"{len(starts) - 1} more: see rpkpy transform build -v.")
    where = f"{place['file']}:{place['line']}:{int(place['column']) + 1}: " if place else ""
    raise BuildError(f"{where}{message}", cause="\n".join(cause) or None, fix=_fix(message))


def _fix(message: str) -> str | None:
    unresolved = _UNRESOLVED.match(message)
    if unresolved is None:
        return None
    name = unresolved["name"]
    package = "/".join(name.split("/")[: 2 if name.startswith("@") else 1])
    if package.startswith("node:") or package in _NODE:
        return "A transform runs without Node, so its modules are not there: use a package that does without them."
    return f"npm install {package}\nThe name of a file of the project begins with ./ or ../"


def _read(path: Path, most: int) -> bytes:
    """What esbuild wrote, at most `most` bytes."""
    try:
        with path.open("rb") as file:
            if not path.is_file() or os.fstat(file.fileno()).st_size > most:
                raise BuildError(f"esbuild made more than {most >> 20} MiB, which no broker takes.")
            return file.read(most)
    except OSError as error:
        raise BuildError(
            "esbuild ended without an error, but made no bundle.",
            cause=str(error.strerror or error),
            fix="See whether the arguments after `--` change where it writes or what it makes.",
        ) from error


def _find(request: BuildRequest) -> Tool:
    node(request.environ)
    path = request.root / "node_modules" / ".bin" / "esbuild"
    if not path.exists():
        named = '"esbuild"' in _text(request.root / "package.json")
        raise ToolchainError(
            "This project needs esbuild, which is not installed in it.",
            cause="It is written in TypeScript or uses packages of npm, and there is no node_modules/.bin/esbuild.",
            fix="npm install" if named else "npm install --save-dev esbuild",
        )
    return Tool("esbuild", process.ask([path, "--version"], env=request.environ).out, (str(path),))


def _text(path: Path) -> str:
    return path.read_text("utf-8", "replace") if path.is_file() else ""
