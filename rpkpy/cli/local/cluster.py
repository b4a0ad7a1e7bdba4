"""What the `local` commands share: where the cluster is, and how its status reads."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.cli.context import Context
from rpkpy.cli.render import table

if TYPE_CHECKING:
    from rpkpy.kafka.local.cluster import ClusterStatus, LocalCluster


def local_cluster(
    context: Context,
    *,
    port: int | None = None,
    admin_port: int | None = None,
    any_port: bool = False,
    java: Path | None = None,
) -> "LocalCluster":
    """The user's local cluster, with LocalCluster's meaning of the ports."""
    from rpkpy.kafka.local.cluster import LocalCluster
    from rpkpy.kafka.local.java import find_java

    environ = context.environ
    return LocalCluster(
        context.dirs.data / "local",
        context.dirs.cache,
        port=port,
        admin_port=admin_port,
        any_port=any_port,
        java=partial(find_java, explicit=java, java_home=environ.get("JAVA_HOME"), path=environ.get("PATH")),
        progress=context.note,
        repository=environ.get("RPKPY_MAVEN_REPOSITORY"),
        environ=environ,
    )


def status_text(context: Context, status: "ClusterStatus") -> str:
    """The status for a person: a table of the two processes, then where their data is."""
    kafka, host = status.kafka, status.host
    host_state = ("ready" if host.ready else "not ready") if host.running else "stopped"
    rows = [
        ("kafka", "running" if kafka.running else "stopped", kafka.bootstrap, kafka.pid, kafka.started),
        ("host", host_state, host.admin, host.pid, host.started),
    ]
    text = table(
        ("COMPONENT", "STATE", "ADDRESS", "PID", "UPTIME"),
        [
            (name, state, address or "-", pid or "-", _duration(context.now() - started) if started else "-")
            for name, state, address, pid, started in rows
        ],
    )
    facts = [f"Java    {kafka.java}"] if kafka.java else []
    facts.append(f"Data    {kafka.data_dir} ({_size(kafka.data_bytes)})")
    if kafka.started:
        facts.append(f"Started {datetime.fromtimestamp(kafka.started).astimezone().isoformat(' ', 'seconds')}")
    return text + "\n" + "\n".join(facts) + "\n"


def _duration(seconds: float) -> str:
    whole = max(0, int(seconds))
    days, hours, minutes = whole // 86400, whole // 3600 % 24, whole // 60 % 60
    if days:
        return f"{days}d{hours}h"
    if hours:
        return f"{hours}h{minutes}m"
    return f"{minutes}m{whole % 60}s" if minutes else f"{whole}s"


def _size(size: int) -> str:
    value = float(size)
    for unit in ("B", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.0f} {unit}"
        value /= 1024
    return f"{value:.1f} GiB"
