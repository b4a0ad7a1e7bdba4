"""`rpkpy transform logs`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, describe
from rpkpy.cli.transform.target import NameArgument, logging
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.redpanda.log_output import Output

EXAMPLES = """
rpkpy transform logs mask
rpkpy transform logs mask --follow
rpkpy transform logs mask --since -10m --format wide
rpkpy transform logs mask --tail 20
"""


def command(
    ctx: typer.Context,
    name: NameArgument = None,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Go on with what comes, until Ctrl-C.")] = False,
    head: Annotated[int, typer.Option("--head", metavar="N", min=0, help="Only the first N log entries.")] = 0,
    tail: Annotated[int, typer.Option("--tail", metavar="N", min=0, help="Only the last N lines.")] = 0,
    since: Annotated[
        str, typer.Option("--since", metavar="TIME", help="From then on: now, -10m, 2024-02-10, 1707523200.")
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="TIME", help="Up to then: -1h, 2024-02-10T13:00:00Z.")] = "",
    format: FormatOption = "text",
) -> None:
    """Show what a transform wrote to its standard output and error.

    The cluster keeps a day of it. Times are in UTC.
    """
    from rpkpy.redpanda import log_output, timequery
    from rpkpy.redpanda.transform_logs import TOPIC

    context: Context = ctx.obj
    kind = check_format(format)
    if kind == "help":
        context.stdout.write(describe(log_output.Entry) + "\n")
        return
    if tail and (follow or head):
        raise UsageError(f"--tail cannot be combined with {'--follow' if follow else '--head'}.")
    now_ms = int(context.now() * 1_000)
    since_ms = timequery.parse(since, now_ms, "--since") if since else None
    until_ms = timequery.parse(until, now_ms, "--until") if until else None
    wanted = logging(context, name)

    from rpkpy.redpanda.log_reader import LogReader

    reader = LogReader(context.settings().kafka, on_malformed=context.debug)
    known = reader.exists()
    if not known:
        context.note(f"There is no topic {TOPIC} yet: nothing has been logged." + (" Waiting." if follow else ""))
    output: Output = log_output.Output(kind, terminal=context.is_terminal(context.stdout), named=wanted.several)
    events = reader.events(wanted.names, since_ms=since_ms, until_ms=until_ms, follow=follow)
    text = ""
    for text in output.render(events, head=head, tail=tail):
        context.stdout.write(text)
        if follow:
            context.stdout.flush()
    if known and not text:
        when = " in that time" if since or until else ""
        context.note(f"Nothing is logged of a transform {wanted}{when}; rpkpy transform list names what is deployed.")
