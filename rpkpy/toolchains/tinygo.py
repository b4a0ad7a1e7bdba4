"""TinyGo: a Go compiler that makes small modules. rpk's default language, in two keys.

rpkpy uses `tinygo` on PATH, else the one that rpk keeps, else the one that `rpkpy toolchain install tinygo` put in its
cache. TinyGo itself calls `go`, and refuses one that is newer than it knows.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.toolchains import process
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.go import Go

# The release that rpk's buildpack names (src/go/rpk/pkg/cli/transform/buildpack); its sums are in `install`.
VERSION = "0.34.0"
# From here on the target is called wasip1; before, wasi.
_WASIP1 = (0, 34)
_INSTALL = "Run `rpkpy toolchain install tinygo`, or see https://tinygo.org/getting-started/install."
_GO_RANGE = re.compile(r"requires go version (\S+) through ([\d.]+)(?:, got (\S+))?")


class TinyGo:
    """TinyGo with one of its schedulers: `none` makes the smallest modules, `asyncify` has goroutines."""

    def __init__(self, keys: tuple[str, ...], title: str, scheduler: str) -> None:
        self.keys = keys
        self.title = title
        self._scheduler = scheduler

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """TinyGo and the Go it calls; ToolchainError when one is missing or they do not go together."""
        return (find(environ, cache), _go(environ))

    def sources(self, root: Path) -> tuple[Path, ...]:
        """As of Go."""
        return Go().sources(root)

    def build(self, request: BuildRequest) -> BuildInfo:
        """`tinygo build` of the package in the project's folder."""
        tinygo = find(request.environ, request.cache)
        target = "wasip1" if _numbers(tinygo.version) >= _WASIP1 else "wasi"
        command = [
            *tinygo.command,
            "build",
            f"-target={target}",
            "-opt=z",
            "-panic=print",
            f"-scheduler={self._scheduler}",
            *([] if request.debug else ["-no-debug"]),
            "-o",
            str(request.out),
            *request.extra,
            ".",
        ]
        output: list[str] = []

        def say(line: str) -> None:
            output.append(line)
            del output[:-100]
            request.say(line)

        try:
            process.build(
                command,
                cwd=request.root,
                env=request.environ,
                say=say,
                timeout_s=request.timeout_s,
                called="tinygo",
            )
        except BuildError as error:
            raise _explained("\n".join(output), tinygo) or error from error
        return BuildInfo({"tinygo": tinygo.version}, "rpkpy guest package", target)


def find(environ: Mapping[str, str], cache: Path) -> Tool:
    """The `tinygo` to use; ToolchainError with how to get one when there is none that answers."""
    refused: list[str] = []
    for path in _candidates(environ, cache):
        answer = process.ask([path, "version"], env=environ)
        match = re.search(r"tinygo version (\S+)", answer.out)
        if match:
            return Tool("tinygo", match.group(1), (str(path),))
        if problem := _explained(f"{answer.out}\n{answer.err}", Tool("tinygo", "", (str(path),))):
            raise problem
        refused.append(f"{path}: {answer.err or answer.out or f'exited with {answer.code}'}")
    raise ToolchainError(
        "TinyGo is missing.",
        cause="\n".join(refused) or "It is neither on PATH nor installed by rpk or rpkpy.",
        fix=_INSTALL,
    )


def installed(cache: Path) -> Path:
    """Where `rpkpy toolchain install tinygo` puts releases, a folder for each version."""
    return cache / "toolchains" / "tinygo"


def _candidates(environ: Mapping[str, str], cache: Path) -> Iterator[Path]:
    found = process.find("tinygo", environ)
    if found is not None:
        yield found
    home = environ.get("HOME")
    if home:
        rpk = Path(home) / ".local" / "rpk" / "buildpacks" / "tinygo" / "bin" / "tinygo"
        if rpk.is_file():
            yield rpk
    own = installed(cache).glob("*/tinygo/bin/tinygo")
    yield from sorted(own, key=lambda path: _numbers(path.parts[-4]), reverse=True)


def _go(environ: Mapping[str, str]) -> Tool:
    path = process.find("go", environ)
    if path is None:
        raise ToolchainError("TinyGo needs Go, which is missing.", fix="Install Go: https://go.dev/dl")
    answer = process.ask([path, "version"], env=environ)
    match = re.search(r"go(\d\S*)", answer.out)
    return Tool("go", match.group(1) if match else "unknown", (str(path),))


def _explained(output: str, tinygo: Tool) -> ToolchainError | None:
    """What TinyGo says about its surroundings rather than about the project, as an error with a way out."""
    match = _GO_RANGE.search(output)
    if match:
        first, last, got = match.groups()
        return ToolchainError(
            f"TinyGo {tinygo.version} does not work with the Go that is here{f' ({got})' if got else ''}.",
            cause=match.group(),
            fix=f"Put a Go from {first} through {last} first on PATH (https://go.dev/dl has all), or a newer TinyGo.\n"
            "The language `go` builds the same sources with standard Go, for clusters that give it 16 MiB.",
        )
    if "could not find 'go' command" in output or "cannot find GOROOT" in output:
        return ToolchainError("TinyGo needs Go, which is missing.", fix="Install Go: https://go.dev/dl")
    if "could not find wasm-opt" in output or "wasm-opt not found" in output:
        return ToolchainError(
            "TinyGo needs wasm-opt, which is missing.",
            fix="Install binaryen (apt install binaryen, brew install binaryen); TinyGo's release archives bring it.",
        )
    return None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


TOOLCHAINS = (
    TinyGo(("tinygo-no-goroutines", "tinygo"), "TinyGo", "none"),
    TinyGo(("tinygo-with-goroutines",), "TinyGo with goroutines", "asyncify"),
)
