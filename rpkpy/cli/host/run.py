"""`rpkpy host run`."""

import logging
from typing import Annotated

import typer

from rpkpy.cli.context import Context

EXAMPLES = """
rpkpy host run --brokers 127.0.0.1:9092
rpkpy host run --brokers 127.0.0.1:9092 --admin-listen 127.0.0.1:9644
rpkpy host run --set data_transforms_per_function_memory_limit=16777216 \\
  --set data_transforms_per_core_memory_reservation=167772160
rpkpy host run --schema-registry http://127.0.0.1:8081
"""


def command(
    ctx: typer.Context,
    brokers: Annotated[
        list[str] | None,
        typer.Option("--brokers", metavar="HOST:PORT,...", help="Kafka brokers; the profile's when not given."),
    ] = None,
    admin_listen: Annotated[
        str, typer.Option("--admin-listen", metavar="HOST:PORT", help="Loopback address of the Admin API.")
    ] = "127.0.0.1:9644",
    property: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A cluster property of the broker, such as a limit."),
    ] = None,
    schema_registry: Annotated[
        str | None,
        typer.Option("--schema-registry", metavar="URL", help="Schema registry for transforms that ask for schemas."),
    ] = None,
) -> None:
    """Run deployed transforms on any Kafka, and serve the Admin API, until SIGTERM or Ctrl-C.

    State, modules and progress are kept in topics of that Kafka (_rpkpy.*): a host can be stopped, killed and moved,
    and goes on where it was. Run one host for each Kafka.
    """
    context: Context = ctx.obj
    from dataclasses import replace

    from rpkpy.host import service
    from rpkpy.host.settings import HostSettings, listen_address, with_properties

    host, port = listen_address(admin_listen)
    kafka = context.settings().kafka
    if brokers:
        kafka = replace(kafka, brokers=tuple(part for item in brokers for part in item.split(",") if part))
    settings = HostSettings(kafka, host, port, cache_dir=context.dirs.cache / "modules")
    settings = with_properties(settings, property or ())
    if schema_registry is not None:
        from rpkpy.redpanda.schema_registry import for_host

        found = for_host(context.settings(), schema_registry, logging.getLogger("rpkpy.host").warning)
        settings = replace(settings, schema_registry=found)
    _log_to(context)
    context.debug(f"Brokers: {', '.join(kafka.brokers)}")
    code = service.run(settings, say=context.note)
    raise typer.Exit(code)


def _log_to(context: Context) -> None:
    """The host's warnings to standard error; with -v also what goes well."""
    from rpkpy.text import printable

    class ToContext(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            context.note(printable(self.format(record)))

    handler = ToContext()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    verbose = bool(context.options.verbose)
    # What librdkafka says is about single connections; what comes of it is the host's to say.
    for name, quiet in (("rpkpy.host", logging.WARNING), ("rpkpy.kafka", logging.CRITICAL)):
        log = logging.getLogger(name)
        log.handlers = [handler]
        log.propagate = False
        log.setLevel(logging.INFO if verbose else quiet)
