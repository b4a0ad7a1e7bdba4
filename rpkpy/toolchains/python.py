"""Python on MicroPython, which rpkpy brings: no compiler and no other Python is needed."""

from collections.abc import Mapping
from pathlib import Path

from rpkpy.toolchains import interpreters
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.files import project_files

RUNTIME = "python"
_ENTRIES = ("transform.py", "main.py")
# Not parts of a program, whatever they hold.
_LEFT_OUT = ("samples", "tests", "test", "venv", "env", "build", "dist", "node_modules", "__pycache__")


class Python:
    """Python, as MicroPython understands it."""

    keys: tuple[str, ...] = ("python", "py", "micropython")
    title = "Python (MicroPython)"

    def detect(self, environ: Mapping[str, str], cache: Path) -> tuple[Tool, ...]:
        """The interpreter; ToolchainError when it is not there and cannot be built."""
        return (interpreters.tool(RUNTIME, environ, cache),)

    def sources(self, root: Path) -> tuple[Path, ...]:
        """The project's `.py` files."""
        files = project_files(root, _LEFT_OUT)
        return tuple(path for path in files if path.suffix == ".py" and "__pycache__" not in path.parts)

    def build(self, request: BuildRequest) -> BuildInfo:
        """Put transform.py (or main.py, or the only file there is) and what it imports into the runtime."""
        from rpkpy.runtimes import python
        from rpkpy.runtimes.workbench import Workbench

        dry_run = interpreters.dry_run_asked(request, "Python")
        entry = interpreters.entry(request.root, _ENTRIES, self.sources(request.root), self.keys[0])
        recipe, runtime = interpreters.runtime(RUNTIME, request)
        module, sizes = python.embed(
            runtime,
            entry,
            interpreters.reader(request.root),
            Workbench(interpreters.compiled(request)),
            recipe.guests / RUNTIME / "sdk",
        )
        request.say(f"text: {', '.join(f'{path} {size:,}' for path, size in sizes.items())}")
        if dry_run:
            interpreters.run_once(module, request)
        request.out.write_bytes(module)
        return BuildInfo({recipe.title: recipe.version}, "rpkpy built in", "wasm32-wasi")


TOOLCHAINS = (Python(),)
