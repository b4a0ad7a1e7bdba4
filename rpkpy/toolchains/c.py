"""C: every `.c` file of the project, with redpanda_transform.h, by zig or clang."""

from collections.abc import Mapping
from pathlib import Path

from rpkpy.errors import BuildError
from rpkpy.toolchains import zig
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.files import project_files


class C:
    """C by zig (from PyPI, or on PATH) or clang."""

    keys: tuple[str, ...] = ("c",)
    title = "C"

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """The compiler; ToolchainError when there is none."""
        return (zig.find(environ, "c").tool,)

    def sources(self, root: Path) -> tuple[Path, ...]:
        """The project's `.c` and `.h` files."""
        return tuple(path for path in project_files(root) if path.suffix in (".c", ".h"))

    def build(self, request: BuildRequest) -> BuildInfo:
        """Compile and link every `.c` file."""
        units = [path for path in self.sources(request.root) if path.suffix == ".c"]
        if not units:
            raise BuildError("There is no .c file in the project.", fix="rpkpy transform init --language c shows one.")
        return zig.build(request, "c", units, ("-std=c11", "-Wall", "-Wextra", "-I."))


TOOLCHAINS = (C(),)
