"""Where finished runtimes are: in the installed package, or in the cache, where they are built when first needed."""

from collections.abc import Callable, Mapping
from pathlib import Path

from rpkpy import atomic
from rpkpy.errors import ToolchainError
from rpkpy.runtimes import build
from rpkpy.runtimes.recipe import Recipe

_CARRIED = Path(__file__).resolve().parent / "modules"


def folder(cache: Path, environ: Mapping[str, str]) -> Path:
    """Where runtimes are kept: a part of rpkpy's `cache` folder, or what RPKPY_RUNTIMES_DIR says."""
    named = environ.get("RPKPY_RUNTIMES_DIR")
    return Path(named) if named else cache / "runtimes"


def kept(recipe: Recipe, folder: Path) -> Path:
    """Where `folder` keeps it; the name holds the hash of everything that decides its bytes."""
    return folder / f"{recipe.name}-{recipe.key}.wasm"


def find(recipe: Recipe, folder: Path) -> bytes | None:
    """The runtime's module, when the wheel carries it or it was built before into `folder`."""
    for path in (_CARRIED / f"{recipe.name}.wasm", kept(recipe, folder)):
        if path.is_file():
            return path.read_bytes()
    return None


def get(recipe: Recipe, folder: Path, tools: Callable[[], build.Tools]) -> bytes:
    """The runtime's module; built with `tools` and kept in `folder` when it is not there yet."""
    found = find(recipe, folder)
    if found is not None:
        return found
    module = build.make(recipe, tools(), folder)
    path = kept(recipe, folder)
    try:
        atomic.replace(path, module)
    except OSError as error:
        raise ToolchainError(f"{path.parent} cannot be written.", cause=error.strerror) from error
    return module
