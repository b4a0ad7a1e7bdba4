"""Python on MicroPython, which rpkpy brings: no compiler and no other Python is needed."""

from collections.abc import Callable, Mapping
from functools import cache as cached
from pathlib import Path

from rpkpy.errors import BuildError
from rpkpy.toolchains import interpreters
from rpkpy.toolchains.base import BuildInfo, BuildRequest, Tool
from rpkpy.toolchains.files import project_files

RUNTIME = "python"
DRY_RUN = "--dry-run"
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

        unknown = [argument for argument in request.extra if argument != DRY_RUN]
        if unknown:
            raise BuildError(
                f"Nothing takes the arguments {' '.join(unknown)}.",
                cause=f"After `--` a Python project takes {DRY_RUN} alone: run the program once, without records.",
            )
        entry = self._entry(request.root)
        recipe, runtime = interpreters.runtime(RUNTIME, request)
        module, sizes = python.embed(
            runtime,
            entry,
            _reader(request.root),
            Workbench(interpreters.compiled(request)),
            recipe.guests / RUNTIME / "sdk",
        )
        request.say(f"text: {', '.join(f'{path} {size:,}' for path, size in sizes.items())}")
        if DRY_RUN in request.extra:
            _run_once(module, request)
        request.out.write_bytes(module)
        return BuildInfo({recipe.title: recipe.version}, "rpkpy built in", "wasm32-wasi")

    def _entry(self, root: Path) -> str:
        for name in _ENTRIES:
            if (root / name).is_file():
                return name
        at_top = [path.name for path in self.sources(root) if len(path.parts) == 1]
        if len(at_top) == 1:
            return at_top[0]
        raise BuildError(
            f"There is no {_ENTRIES[0]} in the project.",
            cause=f"Which of {', '.join(at_top)} comes first is not known." if at_top else None,
            fix=f"Call the program's first file {_ENTRIES[0]}. rpkpy transform init --language python shows one.",
        )


def _reader(root: Path) -> Callable[[str], bytes | None]:
    inside = root.resolve()

    @cached
    def read(name: str) -> bytes | None:
        path = inside / name
        return path.read_bytes() if path.is_file() and path.resolve().is_relative_to(inside) else None

    return read


def _run_once(module: bytes, request: BuildRequest) -> None:
    """Run the program up to where it waits for records, in the build's environment. BuildError when it fails."""
    from rpkpy.engine import Engine, Instance
    from rpkpy.engine.trap import GuestTrap

    logs: list[str] = []

    def log(_stream: int, text: bytes) -> None:
        logs.append(text.decode("utf-8", "replace").rstrip("\n"))

    instance = Instance(
        Engine(cache_dir=request.cache / "modules").compile(module),
        name=request.name,
        input_topic="input",
        output_topics=["output"],
        env=dict(request.environ),
        on_log=log,
    )
    try:
        instance.start()
    except GuestTrap as error:
        for line in logs:
            request.say(line)
        raise BuildError("The program does not start.", cause="\n".join(logs) or str(error)) from error
    finally:
        instance.close()
    for line in logs:
        request.say(line)


TOOLCHAINS = (Python(),)
