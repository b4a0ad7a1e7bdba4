"""`rpkpy toolchain install`."""

import platform
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.toolchains.install import Installed

EXAMPLES = """
rpkpy toolchain install tinygo
rpkpy toolchain install tinygo --url https://mirror.example/tinygo
"""


def command(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The toolchain: tinygo.")],
    url: Annotated[
        str | None, typer.Option("--url", metavar="BASE", help="Where the releases are, when not at GitHub.")
    ] = None,
    version: Annotated[str | None, typer.Option("--version", metavar="VERSION", help="The release.")] = None,
    sha256: Annotated[
        str | None, typer.Option("--sha256", metavar="SUM", help="The archive's sum, for another release.")
    ] = None,
    format: FormatOption = "text",
) -> None:
    """Install a toolchain into rpkpy's cache. Its archive is checked before it is unpacked."""
    from rpkpy.toolchains import install, tinygo

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=install.Installed)
        return
    if name != "tinygo":
        raise UsageError(
            f'rpkpy does not install "{name}".',
            cause="It installs tinygo; other toolchains come from their makers or from pip.",
            fix="rpkpy toolchain list --format wide says how to get each.",
        )
    with context.progress(f"Installing TinyGo {version or tinygo.VERSION}"):
        result = install.install_tinygo(
            context.dirs.cache,
            platform=install.platform_key(platform.system(), platform.machine()),
            base_url=url or install.RELEASES,
            version=(version or tinygo.VERSION).removeprefix("v"),
            sha256=sha256,
            progress=lambda done, total: _progress(context, done, total),
        )
    emit(context, result, format, text=_text)


def _progress(context: Context, done: int, total: int | None) -> None:
    step = 8 * 1024 * 1024
    if done // step != max(0, done - 65_536) // step:
        of = f" of {total / 1048576:.0f}" if total else ""
        context.note(f"  {done / 1048576:.0f}{of} MiB")


def _text(result: "Installed") -> str:
    return f"TinyGo {result.version} {'was there already' if result.already else 'is installed'}: {result.path}"
