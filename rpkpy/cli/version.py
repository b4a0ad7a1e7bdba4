"""`rpkpy version`."""

import sys
import sysconfig
from dataclasses import dataclass, field

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, emit, table
from rpkpy.version import __version__

EXAMPLES = """
rpkpy version
rpkpy version -v --format json
"""

_LIBRARIES = ("confluent-kafka", "httpx", "rich", "typer", "wasmtime")


@dataclass(frozen=True)
class Versions:
    """What `rpkpy version` prints: rpkpy, Python, the platform; with -v the libraries that shape behaviour."""

    rpkpy: str
    python: str
    platform: str
    libraries: dict[str, str] | None = field(default=None, metadata={"omit_none": True})


def command(ctx: typer.Context, format: FormatOption = "text") -> None:
    """Print versions of rpkpy and of what it runs on; with -v also of its libraries, for a bug report."""
    context: Context = ctx.obj
    versions = Versions(
        rpkpy=__version__,
        python=".".join(map(str, sys.version_info[:3])),
        platform=sysconfig.get_platform(),
        libraries=_libraries() if context.options.verbose else None,
    )
    emit(context, versions, format, text=_text)


def _text(versions: Versions) -> str:
    rows = [("rpkpy", versions.rpkpy), ("python", versions.python), ("platform", versions.platform)]
    return table(("NAME", "VERSION"), [*rows, *(versions.libraries or {}).items()])


def _libraries() -> dict[str, str]:
    from importlib import metadata

    return {name: metadata.version(name) for name in _LIBRARIES}
