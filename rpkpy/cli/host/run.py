"""`rpkpy host run`."""

import logging
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from rpkpy.cli.context import Context

if TYPE_CHECKING:
    from rpkpy.host.access.listening import Access
    from rpkpy.host.settings import HostSettings

EXAMPLES = """
rpkpy host run --brokers 127.0.0.1:9092
rpkpy host run --brokers 127.0.0.1:9092 --admin-listen 127.0.0.1:9644
rpkpy host run --set data_transforms_per_function_memory_limit=16777216 \\
  --set data_transforms_per_core_memory_reservation=167772160
rpkpy host run --workers 4 --memory 2GiB
rpkpy host run --schema-registry http://127.0.0.1:8081
rpkpy host run --admin-listen 0.0.0.0:9644 --admin-users users \\
  --tls-cert cert.pem --tls-key key.pem
"""


class RecordPath(Enum):
    """See docs/host.md."""

    AUTO = "auto"
    WIRE = "wire"
    CLIENT = "client"


def command(
    ctx: typer.Context,
    brokers: Annotated[
        list[str] | None,
        typer.Option("--brokers", metavar="HOST:PORT,...", help="Kafka brokers; the profile's when not given."),
    ] = None,
    admin_listen: Annotated[
        str, typer.Option("--admin-listen", metavar="HOST:PORT", help="Address of the Admin API.")
    ] = "127.0.0.1:9644",
    admin_users: Annotated[
        str | None,
        typer.Option("--admin-users", metavar="FILE", help="Its users (rpkpy host user add); without, it asks nobody."),
    ] = None,
    admin_name: Annotated[
        list[str] | None,
        typer.Option("--admin-name", metavar="NAME", help="A name that it is reached by beside its address."),
    ] = None,
    tls_cert: Annotated[
        str | None, typer.Option("--tls-cert", metavar="FILE", help="Its certificate with the chain, PEM.")
    ] = None,
    tls_key: Annotated[
        str | None, typer.Option("--tls-key", metavar="FILE", help="The certificate's key, PEM.")
    ] = None,
    tls_client_ca: Annotated[
        str | None,
        typer.Option("--tls-client-ca", metavar="FILE", help="Only clients with a certificate of this authority, PEM."),
    ] = None,
    insecure_listen: Annotated[
        bool,
        typer.Option(
            "--insecure-listen", help="Listen on other addresses than loopback without users or TLS: open to others."
        ),
    ] = False,
    workers: Annotated[
        int, typer.Option("--workers", metavar="N", min=1, max=256, help="Processes that work on partitions.")
    ] = 1,
    memory: Annotated[
        str | None,
        typer.Option(
            "--memory", metavar="SIZE", help="For all transforms, such as 2GiB; half the machine's if not given."
        ),
    ] = None,
    node_id: Annotated[
        int, typer.Option("--node-id", metavar="N", min=0, max=2**31 - 1, help="This host's number in lists.")
    ] = 0,
    page_token_file: Annotated[
        str | None,
        typer.Option(
            "--page-token-file",
            metavar="FILE",
            help="Token that signs in to the host's page; one is made when not given.",
        ),
    ] = None,
    property: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A cluster property of the broker, such as a limit."),
    ] = None,
    schema_registry: Annotated[
        str | None,
        typer.Option("--schema-registry", metavar="URL", help="Schema registry for transforms that ask for schemas."),
    ] = None,
    record_path: Annotated[
        RecordPath,
        typer.Option(
            help="How records travel: whole batches over the wire, or per message through the client library."
        ),
    ] = RecordPath.AUTO,
) -> None:
    """Run deployed transforms on any Kafka, and serve the Admin API, until SIGTERM or Ctrl-C.

    What is deployed and how far it has come is kept in that Kafka: a host can be stopped, killed and moved, and goes
    on where it was. Any number of hosts share the work, and each answers for all of them.
    """
    context: Context = ctx.obj
    from dataclasses import replace
    from functools import partial

    from rpkpy.host import service
    from rpkpy.host.settings import HostSettings, listen_address, with_properties

    host, port = listen_address(admin_listen)
    kafka = context.settings().kafka
    if brokers:
        kafka = replace(kafka, brokers=tuple(part for item in brokers for part in item.split(",") if part))
    settings = HostSettings(
        kafka,
        host,
        port,
        access=_access(context, admin_users, admin_name or [], (tls_cert, tls_key, tls_client_ca), insecure_listen),
        cache_dir=context.dirs.cache / "modules",
        node_id=node_id,
        workers=workers,
        memory_bytes=_share(memory, workers),
        record_path=record_path.value,
    )
    settings = with_properties(settings, property or ())
    registry = None
    if schema_registry is not None:
        from rpkpy.redpanda.schema_registry import for_host

        # Each process that has guests makes its own.
        warn = logging.getLogger("rpkpy.host").warning
        registry = partial(for_host, context.settings(), schema_registry, warn)
        registry()
    _log_to(context)
    settings = _with_page_token(context, settings, page_token_file)
    context.debug(f"Brokers: {', '.join(kafka.brokers)}")
    code = service.run(settings, say=context.note, registry=registry)
    raise typer.Exit(code)


def _share(memory: str | None, workers: int) -> int | None:
    """What one of the workers may take of `memory`, in bytes. UsageError for what is no size."""
    from rpkpy.errors import UsageError
    from rpkpy.wasm.sizes import parse_size

    if memory is None:
        return None
    try:
        return max(1, parse_size(memory) // workers)
    except ValueError as error:
        raise UsageError(f"--memory: {error}.") from None


def _access(
    context: Context,
    users: str | None,
    names: list[str],
    tls: tuple[str | None, str | None, str | None],
    insecure: bool,
) -> "Access":
    from rpkpy.errors import UsageError
    from rpkpy.host.access.listening import Access, ServerTls

    cert, key, client_ca = (context.path(file) if file is not None else None for file in tls)
    if (cert is None) != (key is None) or (client_ca is not None and cert is None):
        raise UsageError("--tls-cert and --tls-key belong together, and --tls-client-ca to both.")
    for name in names:
        if not name or set(name) & set(":/@ "):
            raise UsageError(f"--admin-name {name!r} is no name.", fix="Pass the host's name alone, without a port.")
    server = ServerTls(cert, key, client_ca) if cert is not None and key is not None else None
    return Access(context.path(users) if users is not None else None, server, tuple(names), insecure)


def _with_page_token(context: Context, settings: "HostSettings", file: str | None) -> "HostSettings":
    from dataclasses import replace

    from rpkpy.host import page_token

    if settings.access.users_file is not None:
        return settings  # its users sign in
    if file is None:
        token, path = page_token.made(context.dirs.state, context.warn)
    else:
        path = context.path(file)
        token = page_token.read(path, context.warn)
    return replace(settings, page_token=token, page_token_file=path)


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
    for name, quiet in (
        ("rpkpy.host", logging.WARNING),
        ("rpkpy.kafka", logging.CRITICAL),
        ("opentelemetry", logging.WARNING),
    ):
        log = logging.getLogger(name)
        log.handlers = [handler]
        log.propagate = False
        log.setLevel(logging.INFO if verbose else quiet)
