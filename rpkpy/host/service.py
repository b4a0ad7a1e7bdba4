"""A host from start to stop: state read, processors running, Admin API listening, then all of it in reverse."""

import asyncio
import contextlib
import ipaddress
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from rpkpy.errors import ConfigError, ExitCode, LocalError, MissingExtraError, UnreachableError
from rpkpy.host.controller import Controller
from rpkpy.host.journal import MODULES, OFFSETS, TRANSFORMS, Journal, Memory
from rpkpy.host.log_topic import LogTopic
from rpkpy.host.modules import Modules
from rpkpy.host.processor import Surroundings
from rpkpy.host.progress import Progress
from rpkpy.host.settings import HostSettings
from rpkpy.host.topology import Topology
from rpkpy.kafka import client

if TYPE_CHECKING:
    import uvicorn

logger = logging.getLogger("rpkpy.host")

CONNECT_TIMEOUT_S = 30.0
# At a stop: for guests to finish their records, for the last commit, for the last log records.
_STOP_S = 5.0
_COMMIT_S = 4.0
_LOGS_S = 1.0
_BACKLOG = 128
_MAX_REQUESTS = 64


class Host:
    """A transform host without its HTTP server: connects, reads its state, runs what is deployed.

    `start` raises UnreachableError where no broker answers within `connect_timeout_s`.
    """

    def __init__(self, settings: HostSettings, *, connect_timeout_s: float = 3.0) -> None:
        self.settings = settings
        timing = settings.timing
        admin = client.admin(settings.kafka, dial_timeout_s=connect_timeout_s, request_timeout_s=timing.kafka_s)
        topology = Topology(admin, timing.kafka_s)
        self._journal = Journal(settings.kafka, topology, timing.kafka_s)
        self._modules = Memory(self._journal, MODULES)
        self._offsets = Memory(self._journal, OFFSETS)
        self._progress = Progress(self._offsets, timing.commit_s)
        self._logs = LogTopic(
            settings.kafka,
            topology,
            interval_s=timing.log_flush_s,
            buffer_bytes=settings.log_buffer_bytes,
            line_max_bytes=settings.limits.log_line_bytes,
            node_id=settings.node_id,
        )
        modules = Modules(self._modules, settings.limits, settings.cache_dir)
        self.around = Surroundings(settings, topology, modules, self._progress, self._logs)
        self.controller = Controller(Memory(self._journal, TRANSFORMS), self.around)

    def start(self) -> None:
        """Read the state and run what is deployed."""
        self._modules.load()
        self._offsets.load()
        self._progress.load()
        self.controller.load()
        self._logs.start()
        self._progress.start()
        self.controller.supervisor.start()
        logger.info("%d transforms deployed", len(self.controller.transforms()))

    def stop(self) -> None:
        """Finish what is under way, commit, send the last log records; some seconds at most."""
        logger.info("stopping")
        self.controller.supervisor.stop(_STOP_S)
        self._progress.stop(_COMMIT_S)
        self._logs.stop(_LOGS_S)
        self._journal.close()


def run(settings: HostSettings, *, say: Callable[[str], None]) -> int:
    """Run a host in the foreground until SIGTERM or SIGINT; returns the exit code.

    `say` gets a line when Kafka lets wait, and the Admin API's URL once everything runs. A second signal ends the
    process at once.
    """
    try:
        import uvicorn

        from rpkpy.host.server import application
    except ImportError as error:
        raise MissingExtraError("The transform host", "host") from error

    stopping = threading.Event()
    with (
        contextlib.closing(_listen(settings)) as listener,
        contextlib.suppress(_StoppedEarly),
        _signals(stopping) as on_stop,
    ):
        host = _connect(settings, say)
        try:
            host.start()
            config = uvicorn.Config(
                application(host.controller, host.around, ready=lambda: not stopping.is_set()),
                log_config=None,
                access_log=False,
                lifespan="off",
                server_header=False,
                limit_concurrency=_MAX_REQUESTS,
                timeout_graceful_shutdown=5,
            )
            server = _server(config, lambda: say(f"Admin API listening on {_url(settings.listen_host, listener)}"))
            on_stop.append(lambda: setattr(server, "should_exit", True))
            asyncio.run(server.serve(sockets=[listener]))
        finally:
            host.stop()
    return ExitCode.OK


class _StoppedEarly(BaseException):
    """A signal came while the host was still starting."""


def _connect(settings: HostSettings, say: Callable[[str], None]) -> Host:
    try:
        return Host(settings, connect_timeout_s=1.0)
    except UnreachableError:
        say(f"Waiting for Kafka at {', '.join(settings.kafka.brokers)} (at most {CONNECT_TIMEOUT_S:g} s) ...")
        return Host(settings, connect_timeout_s=CONNECT_TIMEOUT_S)


def _server(config: "uvicorn.Config", started: Callable[[], None]) -> "uvicorn.Server":
    import uvicorn

    class Server(uvicorn.Server):
        """Leaves signals to `run`, and says when it listens."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                started()

    return Server(config)


@contextlib.contextmanager
def _signals(stopping: threading.Event) -> Iterator[list[Callable[[], None]]]:
    """SIGTERM and SIGINT set `stopping` and run what is in the list (or end the start); the second ends the process."""
    on_stop: list[Callable[[], None]] = []

    def handle(number: int, frame: Any) -> None:
        if stopping.is_set():
            os._exit(128 + number)
        stopping.set()
        if not on_stop:
            raise _StoppedEarly
        for call in on_stop:
            call()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield on_stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(settings: HostSettings) -> socket.socket:
    host, port = settings.listen_host, settings.listen_port
    address = _loopback(host)
    family = socket.AF_INET6 if address.version == 6 else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(address), port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise LocalError(
            f"The Admin API cannot listen on {host}:{port}.",
            cause=error.strerror,
            fix="Stop what listens there, or pass --admin-listen with another port (port 0 takes a free one).",
        ) from error
    return listener


def _loopback(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
        if address.is_loopback:
            return address
    raise ConfigError(
        f"The Admin API cannot listen on {host!r}: it is no loopback address.",
        cause="The host has no authentication yet, and whoever reaches it can run code on your topics.",
        fix="Listen on 127.0.0.1, and reach it from elsewhere through an SSH tunnel.",
    )


def _url(host: str, listener: socket.socket) -> str:
    port: int = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"http://{shown}:{port}"
