"""`rpkpy transform history`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.cli.transform.deployment_options import releases_of
from rpkpy.cli.transform.target import NameArgument, name_of
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.deployment.history import State
    from rpkpy.deployment.releases import Release

EXAMPLES = """
rpkpy transform history
rpkpy transform history mask --format json
"""


@dataclass(frozen=True)
class Row:
    """A transform as a release left it; `deployed` is ISO 8601 in UTC, `how` the command that deployed it.

    A release of a project with several inputs has a row for each of its transforms.
    """

    number: int
    name: str
    deployed: str
    how: str
    module_sha256: str
    module_bytes: int
    input_topic: str
    output_topics: list[str]
    environment: dict[str, str]
    compression: str


def command(ctx: typer.Context, name: NameArgument = None, format: FormatOption = "text") -> None:
    """List what this machine deployed to this cluster as the transform, newest last; `rollback` deploys it again.

    JSON and YAML hold the values of variables as well.
    """
    from rpkpy.deployment import history

    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=list[Row])
        return
    wanted = name_of(context, name)
    states = history.of(releases_of(context), wanted)
    found = [_row(state.number, part) for state in states for part in state.parts]
    if not states:
        context.note(f'This machine has deployed nothing as "{printable(wanted)}" to this cluster.')
    emit(context, found, format, text=lambda _: _text(states))


def _row(number: int, release: "Release") -> Row:
    spec = release.spec
    moment = datetime.fromtimestamp(release.deployed_ms / 1000, UTC)
    return Row(
        number,
        release.spec.name,
        moment.isoformat(timespec="seconds"),
        release.how,
        release.sha256,
        release.size,
        spec.input_topic,
        list(spec.output_topics),
        dict(sorted(spec.environment.items())),
        spec.compression,
    )


def _text(states: "Sequence[State]") -> str:
    """A line for each release; the modules and variables of several transforms are the same but after a failure."""
    if not states:
        return ""
    several = any(state.count > 1 for state in states)
    headers = ("RELEASE", "DEPLOYED", "BY", "MODULE", "INPUTS" if several else "BYTES", "VARIABLES")
    return printable(table(headers, [_line(state, several=several) for state in states]))


def _line(state: "State", *, several: bool) -> tuple[object, ...]:
    row = _row(state.number, state.newest)
    module = row.module_sha256[:12] if len({part.sha256 for part in state.parts}) == 1 else "several"
    inputs = str(state.count) if state.complete else f"{len(state.parts)} of {state.count}"
    size = inputs if several else f"{row.module_bytes:,}"
    return row.number, row.deployed, row.how, module, size, len(row.environment)
