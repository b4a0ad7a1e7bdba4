"""JavaScript on QuickJS-ng, which rpkpy brings: no compiler and no Node is needed. TypeScript and npm by esbuild."""

import json
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rpkpy.errors import BuildError, ProjectError
from rpkpy.toolchains import esbuild, interpreters
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.files import project_files

RUNTIME = "javascript"
SDK_NAMES = ("@redpanda-data/transform-sdk", "@redpanda-data/transform-sdk-sr")
_SCRIPTS = (".js", ".mjs", ".json")
_TYPED = (".ts", ".mts")
_ENTRIES = ("index", "src/index", "transform", "main")
# Not parts of a program, whatever they hold.
_LEFT_OUT = ("node_modules", "samples", "tests", "test", "dist", "coverage")


class JavaScript:
    """JavaScript, or TypeScript that esbuild makes JavaScript of."""

    def __init__(self, keys: tuple[str, ...], title: str, *, typed: bool) -> None:
        self.keys = keys
        self.title = title
        self._typed = typed

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """The interpreter, and Node for TypeScript; ToolchainError when one is missing."""
        found = interpreters.tool(RUNTIME, environ, cache)
        return (found, esbuild.node(environ)) if self._typed else (found,)

    def sources(self, root: Path) -> tuple[Path, ...]:
        """The project's scripts, JSON files and what npm locks."""
        suffixes = (*_SCRIPTS, *_TYPED) if self._typed else _SCRIPTS
        return tuple(path for path in project_files(root, _LEFT_OUT) if path.suffix in suffixes)

    def build(self, request: BuildRequest) -> BuildInfo:
        """Put the program that package.json's `main` names, else index.js or index.ts, into the runtime."""
        from rpkpy.runtimes import javascript
        from rpkpy.runtimes.workbench import Workbench

        package = _package(request.root)
        entry = self._entry(request.root, package)
        bundled = self._typed or bool(_dependencies(package))
        if request.extra and not bundled:
            raise BuildError(
                f"Nothing takes the arguments {' '.join(request.extra)}.",
                cause="What comes after `--` is for esbuild, which this project does not need.",
            )
        recipe, runtime = interpreters.runtime(RUNTIME, request)
        tools = {recipe.title: recipe.version}
        read = interpreters.reader(request.root)
        bundle = None
        if bundled:
            made = esbuild.bundle(request, entry, SDK_NAMES)
            tools["esbuild"] = made.version
            bundle = javascript.Bundle(made.text, made.places, read)
        module, sizes = javascript.embed(runtime, entry, read, Workbench(interpreters.compiled(request)), bundle)
        request.say(f"byte code: {', '.join(f'{path} {size:,}' for path, size in sizes.items())}")
        request.out.write_bytes(module)
        return BuildInfo(tools, "rpkpy built in", "wasm32-wasi")

    def _entry(self, root: Path, package: Mapping[str, Any]) -> str:
        suffixes = (*_TYPED, *_SCRIPTS[:2]) if self._typed else _SCRIPTS[:2]
        named = package.get("main")
        if isinstance(named, str) and named:
            path = posixpath.normpath(named)
            if not path.startswith(("../", "/")) and (root / path).is_file():
                return path
            if not self._typed:  # TypeScript's `main` names by custom what a compiler makes of it
                raise ProjectError(
                    f"package.json names {named} as the program (main), which is no file of the project."
                )
        for name in _ENTRIES:
            for suffix in suffixes:
                if (root / f"{name}{suffix}").is_file():
                    return f"{name}{suffix}"
        raise BuildError(
            f"There is no {_ENTRIES[self._typed]}{suffixes[0]} in the project.",
            fix=f"Write it, or name the program's first file in package.json (main). rpkpy transform init --language "
            f"{self.keys[0]} shows one.",
        )


def _package(root: Path) -> Mapping[str, Any]:
    """package.json, or nothing when there is none."""
    path = root / "package.json"
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ProjectError("package.json cannot be read.", cause=str(error), fix="It must be JSON.") from error
    return data if isinstance(data, dict) else {}


def _dependencies(package: Mapping[str, Any]) -> list[str]:
    """The packages of npm that the program itself uses; what is built in needs none."""
    named = package.get("dependencies")
    return [name for name in named if name not in SDK_NAMES] if isinstance(named, dict) else []


TOOLCHAINS = (
    JavaScript(("javascript", "js"), "JavaScript", typed=False),
    JavaScript(("typescript", "ts"), "TypeScript", typed=True),
)
