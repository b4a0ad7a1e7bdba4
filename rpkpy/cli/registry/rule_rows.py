"""How compatibility levels and modes are printed."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from rpkpy.cli.context import Context
from rpkpy.cli.registry.target import fail_if
from rpkpy.cli.render import emit, table
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.registry.rules import Setting


@dataclass(frozen=True)
class Level:
    """A subject's compatibility level, or the error that kept it."""

    subject: str
    level: str | None = field(metadata={"omit_none": True})
    error: str | None = field(metadata={"omit_none": True})


@dataclass(frozen=True)
class Mode:
    """A subject's mode, or the error that kept it."""

    subject: str
    mode: str | None = field(metadata={"omit_none": True})
    error: str | None = field(metadata={"omit_none": True})


def emit_levels(context: Context, settings: "Sequence[Setting]", format: str) -> None:
    """Print levels as rpk's table; exit code 6 where one was refused."""
    _emit(context, settings, format, Level, list[Level])


def emit_modes(context: Context, settings: "Sequence[Setting]", format: str) -> None:
    """Print modes as rpk's table; exit code 6 where one was refused."""
    _emit(context, settings, format, Mode, list[Mode])


def _emit(
    context: Context, settings: "Sequence[Setting]", format: str, kind: type[Level] | type[Mode], shape: object
) -> None:
    def text(_: object) -> str:
        rows = [(each.subject, each.value or "-", each.error or "") for each in settings]
        return printable(table([column.name.upper() for column in fields(kind)], rows))

    rows = [kind(each.subject, each.value, each.error) for each in settings]
    emit(context, rows, format, text=text, shape=shape)
    fail_if(any(each.error for each in settings))
