"""esbuild, out of a project's own node_modules: makes one JavaScript file of TypeScript and of packages of npm."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rpkpy.errors import ToolchainError
from rpkpy.toolchains import process
from rpkpy.toolchains.base import BuildRequest, Tool

# What QuickJS-ng runs (its own name for the edition).
TARGET = "es2023"


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


def bundle(request: BuildRequest, entry: str, external: Sequence[str]) -> tuple[str, Callable[[str], bytes | None]]:
    """esbuild's version, and the bundle of `entry` as a reader of that one file; `external` stay imports."""
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
            "--log-level=warning",
            "--color=false",
            *request.extra,
        ]
        process.build(
            command,
            cwd=request.root,
            env=request.environ,
            say=request.say,
            timeout_s=request.timeout_s,
            called="esbuild",
        )
        text = out.read_bytes()
    return tool.version, {entry: text}.get


def _find(request: BuildRequest) -> Tool:
    node(request.environ)
    path = request.root / "node_modules" / ".bin" / "esbuild"
    if not path.exists():
        raise ToolchainError(
            "This project needs esbuild, which is not installed in it.",
            cause="It is written in TypeScript or uses packages of npm, and there is no node_modules/.bin/esbuild.",
            fix="npm install (package.json must name esbuild in devDependencies: npm install --save-dev esbuild).",
        )
    return Tool("esbuild", process.ask([path, "--version"], env=request.environ).out, (str(path),))
