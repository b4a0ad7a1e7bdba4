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
    from rpkpy.deployment.releases import Release

EXAMPLES = """
rpkpy transform history
rpkpy transform history mask --format json
"""


@dataclass(frozen=True)
class Row:
    """A release; `deployed` is ISO 8601 in UTC, `how` the command that deployed it."""

    number: int
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
    context: Context = ctx.obj
    if check_format(format) == "help":
        emit(context, None, format, text=str, shape=list[Row])
        return
    wanted = name_of(context, name)
    found = [_row(release) for release in releases_of(context).all(wanted)]
    if not found:
        context.note(f'This machine has deployed nothing as "{printable(wanted)}" to this cluster.')
    emit(context, found, format, text=_text)


def _row(release: "Release") -> Row:
    spec = release.spec
    moment = datetime.fromtimestamp(release.deployed_ms / 1000, UTC)
    return Row(
        release.number,
        moment.isoformat(timespec="seconds"),
        release.how,
        release.sha256,
        release.size,
        spec.input_topic,
        list(spec.output_topics),
        dict(sorted(spec.environment.items())),
        spec.compression,
    )


def _text(found: Sequence[Row]) -> str:
    if not found:
        return ""
    rows = [
        (row.number, row.deployed, row.how, row.module_sha256[:12], f"{row.module_bytes:,}", len(row.environment))
        for row in found
    ]
    return printable(table(("RELEASE", "DEPLOYED", "BY", "MODULE", "BYTES", "VARIABLES"), rows))
