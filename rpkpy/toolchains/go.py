"""Go, with the compiler's own WASI target (GOOS=wasip1 GOARCH=wasm)."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rpkpy.errors import ToolchainError
from rpkpy.toolchains import process
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.files import project_files

# The first release with the wasip1 port and go:wasmimport.
MINIMUM = (1, 21)
TARGET = "wasip1/wasm"
SDK_MODULE = "github.com/redpanda-data/redpanda/src/transform-sdk/go/transform"
HOW_TO_GET = "Install Go 1.21 or newer from https://go.dev/dl (macOS: brew install go)."

_VERSION = re.compile(r"\bgo(\d+)\.(\d+)\S*")
_EMBED = re.compile(r"^//go:embed[ \t]+(.+)$", re.MULTILINE)
_PATTERN = re.compile(r'"([^"]+)"|`([^`]+)`|(\S+)')


class Go:
    """Standard Go. Its modules need more memory than a broker gives by default (templates/go/template.toml)."""

    keys: tuple[str, ...] = ("go", "golang")
    title = "Go"

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """The `go` command; ToolchainError when it is missing, older than 1.21, or without the wasip1 port."""
        return (_find(environ, None),)

    def sources(self, root: Path) -> tuple[Path, ...]:
        """Go files but tests, assembly, the module files and what //go:embed names."""
        files = project_files(root)
        code = {path for path in files if path.suffix in (".go", ".s") and not path.name.endswith("_test.go")}
        modules = {path for path in files if path.name in ("go.mod", "go.sum", "go.work", "go.work.sum", "modules.txt")}
        embedded = {path for path in code if path.suffix == ".go" for path in _embedded(root, path)}
        return tuple(sorted(code | modules | (embedded & set(files))))

    def build(self, request: BuildRequest) -> BuildInfo:
        """`go build` of the package in the project's folder. GOFLAGS, GOPROXY and the caches stay the user's own."""
        go = _find(request.environ, request.root)
        environ = {**request.environ, "GOOS": "wasip1", "GOARCH": "wasm"}
        # Names are 2 % of the module; without paths of this machine two machines make the same one.
        strip = "-ldflags=-w" if request.debug else "-ldflags=-s -w"
        command = [*go.command, "build", "-trimpath", strip, *request.extra, "-o", str(request.out), "."]
        process.build(command, cwd=request.root, env=environ, say=request.say, fix=_fix, timeout_s=request.timeout_s)
        return BuildInfo(tools={"go": go.version}, sdk=_sdk(request.root, go, environ), target=TARGET)


def _find(environ: Mapping[str, str], cwd: Path | None) -> Tool:
    path = process.find("go", environ)
    if path is None:
        raise ToolchainError("Go is not installed.", cause="There is no `go` on PATH.", fix=HOW_TO_GET)
    # In the project's folder, because its go.mod may choose another toolchain.
    answer = process.ask([path, "version"], env=environ, cwd=cwd)
    match = _VERSION.search(answer.out)
    if answer.code != 0 or match is None:
        said = answer.err or answer.out or f"it exited with {answer.code}"
        raise ToolchainError(f"{path} does not work.", cause=f"`go version` said: {said}", fix=HOW_TO_GET)
    version = match.group()
    if (int(match[1]), int(match[2])) < MINIMUM:
        raise ToolchainError(
            f"Go is too old: {path} is {version}.",
            cause="WebAssembly modules with imported functions need Go 1.21 or newer.",
            fix=HOW_TO_GET,
        )
    return Tool("go", version.removeprefix("go"), (str(path),))


def _sdk(root: Path, go: Tool, environ: Mapping[str, str]) -> str:
    """The guest SDK the project builds with: its own package, or a version of Redpanda's."""
    listed = process.ask(
        [*go.command, "list", "-m", "-f", "{{.Version}} {{with .Replace}}{{.Path}} {{.Version}}{{end}}", SDK_MODULE],
        env=environ,
        cwd=root,
    )
    if listed.code != 0:
        return "unknown"
    version, _, replaced = listed.out.partition(" ")
    if replaced.startswith((".", "/")):
        return "rpkpy guest package"
    return f"redpanda transform-sdk {replaced.strip() or version}"


def _embedded(root: Path, source: Path) -> Iterator[Path]:
    """The files below `root` that a Go file's //go:embed lines name, relative to it."""
    folder = (root / source).parent
    for line in _EMBED.findall((root / source).read_text(encoding="utf-8", errors="replace")):
        for quoted, raw, plain in _PATTERN.findall(line):
            pattern = (quoted or raw or plain).removeprefix("all:")
            if pattern.startswith("/") or ".." in pattern.split("/"):
                continue  # the compiler refuses it
            try:
                matches = list(folder.glob(pattern))
            except ValueError:
                continue
            for match in matches:
                files = match.rglob("*") if match.is_dir() else [match]
                yield from (file.relative_to(root) for file in files if file.is_file())


def _fix(output: str) -> str | None:
    if "no required module provides package" in output or "missing go.sum entry" in output:
        return "Run `go mod tidy` in the project's folder."
    if "unsupported GOOS/GOARCH pair" in output:
        return HOW_TO_GET
    if "go.mod requires go >=" in output:
        return "Install the Go version that go.mod asks for, or unset GOTOOLCHAIN=local."
    return None


TOOLCHAINS = (Go(),)
