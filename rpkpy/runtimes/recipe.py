"""What a runtime is made of: `runtimes/<language>/recipe.toml`, and the hash of everything that decides its bytes."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from rpkpy.errors import ToolchainError
from rpkpy.runtimes.sources import Source

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Compile:
    """How it is compiled: zig's version, our units (below runtimes/) and the source's, include folders, options.

    `generate` is the module of rpkpy.runtimes that writes headers and the `generated_units` from the sources first, if
    any. `also_units` are those of the further sources, by their folder's name.
    """

    zig: str
    units: tuple[str, ...]
    source_units: tuple[str, ...]
    include: tuple[str, ...]
    options: tuple[str, ...]
    stack_bytes: int
    generate: str = ""
    generated_units: tuple[str, ...] = ()
    also_units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """A runtime: `name` is its folder's, `guests` the folder runtimes/ itself. It is made of its engine's `source`, and
    of those that it takes `also`, by the name of the folder where they are built.

    `pad_stack` says whether the stack pass is needed, and `pad_from_bytes` from what frame on (0: as the pass thinks
    best); `longjmp`, whether there are exceptions to take out; `collector` is the function that collects garbage, where
    pointers are kept in memory for one. The export `rpkpy_boot` is run once at build time, and the module begins where
    it ends; it takes what the export `rpkpy_prepare` makes of the files `prepare` (below runtimes/, or generated), with
    commas between them.
    """

    name: str
    title: str
    version: str
    guests: Path
    source: Source
    also: Mapping[str, Source]
    compile: Compile
    pad_stack: bool
    pad_from_bytes: int
    longjmp: bool
    collector: str
    prepare: tuple[str, ...]
    key: str = field(compare=False)


def guests_dir() -> Path:
    """Where the guests' own sources are: inside the installed package, or in the checkout around it."""
    for folder in (_PACKAGE / "guests", _PACKAGE.parent.parent / "runtimes"):
        if (folder / "shared").is_dir():
            return folder
    raise ToolchainError("The sources of rpkpy's runtimes are missing.", fix="Reinstall rpkpy.")


def load(name: str, guests: Path | None = None) -> Recipe:
    """The recipe of the runtime `name`."""
    folder = guests or guests_dir()
    try:
        data = tomllib.loads((folder / name / "recipe.toml").read_text(encoding="utf-8"))
        return Recipe(
            name=name,
            title=data["title"],
            version=data["version"],
            guests=folder,
            source=_source(data["source"]),
            also={name: _source(entry) for name, entry in data.get("also", {}).items()},
            compile=Compile(**{key: _frozen(value) for key, value in data["compile"].items()}),
            pad_stack=data["finish"]["pad_stack"],
            pad_from_bytes=data["finish"].get("pad_from_bytes", 0),
            longjmp=data["finish"].get("longjmp", False),
            collector=data["finish"].get("collector", ""),
            prepare=tuple(data["finish"].get("prepare", ())),
            key=_key(name, folder),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolchainError(f"The recipe of the runtime {name} cannot be read.", cause=str(error)) from error


def _source(entry: dict[str, str]) -> Source:
    return Source(**{"requirement": "", **entry})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _key(name: str, guests: Path) -> str:
    """A hash of the recipe, our sources, the code that builds, and the wasmtime that frames are measured with."""
    digest = hashlib.sha256(metadata.version("wasmtime").encode())
    files = [*_files(guests / "shared"), *_files(guests / name), *_files(_PACKAGE / "passes")]
    files += [_PACKAGE / f"{name}.py" for name in ("build", "engines", "micropython", "mruby", "recipe", "snapshot")]
    for path in files:
        content = path.read_bytes()
        digest.update(f"\n{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:32]


def _files(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix in (".S", ".c", ".h", ".js", ".patch", ".py", ".rb", ".toml", ".txt")
    )
