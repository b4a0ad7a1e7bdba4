"""C++: every C++ file of the project, with include/redpanda/transform_sdk.h, by zig or clang."""

from collections.abc import Mapping
from pathlib import Path

from rpkpy.errors import BuildError
from rpkpy.toolchains import zig
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.files import project_files

_UNITS = (".cc", ".cpp", ".cxx")
_HEADERS = (".h", ".hh", ".hpp", ".hxx")


class Cpp:
    """C++23 by zig (from PyPI, or on PATH) or clang."""

    keys: tuple[str, ...] = ("cpp", "c++")
    title = "C++"

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """The compiler; ToolchainError when there is none."""
        return (zig.find(environ, "c++").tool,)

    def sources(self, root: Path) -> tuple[Path, ...]:
        """The project's C++ files and headers."""
        return tuple(path for path in project_files(root) if path.suffix in (*_UNITS, *_HEADERS))

    def build(self, request: BuildRequest) -> BuildInfo:
        """Compile and link every C++ file."""
        units = [path for path in self.sources(request.root) if path.suffix in _UNITS]
        if not units:
            raise BuildError("There is no C++ file in the project.", fix="rpkpy transform init -l cpp shows one.")
        options = ("-std=c++23", "-fno-exceptions", "-Wall", "-Wextra", "-I.", "-Iinclude")
        return zig.build(request, "c++", units, options)


TOOLCHAINS = (Cpp(),)
