"""What a language's toolchain offers to `build`, `init`, `toolchain list` and doctor checks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

# A cold build with a download on a slow line and a busy machine; a hang must still end.
BUILD_TIMEOUT_S = 1800.0


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that was found: its name, version text and command line prefix."""

    name: str
    version: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What to build.

    `root` is the project folder, `name` the transform's name. `out` is where the module must be written (a
    temporary file; the caller checks it and renames it). `extra` are the arguments after `--`. `environ` is the
    environment for the tool, `cache` rpkpy's cache folder. `say` takes the tool's output, line by line. `debug` keeps
    the functions' names in the module, for readable traps. After `timeout_s` seconds the tool is stopped.
    """

    root: Path
    name: str
    out: Path
    extra: Sequence[str]
    environ: Mapping[str, str]
    cache: Path
    say: Callable[[str], None]
    debug: bool = False
    timeout_s: float = BUILD_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """What built the module: tools by name and version, the guest SDK, the target."""

    tools: Mapping[str, str]
    sdk: str
    target: str


class Toolchain(Protocol):
    """One language. Implementations stand in one module each and are listed in rpkpy.toolchains.languages."""

    keys: tuple[str, ...]
    """The names of the language in transform.yaml and --language; the first is canonical."""

    title: str
    """The language's name for people."""

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """The tools a build needs, found; ToolchainError (with where to get it) when one is missing or too old."""
        ...

    def sources(self, root: Path) -> tuple[Path, ...]:
        """The files whose content decides the module, sorted, relative to `root`; hashed into its origin."""
        ...

    def build(self, request: BuildRequest) -> BuildInfo:
        """Compile to `request.out`. Raises ToolchainError, or BuildError with the tool's output shown."""
        ...
