"""What the registry commands share: the registry, versions, rows of versions, refusals by row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import emit, table
from rpkpy.errors import ExitCode, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.registry.schemas import Version
    from rpkpy.redpanda.registry.session import Registry

DeletedOption = Annotated[bool, typer.Option("--deleted", help="What was deleted, not for good, too.")]
VersionOption = Annotated[str, typer.Option("--schema-version", metavar="VERSION", help="A number, or latest.")]
SubjectsArgument = Annotated[list[str] | None, typer.Argument(metavar="[SUBJECT...]", help="Names of subjects.")]


def registry_of(context: Context) -> "Registry":
    """The registry that the settings lead to."""
    from rpkpy.redpanda.registry.session import Registry

    return Registry(context.settings(), say=lambda text: context.debug(printable(text)))


def version_of(text: str) -> str:
    """A version as paths name it. Raises UsageError."""
    if not text:
        raise UsageError("The version is missing.", fix="Pass --schema-version VERSION, a number or latest.")
    if text in ("latest", "-1"):
        return "latest"
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise UsageError(f'--schema-version "{text}" is neither a number nor latest.')
    return str(int(text))


def scope(subjects: Sequence[str] | None, *, everywhere: bool) -> list[str]:
    """The subjects a rule is about: the registry as a whole where none is named, or `everywhere` too."""
    from rpkpy.redpanda.registry.rules import GLOBAL

    return [*(subjects or ()), *([GLOBAL] if everywhere or not subjects else [])]


def emit_versions(context: Context, versions: "list[Version]", format: str) -> None:
    """Print versions as rpk's table; a column for errors where there are any."""
    from rpkpy.redpanda.registry.schemas import Version

    emit(context, versions, format, text=versions_text, shape=list[Version])
    fail_if(any(each.error for each in versions))


def versions_text(versions: "Sequence[Version]") -> str:
    """The table of versions."""
    failed = any(each.error for each in versions)
    rows: list[list[Any]] = []
    for each in versions:
        row = [each.subject, each.version, each.id, each.type, *([each.error] if failed else [])]
        rows.append(["" if cell is None else cell for cell in row])
    return printable(table(("SUBJECT", "VERSION", "ID", "TYPE", *(["ERROR"] if failed else [])), rows))


def fail_if(failed: bool) -> None:
    """End with the code of a refusal where a row was refused."""
    if failed:
        raise typer.Exit(ExitCode.REFUSED)
