"""What the languages share that run in an interpreter of ours: its runtime, found or built, and its identity."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rpkpy.errors import ToolchainError
from rpkpy.runtimes import build, recipe, store
from rpkpy.runtimes.recipe import Recipe
from rpkpy.toolchains import process, zig
from rpkpy.toolchains.base import BuildRequest, Tool


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
