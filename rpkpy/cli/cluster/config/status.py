"""`rpkpy cluster config status`."""

from typing import TYPE_CHECKING

import typer

from rpkpy.cli.cluster.target import admin_of
from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit, table
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.cluster_config import NodeStatus

EXAMPLES = """
rpkpy cluster config status
"""


def command(ctx: typer.Context, format: FormatOption = "text") -> None:
    """Show which brokers have the newest configuration, which must be restarted, and what they call invalid."""
    from rpkpy.redpanda.cluster_config import NodeStatus

    context: Context = ctx.obj
    check_format(format)
    emit(context, admin_of(context).status(), format, text=_text, shape=list[NodeStatus])


def _text(nodes: "list[NodeStatus]") -> str:
    rows = [
        (
            each.node_id,
            each.config_version,
            "true" if each.needs_restart else "false",
            f"[{' '.join(each.invalid)}]",
            f"[{' '.join(each.unknown)}]",
        )
        for each in nodes
    ]
    return printable(table(("NODE", "CONFIG-VERSION", "NEEDS-RESTART", "INVALID", "UNKNOWN"), rows))
