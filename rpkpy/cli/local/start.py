"""`rpkpy local start`."""

from pathlib import Path
from typing import Annotated

import typer

from rpkpy.cli.context import Context
from rpkpy.cli.local.cluster import local_cluster, status_text
from rpkpy.cli.render import FormatOption, check_format, emit
from rpkpy.errors import UsageError

EXAMPLES = """
rpkpy local start
rpkpy local start --no-host          # Kafka alone
rpkpy local start --port 19092       # another port for Kafka
rpkpy local start --set data_transforms_per_function_memory_limit=16777216
"""

_IGNORED = "Taken from rpk container start, ignored: there are no containers."


def command(
    ctx: typer.Context,
    port: Annotated[
        int | None, typer.Option("--port", "--kafka-ports", metavar="PORT", min=1, max=65535, help="Kafka's port.")
    ] = None,
    admin_port: Annotated[
        int | None,
        typer.Option("--admin-port", "--admin-ports", metavar="PORT", min=1, max=65535, help="The Admin API's port."),
    ] = None,
    any_port: Annotated[bool, typer.Option("--any-port", help="Take any free ports, not 9092 and 9644.")] = False,
    no_host: Annotated[bool, typer.Option("--no-host", help="Start Kafka without the transform host.")] = False,
    property: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A cluster property for the host (repeatable); remembered."),
    ] = None,
    no_profile: Annotated[bool, typer.Option("--no-profile", help="Leave rpk.yaml's profiles alone.")] = False,
    java: Annotated[
        Path | None, typer.Option("--java", metavar="FILE", help="The java executable (17 or newer) to use.")
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", min=1, help="How long Kafka may take to get ready.")
    ] = 60,
    nodes: Annotated[int, typer.Option("--nodes", "-n", hidden=True, help="One; more are refused.")] = 1,
    retries: Annotated[int | None, typer.Option("--retries", hidden=True, help=_IGNORED)] = None,
    image: Annotated[str | None, typer.Option("--image", hidden=True, help=_IGNORED)] = None,
    pull: Annotated[bool, typer.Option("--pull", hidden=True, help=_IGNORED)] = False,
    console_image: Annotated[str | None, typer.Option("--console-image", hidden=True, help=_IGNORED)] = None,
    console_port: Annotated[str | None, typer.Option("--console-port", hidden=True, help=_IGNORED)] = None,
    proxy_ports: Annotated[str | None, typer.Option("--proxy-ports", hidden=True, help=_IGNORED)] = None,
    rpc_ports: Annotated[str | None, typer.Option("--rpc-ports", hidden=True, help=_IGNORED)] = None,
    registry_ports: Annotated[str | None, typer.Option("--schema-registry-ports", hidden=True, help=_IGNORED)] = None,
    subnet: Annotated[str | None, typer.Option("--subnet", hidden=True, help=_IGNORED)] = None,
    gateway: Annotated[str | None, typer.Option("--gateway", hidden=True, help=_IGNORED)] = None,
    format: FormatOption = "text",
) -> None:
    """Start Apache Kafka on this machine, with the transform host beside it, and select the profile `local`.

    Both run on after the terminal is closed. Started again, they find their data and ports. Nothing is done where
    they run already.
    """
    context: Context = ctx.obj
    check_format(format)
    if nodes != 1:
        raise UsageError(
            f"--nodes {nodes} is not possible.", cause="The local cluster is one node.", fix="Leave --nodes out."
        )
    given = {
        "--retries": retries, "--image": image, "--pull": pull, "--console-image": console_image,
        "--console-port": console_port, "--proxy-ports": proxy_ports, "--rpc-ports": rpc_ports,
        "--schema-registry-ports": registry_ports, "--subnet": subnet, "--gateway": gateway,
    }  # fmt: skip
    ignored = [flag for flag, value in given.items() if value not in (None, False)]
    if ignored:
        context.warn(f"{', '.join(ignored)} means nothing here and is ignored: there are no containers.")
    if property:
        from rpkpy.config.settings import KafkaSettings
        from rpkpy.host.settings import HostSettings, with_properties

        with_properties(HostSettings(KafkaSettings()), property)  # refused before it is remembered
    cluster = local_cluster(
        context, port=port, admin_port=admin_port, any_port=any_port, java=context.path(java) if java else None
    )
    status = cluster.start(timeout_s=timeout)
    try:
        if not no_host:
            status = cluster.start_host(properties=property or None)
    finally:
        if not no_profile:
            _select_profile(context, cluster.broker.bootstrap, cluster.host.status().admin)
    emit(context, status, format, text=lambda status: status_text(context, status))


def _select_profile(context: Context, bootstrap: str, admin: str | None) -> None:
    from rpkpy.config import profiles, rpk_yaml
    from rpkpy.kafka.local.cluster import PROFILE

    before = profiles.current(rpk_yaml.path(context.dirs.config))
    profiles.upsert(
        context.dirs.config,
        PROFILE,
        brokers=[bootstrap],
        admin=[admin] if admin else [],
        description="The local cluster (rpkpy local)",
        select=True,
    )
    if before != PROFILE:
        was = f" (before: {before}; back with `rpkpy profile use {before}`)" if before else ""
        context.note(f"Selected the profile {PROFILE}{was}")
