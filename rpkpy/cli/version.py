"""`rpkpy version`."""

import platform
from dataclasses import dataclass
from importlib import metadata

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, emit, table
from rpkpy.version import __version__

EXAMPLES = """
rpkpy version
rpkpy version --format json
"""

_LIBRARIES = ("confluent-kafka", "httpx", "rich", "typer", "wasmtime")


@dataclass(frozen=True)
class Versions:
    """What `rpkpy version` prints: rpkpy, Python, the platform, the libraries that shape behaviour."""

    rpkpy: str
    python: str
    platform: str
    libraries: dict[str, str]


def command(ctx: typer.Context, format: FormatOption = "text") -> None:
    """Print versions of rpkpy and of what it runs on, for a bug report."""
    context: Context = ctx.obj
    versions = Versions(
        rpkpy=__version__,
        python=platform.python_version(),
        platform=f"{platform.system().lower()}/{platform.machine()}",
        libraries={name: metadata.version(name) for name in _LIBRARIES},
    )
    emit(context, versions, format, text=_text)


def _text(versions: Versions) -> str:
    rows = [("rpkpy", versions.rpkpy), ("python", versions.python), ("platform", versions.platform)]
    return table(("NAME", "VERSION"), [*rows, *versions.libraries.items()])
