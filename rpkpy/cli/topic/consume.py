"""`rpkpy topic consume`."""

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import boolean, connect, numbers, seconds
from rpkpy.cli.topic.output import Output, decoded_parts
from rpkpy.errors import UsageError

if TYPE_CHECKING:
    from rpkpy.kafka.consume import Fetching
    from rpkpy.kafka.formats import TopicRecord
    from rpkpy.kafka.span import Span

EXAMPLES = """
rpkpy topic consume customer_masked                     # from the start, then on as records come
rpkpy topic consume customer_masked -o :end             # what is there now, then end
rpkpy topic consume customer -n 3 -f '%k %v\\n'
rpkpy topic consume customer -o @-1h -f '%d{strftime[%F %T]} %v\\n'
rpkpy topic consume customer -g my-group
rpkpy topic consume customer --use-schema-registry=value
"""

OPTIONAL_VALUES = {"--use-schema-registry": "key,value"}
ATTACHED_VALUES = frozenset(OPTIONAL_VALUES)


def command(
    ctx: typer.Context,
    topics: Annotated[list[str], typer.Argument(metavar="TOPICS...", help="Names of the topics.")],
    offset: Annotated[
        str, typer.Option("--offset", "-o", help="start, end, N, +N, -N, N:M, :end, @TIME, @TIME:TIME.")
    ] = "start",
    num: Annotated[int, typer.Option("--num", "-n", min=0, help="End after this many records; 0: never.")] = 0,
    format: Annotated[str, typer.Option("--format", "-f", help="How a record is printed.")] = "json",
    partitions: Annotated[
        list[str] | None, typer.Option("--partitions", "-p", metavar="N,...", help="These partitions alone.")
    ] = None,
    group: Annotated[str, typer.Option("--group", "-g", help="Consume as a member of this group, and commit.")] = "",
    regex: Annotated[
        bool, typer.Option("--regex", "-r", help="Names are expressions that match whole topic names.")
    ] = False,
    meta_only: Annotated[bool, typer.Option("--meta-only", help="The value's size in its place (json).")] = False,
    pretty_print: Annotated[
        str, typer.Option("--pretty-print", metavar="BOOL", help="Each record over several lines (json).")
    ] = "true",
    read_committed: Annotated[
        bool, typer.Option("--read-committed", help="Leave out records of transactions that were not committed.")
    ] = False,
    balancer: Annotated[
        str, typer.Option("--balancer", "-b", help="range, roundrobin or cooperative-sticky (groups).")
    ] = "cooperative-sticky",
    fetch_max_bytes: Annotated[int, typer.Option("--fetch-max-bytes", min=1, help="Most bytes of a fetch.")] = 1 << 20,
    fetch_max_partition_bytes: Annotated[
        int, typer.Option("--fetch-max-partition-bytes", min=1, help="Most bytes of a partition in a fetch.")
    ] = 1 << 20,
    fetch_max_wait: Annotated[
        str, typer.Option("--fetch-max-wait", metavar="DURATION", help="How long a broker may hold an empty fetch.")
    ] = "500ms",
    rack: Annotated[str, typer.Option("--rack", help="This client's rack, to fetch from a follower near it.")] = "",
    print_control_records: Annotated[bool, typer.Option("--print-control-records", hidden=True)] = False,
    use_schema_registry: Annotated[
        list[str] | None,
        typer.Option("--use-schema-registry", metavar="[key|value]", help="Decode by the registry's schemas."),
    ] = None,
) -> None:
    """Print records of topics, from their start on, until Ctrl-C or what --num or --offset say."""
    from rpkpy.kafka import span as spans
    from rpkpy.kafka.consume import Fetching
    from rpkpy.kafka.formats import Printer
    from rpkpy.kafka.positions import Bounds

    context: Context = ctx.obj
    parts = decoded_parts(use_schema_registry or ())
    if print_control_records:
        raise UsageError("rpkpy's client never shows control records.", fix="Leave out --print-control-records.")
    if group and partitions:
        raise UsageError("--group and --partitions do not go together.", cause="The group shares out the partitions.")
    bounds = Bounds(lambda: connect(context))
    printer = Printer.of(format, pretty=boolean(pretty_print, "--pretty-print"), meta_only=meta_only, bounds=bounds)
    span = spans.parse(offset, now_ms=int(context.now() * 1000))
    max_wait_s = seconds(fetch_max_wait, "--fetch-max-wait")
    fetching = Fetching(read_committed, fetch_max_bytes, fetch_max_partition_bytes, max_wait_s, rack)
    runs = _runs(
        context, topics, span, fetching, numbers(partitions or [], "--partitions"), group, balancer, regex, num
    )
    with closing(runs), Output(context, printer, parts) as output:
        for run in runs:
            output(run)


def _runs(
    context: Context,
    names: Sequence[str],
    span: "Span",
    fetching: "Fetching",
    partitions: Sequence[int],
    group: str,
    balancer: str,
    regex: bool,
    limit: int,
) -> "Generator[list[TopicRecord], None, None]":
    from rpkpy.kafka import consume

    settings = context.settings()
    admin = connect(context)
    places = consume.select(admin, names, regex=regex, partitions=partitions)
    if not group:
        plan = consume.resolve(admin, places, span, read_committed=fetching.read_committed)
        yield from consume.records(settings.kafka, plan, fetching, limit=limit)
        return
    if span.end is not None:
        raise UsageError("--group does not go with an --offset that ends.", fix="Leave out the end, or --group.")
    yield from consume.group_records(
        settings.kafka,
        group,
        names,
        span.start,
        fetching,
        regex=regex,
        balancer=balancer,
        admin=admin,
        limit=limit,
    )
