"""`rpkpy group describe`."""

from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.kafka import connect
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.errors import UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.groups import Group, PartitionLag

EXAMPLES = """
rpkpy group describe my-group
rpkpy group describe my-group other-group --print-summary
rpkpy group describe -r '.*' -t       # lag by topic
"""


def command(
    ctx: typer.Context,
    groups: Annotated[list[str], typer.Argument(metavar="GROUPS...", help="Names of the groups.")],
    print_summary: Annotated[bool, typer.Option("--print-summary", "-s", help="The summary alone.")] = False,
    print_commits: Annotated[bool, typer.Option("--print-commits", "-c", help="The partitions alone.")] = False,
    print_lag_per_topic: Annotated[
        bool, typer.Option("--print-lag-per-topic", "-t", help="The summary, and the lag by topic.")
    ] = False,
    regex: Annotated[
        bool, typer.Option("--regex", "-r", help="Names are expressions that match whole group names.")
    ] = False,
    instance_id: Annotated[
        bool, typer.Option("--instance-ID", "-i", help="The members' instance ids, also where none has one.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Describe groups: state, members, and how many records each partition is behind."""
    from rpkpy.kafka import groups as kafka_groups
    from rpkpy.kafka.expressions import matcher

    context: Context = ctx.obj
    check_format(format)
    if print_commits and (print_summary or print_lag_per_topic):
        raise UsageError("--print-commits goes with neither --print-summary nor --print-lag-per-topic.")
    matches = matcher(groups) if regex else None
    admin = connect(context)
    wanted = groups if matches is None else [name for name in kafka_groups.names(admin) if matches(name)]

    def text(found: "list[Group]") -> str:
        blocks = []
        for group in found:
            parts = [] if print_commits else [_summary(group)]
            if print_lag_per_topic:
                lags = [(topic, lag) for _, topic, lag in kafka_groups.lag_by_topic([group])]
                parts.append(table(("TOPIC", "LAG"), lags))
            elif not print_summary and group.partitions:
                parts.append(_commits(group.partitions, instance_id))
            blocks.append("\n".join(parts))
        return printable("\n".join(block for block in blocks if block))

    emit(context, kafka_groups.describe(admin, wanted), format, text=text, shape=list[kafka_groups.Group])


def _summary(group: "Group") -> str:
    rows = [
        ("COORDINATOR-NODE", group.coordinator),
        ("STATE", group.state),
        ("BALANCER", group.balancer),
        ("MEMBERS", group.members),
        ("TOTAL-LAG", group.total_lag),
    ]
    return table(("GROUP", group.group), rows)


def _commits(partitions: "tuple[PartitionLag, ...]", instance_id: bool) -> str:
    instance_id = instance_id or any(each.instance_id is not None for each in partitions)
    failed = any(each.error for each in partitions)
    headers = ["TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-START-OFFSET", "LOG-END-OFFSET", "LAG", "MEMBER-ID"]
    headers += [*(["INSTANCE-ID"] if instance_id else []), "CLIENT-ID", "HOST", *(["ERROR"] if failed else [])]
    rows = []
    for each in partitions:
        row: list[object] = [each.topic, each.partition, _number(each.current_offset), _number(each.log_start_offset)]
        row += [_number(each.log_end_offset), _number(each.lag if each.log_end_offset else None), each.member_id]
        row += [*([each.instance_id or ""] if instance_id else []), each.client_id, each.host]
        rows.append([*row, *([each.error or ""] if failed else [])])
    return table(headers, rows)


def _number(value: int | None) -> object:
    return "-" if value is None else value
