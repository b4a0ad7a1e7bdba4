"""`rpkpy local logs`."""

from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.local.cluster import local_cluster
from rpkpy.errors import LocalError, UsageError
from rpkpy.text import printable

EXAMPLES = """
rpkpy local logs                 # Kafka's last lines
rpkpy local logs host -f         # the transform host's, as they come
"""

_COMPONENTS = ("kafka", "host")


def command(
    ctx: typer.Context,
    component: Annotated[str, typer.Argument(metavar="[kafka|host]", help="Whose log.")] = "kafka",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with lines as they come.")] = False,
    tail: Annotated[int, typer.Option("--tail", metavar="N", min=0, help="How many of the last lines.")] = 50,
) -> None:
    """Show the log of Kafka or of the transform host. What transforms print is in `rpkpy transform logs`."""
    from rpkpy.kafka.local import logfile

    context: Context = ctx.obj
    if component not in _COMPONENTS:
        raise UsageError(f'There is no log called "{component}".', fix=f"Use one of {', '.join(_COMPONENTS)}.")
    path = local_cluster(context).log_file(component)
    if not path.exists() and not follow:
        raise LocalError(
            f"There is no log of {component} yet.", cause=f"{path} does not exist.", fix="rpkpy local start"
        )
    for line in logfile.follow(path, tail) if follow else logfile.tail(path, tail):
        context.echo(printable(line))
        if follow:
            context.stdout.flush()
