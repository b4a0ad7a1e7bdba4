"""Which languages can be built here, and what is missing for the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rpkpy.errors import RpkpyError
from rpkpy.toolchains import languages


@dataclass(frozen=True, slots=True)
class FoundTool:
    """A tool: its name, version and command line."""

    name: str
    version: str
    command: str


@dataclass(frozen=True, slots=True)
class Status:
    """A language: `status` is ok or missing, with the problem and its fix when missing."""

    language: str
    title: str
    status: str
    tools: list[FoundTool]
    problem: str | None = field(default=None, metadata={"omit_none": True})
    fix: str | None = field(default=None, metadata={"omit_none": True})


def survey(environ: Mapping[str, str], cache: Path) -> list[Status]:
    """Every language's tools, as a build would find them."""
    found = []
    for toolchain in languages.all_toolchains():
        key = toolchain.keys[0]
        try:
            tools = toolchain.detect(environ, cache)
        except RpkpyError as error:
            problem = f"{error.message} {error.cause}" if error.cause else error.message
            found.append(Status(key, toolchain.title, "missing", [], problem, error.fix))
        else:
            listed = [FoundTool(tool.name, tool.version, " ".join(tool.command)) for tool in tools]
            found.append(Status(key, toolchain.title, "ok", listed))
    return found
