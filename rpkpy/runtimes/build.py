"""Makes a runtime: its sources are fetched, compiled by zig, rewritten by the passes, and set up once.

The same recipe gives the same bytes on every machine: paths are relative, nothing of the environment is read, and the
version of zig is the recipe's.
"""

import importlib
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.runtimes import snapshot, sources
from rpkpy.runtimes.recipe import Recipe
from rpkpy.runtimes.sources import Run

if TYPE_CHECKING:
    from rpkpy.runtimes.workbench import Guest

TARGET = "wasm32-wasi"


@dataclass(frozen=True, slots=True)
class Tools:
    """What building takes: zig's command line and version, how to run a command, where to say what is going on."""

    zig: Sequence[str]
    zig_version: str
    run: Run
    say: Callable[[str], None]


def make(recipe: Recipe, tools: Tools, cache: Path) -> bytes:
    """The module of `recipe`; sources are kept in the folder `cache`.

    Raises ToolchainError when zig is of another version, UnreachableError when the sources cannot be fetched,
    InvalidError when they are not what is pinned, and BuildError.
    """
    if tools.zig_version != recipe.compile.zig:
        raise ToolchainError(
            f"The {recipe.title} runtime is built with zig {recipe.compile.zig}.",
            cause=f"zig {tools.zig_version} is here.",
            fix=f"pip install ziglang=={recipe.compile.zig}\nor install rpkpy from its wheel, which carries them.",
        )
    cache.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".build-", dir=cache))
    try:
        tools.say(f"fetching the sources of {recipe.title} {recipe.version}")
        for name, source in {"engine": recipe.source, **recipe.also}.items():
            archive = sources.fetch(source, cache / "sources", tools.run)
            sources.unpacked(archive, source, folder / f"{name}-unpacked").rename(folder / name)
        tools.say(f"compiling {recipe.title} {recipe.version}")
        raw = _compiled(recipe, tools, folder)
        library = b",\n".join((folder / name).read_bytes() for name in recipe.prepare)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return finished(raw, library, recipe, cache, tools)


def _compiled(recipe: Recipe, tools: Tools, folder: Path) -> bytes:
    """What zig makes, in `folder`, whose `engine` holds the sources; our own are copied beside them."""
    compile_ = recipe.compile
    for name in {recipe.name, "shared"}:
        shutil.copytree(recipe.guests / name, folder / name)
    if compile_.generate:
        generator = importlib.import_module(f"rpkpy.runtimes.{compile_.generate}")
        generator.generate(recipe, tools, folder)
    command = [
        *compiler(recipe, tools),
        *(*compile_.units, *compile_.generated_units, *compile_.also_units),
        *(f"engine/{unit}" for unit in compile_.source_units),
        f"-Wl,-z,stack-size={compile_.stack_bytes}",
        *("-o", "runtime.wasm"),
    ]
    tools.run(command, folder)
    out = folder / "runtime.wasm"
    if not out.is_file():
        raise BuildError(f"zig made no {recipe.title} runtime.")
    return out.read_bytes()


def compiler(recipe: Recipe, tools: Tools) -> list[str]:
    """The command line that compiles a unit of `recipe` in the folder where it is built."""
    include = (f"-I{name}" for name in ("engine", *recipe.compile.include))
    return [*tools.zig, "cc", f"--target={TARGET}", *recipe.compile.options, *include]


def finished(raw: bytes, library: bytes, recipe: Recipe, cache: Path, tools: Tools) -> bytes:
    """The module of what the compiler made: passes applied, set up with `library`, the files of `recipe.prepare`."""
    from rpkpy.runtimes import engines
    from rpkpy.runtimes.passes import longjmp, names, roots, stackpad
    from rpkpy.runtimes.workbench import Workbench

    if recipe.collector:
        tools.say("putting pointers where the collector finds them")
        raw = roots.spill(raw, names.function(raw, recipe.collector)).wasm
    if recipe.longjmp:
        raw = longjmp.lower(raw).wasm
    raw = names.strip(raw)
    if recipe.pad_stack:
        tools.say("measuring stack frames")
        measure = engines.measurer(cache / "engines", tools.run)
        small = recipe.pad_from_bytes or stackpad.SMALL_FRAME_BYTES
        raw = stackpad.pad(raw, measure, small, counting=not recipe.longjmp).wasm
    workbench = Workbench()
    guest = workbench.instance(raw)
    prepared = b""
    if recipe.prepare:
        prepared = _asked(guest, "rpkpy_prepare", library, recipe).result()
        guest = workbench.instance(raw)  # without what a compiler leaves behind
    return snapshot.take(raw, _asked(guest, "rpkpy_boot", prepared, recipe).memory())


def _asked(guest: "Guest", export: str, content: bytes, recipe: Recipe) -> "Guest":
    """`guest`, after its `export` took `content`."""
    address = guest.put(content)
    if guest.call(export, address, len(content)):
        why = guest.result().decode("utf-8", "replace")
        raise BuildError(f"The {recipe.title} runtime does not start.", cause=f"{export}: {why}")
    guest.free(address, content)
    return guest
