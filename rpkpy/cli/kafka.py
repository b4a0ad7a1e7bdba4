"""What the commands that speak Kafka share: the admin client, flags in Go's forms, the outcome table."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import emit, table
from rpkpy.errors import ExitCode, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.client import Admin
    from rpkpy.kafka.topics import Outcome


def connect(context: Context) -> "Admin":
    """An admin client of the cluster that the settings name."""
    from rpkpy.kafka import client

    settings = context.settings()
    return client.admin(settings.kafka, request_timeout_s=settings.request_timeout_s)


def pairs(texts: Sequence[str], flag: str) -> list[tuple[str, str]]:
    """`key=value` or `key:value` (the first of = and : parts them), as pairs. Raises UsageError."""
    found = []
    for text in texts:
        cut = min((at for at in (text.find("="), text.find(":")) if at >= 0), default=0)
        if not cut:
            raise UsageError(f'{flag} "{text}" is not KEY=VALUE or KEY:VALUE.')
        found.append((text[:cut], text[cut + 1 :]))
    return found


def seconds(text: str, flag: str) -> float:
    """A duration such as 500ms or 1m, in seconds. Raises UsageError."""
    from rpkpy.config import durations

    try:
        return durations.parse(text)
    except ValueError as error:
        raise UsageError(f'{flag} "{text}" cannot be read.', cause=f"{error}.") from error


def boolean(text: str, flag: str) -> bool:
    """true or false as Go's flags take them. Raises UsageError."""
    value = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}.get(text.lower())
    if value is None:
        raise UsageError(f"{flag}={text} is neither true nor false.")
    return value


def numbers(texts: Sequence[str], flag: str) -> list[int]:
    """`0,1 2` as numbers. Raises UsageError."""
    parts = [part for text in texts for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise UsageError(f'{flag} "{",".join(texts)}" is not a list of numbers.')
    return list(dict.fromkeys(map(int, parts)))


def emit_outcomes(context: Context, outcomes: "list[Outcome]", format: str) -> None:
    """Print what became of each topic; exit code 6 when one was refused."""
    from rpkpy.kafka.topics import Outcome

    def text(outcomes: "list[Outcome]") -> str:
        return table(("TOPIC", "STATUS"), [(each.topic, printable(each.status)) for each in outcomes])

    emit(context, outcomes, format, text=text, shape=list[Outcome])
    if not all(outcome.ok for outcome in outcomes):
        raise typer.Exit(ExitCode.REFUSED)
