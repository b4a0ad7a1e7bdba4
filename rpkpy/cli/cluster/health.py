"""`rpkpy cluster health`."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.cluster.target import admin_of
from rpkpy.cli.context import Context
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.errors import ExitCode
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.redpanda.cluster_config import Health

EXAMPLES = """
rpkpy cluster health
rpkpy cluster health --watch --exit-when-healthy     # wait for a cluster that starts
"""

_INTERVAL_S = 2.0


def command(
    ctx: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Go on, and show each change.")] = False,
    exit_when_healthy: Annotated[
        bool, typer.Option("--exit-when-healthy", "-e", help="With --watch: end once it is healthy.")
    ] = False,
    format: FormatOption = "text",
) -> None:
    """Show whether the cluster is healthy: its brokers answer, its partitions have leaders, there is a controller.

    A cluster that is not ends with the exit code 1.
    """
    context: Context = ctx.obj
    check_format(format)
    admin = admin_of(context)
    last = None
    while True:
        found = admin.health()
        if found != last:
            emit(context, found, format, text=_text)
            context.stdout.flush()
        last = found
        if not watch or (exit_when_healthy and found.is_healthy):
            break
        time.sleep(_INTERVAL_S)
    if not found.is_healthy:
        raise typer.Exit(ExitCode.FAILED)


def _text(health: "Health") -> str:
    rows: list[tuple[str, str]] = [
        ("Healthy", "true" if health.is_healthy else "false"),
        ("Unhealthy reasons", _list(health.unhealthy_reasons)),
        ("Controller ID", str(health.controller_id)),
        ("All nodes", _list(health.all_nodes)),
        ("Nodes down", _list(health.nodes_down)),
        ("Nodes in recovery mode", _list(health.nodes_in_recovery_mode)),
        ("Nodes with high disk usage", _list(health.high_disk_usage_nodes)),
        (f"Leaderless partitions ({health.leaderless_count})", _list(health.leaderless_partitions)),
        (f"Under-replicated partitions ({health.under_replicated_count})", _list(health.under_replicated_partitions)),
    ]
    width = max(len(name) for name, _ in rows) + 3
    title = "CLUSTER HEALTH OVERVIEW"
    lines = [title, "=" * len(title), *(f"{name + ':':<{width}}{value}" for name, value in rows)]
    return printable("\n".join(lines))


def _list(items: "list[int] | list[str]") -> str:
    return f"[{' '.join(map(str, items))}]"
