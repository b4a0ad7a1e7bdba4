"""What builds the project: its language's tools, versions known to be bad, the interpreters' runtimes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from rpkpy.doctor.model import Finding, Fix, inapplicable, ok, problem, warning
from rpkpy.doctor.numbers import version_numbers
from rpkpy.doctor.surroundings import Surroundings
from rpkpy.errors import ToolchainError

_PROJECT = "there is no usable project in this folder"
_MAGIC = b"\0asm"


@dataclass(frozen=True, slots=True)
class KnownBad:
    """Versions of a project's tools that do not work: when, why, and what to do. `holds` gets versions by tool."""

    holds: Callable[[Mapping[str, tuple[int, ...]]], bool]
    why: str
    treatment: str


def _below(tools: Mapping[str, tuple[int, ...]], tool: str, version: tuple[int, ...]) -> bool:
    return tool in tools and tools[tool][: len(version)] < version


def _above(tools: Mapping[str, tuple[int, ...]], tool: str, version: tuple[int, ...]) -> bool:
    return tool in tools and tools[tool][: len(version)] > version


# TinyGo's own messages: 0.35.0 "requires go version 1.19 through 1.23" (its issue 4739), 0.40.1 "1.19 through 1.25"
# (5227). Rust 1.91.0 and 1.93.0 made WebAssembly that did not work elsewhere (fastly/cli's changelog, 1571 and 1653).
KNOWN_BAD = (
    KnownBad(
        lambda tools: _below(tools, "tinygo", (0, 36)) and _above(tools, "go", (1, 23)),
        "this TinyGo works with Go 1.19 through 1.23",
        "Put an older Go first on PATH, or install a newer TinyGo: rpkpy toolchain install tinygo.",
    ),
    KnownBad(
        lambda tools: _below(tools, "tinygo", (0, 41)) and _above(tools, "go", (1, 25)),
        "this TinyGo works with Go up to 1.25",
        "Put Go 1.25 or older first on PATH, or install a newer TinyGo.",
    ),
    KnownBad(
        lambda tools: tools.get("rustc", ())[:3] in ((1, 91, 0), (1, 93, 0)),
        "this Rust is known to have made WebAssembly modules that do not work",
        "rustup update, then build again.",
    ),
)


def tools(around: Surroundings) -> Finding:
    """The project's language can be built here."""
    project = around.usable_project
    if project is None:
        return inapplicable(_PROJECT)
    toolchain = project.toolchain()
    try:
        found = around.tools
    except ToolchainError as error:
        cause = f" {error.cause}" if error.cause else ""
        return problem(f"{toolchain.title}: {error.message}{cause}", error.fix)
    return ok(f"{toolchain.title}: {', '.join(f'{tool.name} {tool.version}' for tool in found)}")


def versions(around: Surroundings) -> Finding:
    """None of these tools is of a version known to be bad."""
    if around.usable_project is None:
        return inapplicable(_PROJECT)
    try:
        found = around.tools
    except ToolchainError:
        return inapplicable("the tools are missing")
    versions = {tool.name.lower(): version_numbers(tool.version) for tool in found}
    bad = next((entry for entry in KNOWN_BAD if entry.holds(versions)), None)
    shown = ", ".join(f"{tool.name} {tool.version}" for tool in found)
    return warning(f"{shown}: {bad.why}", bad.treatment) if bad else ok("none is known to be bad")


def runtimes(around: Surroundings) -> Finding:
    """The interpreters that languages without a compiler run in are there, or can be built."""
    from rpkpy.runtimes import recipe, store

    folder = store.folder(around.folders.cache, around.environ)
    states: list[str] = []
    fixes: list[Fix] = []
    unbuilt: list[str] = []
    damaged: list[str] = []
    for path in sorted(recipe.guests_dir().glob("*/recipe.toml")):
        wanted = recipe.load(path.parent.name)
        module = store.find(wanted, folder)
        kept = store.kept(wanted, folder)
        built = kept.is_file()
        if module is None:
            state = "not built yet"
            unbuilt.append(wanted.name)
        elif module.startswith(_MAGIC):
            state = "built" if built else "comes with rpkpy"
        else:
            state = "damaged"
            damaged.append(wanted.name)
            if built:
                fixes.append(Fix(f"remove {around.shown(kept)}", partial(kept.unlink, missing_ok=True)))
        states.append(f"{wanted.title} {wanted.version}: {state}")
    if damaged:
        return warning("; ".join(states), None if fixes else "Install rpkpy again: what it brought is damaged.", fixes)
    if not unbuilt:
        return ok("; ".join(states))
    if missing := _cannot_build(unbuilt[0], around):
        return inapplicable(f"{'; '.join(states)}; {missing}")
    return ok(f"{'; '.join(states)} (the first build of a project does, in a minute)")


def _cannot_build(name: str, around: Surroundings) -> str | None:
    from rpkpy.toolchains import interpreters

    try:
        interpreters.tool(name, around.environ, around.folders.cache)
    except ToolchainError as error:
        return (error.fix or error.message).splitlines()[0]
    return None
