"""What the languages share that run in an interpreter of ours: its runtime, the program's files, the dry run."""

from collections.abc import Callable, Collection, Mapping
from functools import cache as cached
from pathlib import Path

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.runtimes import build, recipe, store
from rpkpy.runtimes.recipe import Recipe
from rpkpy.toolchains import process, zig
from rpkpy.toolchains.base import BuildRequest, Tool

DRY_RUN = "--dry-run"


def tool(name: str, environ: Mapping[str, str], cache: Path) -> Tool:
    """The interpreter `name` as a tool. ToolchainError when it is not there and cannot be built here."""
    wanted = recipe.load(name)
    if store.find(wanted, store.folder(cache, environ)) is None:
        _zig(wanted, environ)
    return Tool(wanted.title, wanted.version, ("built in",))


def runtime(name: str, request: BuildRequest) -> tuple[Recipe, bytes]:
    """The interpreter `name` and its module, built when it is needed for the first time."""
    wanted = recipe.load(name)
    return wanted, store.get(wanted, store.folder(request.cache, request.environ), _tools(wanted, request))


def compiled(request: BuildRequest) -> Path:
    """The folder for runtimes in machine code, which make building a program fast."""
    return store.folder(request.cache, request.environ) / "compiled"


def reader(root: Path) -> Callable[[str], bytes | None]:
    """A function that gives the content of a file inside `root` by its path with slashes, or None."""
    inside = root.resolve()

    @cached
    def read(name: str) -> bytes | None:
        path = inside / name
        return path.read_bytes() if path.is_file() and path.resolve().is_relative_to(inside) else None

    return read


def entry(root: Path, names: Collection[str], sources: Collection[Path], language: str) -> str:
    """The program's first file: one of `names`, or the only one at the top among `sources`. BuildError otherwise."""
    for name in names:
        if (root / name).is_file():
            return name
    at_top = [path.name for path in sources if len(path.parts) == 1]
    if len(at_top) == 1:
        return at_top[0]
    first = next(iter(names))
    raise BuildError(
        f"There is no {first} in the project.",
        cause=f"Which of {', '.join(at_top)} comes first is not known." if at_top else None,
        fix=f"Call the program's first file {first}. rpkpy transform init --language {language} shows one.",
    )


def dry_run_asked(request: BuildRequest, language: str) -> bool:
    """Whether the program is to run once, which is all that may be asked for after `--`. BuildError for more."""
    unknown = [argument for argument in request.extra if argument != DRY_RUN]
    if unknown:
        raise BuildError(
            f"Nothing takes the arguments {' '.join(unknown)}.",
            cause=f"After `--` a {language} project takes {DRY_RUN} alone: run the program once, without records.",
        )
    return DRY_RUN in request.extra


def run_once(module: bytes, request: BuildRequest) -> None:
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


def _tools(wanted: Recipe, request: BuildRequest) -> Callable[[], build.Tools]:
    def tools() -> build.Tools:
        found = _zig(wanted, request.environ)
        cache = request.cache / "zig"
        env = {"ZIG_GLOBAL_CACHE_DIR": str(cache), "ZIG_LOCAL_CACHE_DIR": str(cache / "local"), **request.environ}
        return build.Tools(
            zig=found.command,
            zig_version=found.version,
            run=lambda command, folder: process.build(
                command, cwd=folder, env=env, say=request.say, timeout_s=request.timeout_s
            ),
            say=request.say,
        )

    return tools


def _zig(wanted: Recipe, environ: Mapping[str, str]) -> Tool:
    try:
        found = zig.find(environ, "c").tool
    except ToolchainError as error:
        found = Tool("no zig", "", ())
        cause = error.cause
    else:
        cause = f"{found.name} {found.version} is here."
    if (found.name, found.version) == ("zig", wanted.compile.zig):
        return found
    raise ToolchainError(
        f"The {wanted.title} runtime is not built yet, which takes zig {wanted.compile.zig} once.",
        cause=cause,
        fix=f"pip install ziglang=={wanted.compile.zig}\nor install rpkpy from its wheel, which carries the runtime.",
    )
