"""A host from start to stop: state read, processors running, Admin API listening, then all of it in reverse."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rpkpy.errors import ExitCode, MissingExtraError, RpkpyError, UnreachableError
from rpkpy.host import journal
from rpkpy.host.access import listening
from rpkpy.host.changes import Changes
from rpkpy.host.controller import Controller
from rpkpy.host.settings import HostSettings
from rpkpy.host.supervisor import refresh
from rpkpy.host.telemetry import Telemetry, of_environment
from rpkpy.host.watch import Watch
from rpkpy.host.worker import Identity, Worker
from rpkpy.host.worker_processes import RegistryFactory, WorkerProcesses

if TYPE_CHECKING:
    import uvicorn

logger = logging.getLogger("rpkpy.host")

CONNECT_TIMEOUT_S = 30.0
# At a stop: for guests to finish their records, to commit and to leave; for a process of its own to end after that.
_STOP_S = 7.0
_PROCESS_S = 4.0
_COLLECT_S = 60.0


class Host:
    """A transform host without its HTTP server: what its Admin API needs, and its workers.

    The constructor raises UnreachableError where no broker answers within `connect_timeout_s`. `registry` makes what
    answers guests' questions for schemas, in each process that has guests.
    """

    def __init__(
        self,
        settings: HostSettings,
        *,
        connect_timeout_s: float = 3.0,
        registry: RegistryFactory | None = None,
        telemetry: Telemetry | None = None,
    ) -> None:
        alone = settings.workers == 1
        if alone and registry is not None:
            settings = replace(settings, schema_registry=registry())
        self.settings = settings
        identity = Identity(uuid.uuid4().hex[:8], 0, works=alone)
        self.worker = Worker(settings, identity, connect_timeout_s=connect_timeout_s, telemetry=telemetry)
        self.around = self.worker.around
        self._changes = Changes(settings.kafka, self.worker.followed, settings.timing.kafka_s)
        self.controller = Controller(self.worker, self._changes)
        self._pool = None if alone else WorkerProcesses(settings, identity.host, registry)
        samples = self.worker.samples if self._pool is None else self._pool.samples
        self.watch = Watch(self.controller, self.around, samples)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._housekeeping, name="rpkpy-housekeeping", daemon=True)

    def start(self) -> None:
        """Read the state, see that it may be changed, and run what is deployed."""
        journal.ensure(self.around.topology)
        self.worker.follow()
        self._changes.claim()
        self.worker.start()
        if self._pool is not None:
            self._pool.start()
        self._thread.start()
        self.watch.start()
        logger.info("%d transforms deployed", len(self.controller.transforms()))

    def stop(self) -> None:
        """Finish what is under way, commit, leave the groups, send the last log records; some seconds at most."""
        logger.info("stopping")
        self._stopping.set()
        self.watch.stop()
        if self._pool is not None:
            self._pool.stop(_STOP_S + _PROCESS_S)
        self.worker.stop(_STOP_S)
        self._changes.close()

    def _housekeeping(self) -> None:
        """Look at topics where no worker of this process does; remove what deleted transforms have left."""
        collect_at = 0.0
        while not self._stopping.is_set():
            try:
                if not self.worker.identity.works:
                    refresh(self.around, self.controller.transforms().values())
                self.controller.sweep()
                if time.monotonic() >= collect_at:
                    collect_at = time.monotonic() + _COLLECT_S
                    self.controller.collect_offsets()
            except RpkpyError as error:
                logger.warning("what deleted transforms left cannot be removed now: %s %s", error, error.cause or "")
            except Exception:
                logger.exception("housekeeping failed, will try again")
            self._stopping.wait(self.settings.timing.refresh_s)


def run(settings: HostSettings, *, say: Callable[[str], None], registry: RegistryFactory | None = None) -> int:
    """Run a host in the foreground until SIGTERM or SIGINT; returns the exit code. `registry` as for Host.

    `say` gets a line when Kafka lets wait, and the Admin API's URL once everything runs. A second signal ends the
    process at once.
    """
    try:
        import uvicorn  # noqa: F401  # asked for by name, so that its absence is said before anything is begun

        from rpkpy.host.access.connections import Loop
        from rpkpy.host.access.gate import Gate
        from rpkpy.host.server import application, server_config
    except ImportError as error:
        raise MissingExtraError("The transform host", "host") from error

    access = settings.access
    listening.check(access, settings.listen_host, lambda text: say(f"Warning: {text}"))
    tls = listening.context(access.tls) if access.tls is not None else None
    gate = Gate(settings)
    stopping = threading.Event()
    with (
        contextlib.closing(listening.listen(settings.listen_host, settings.listen_port)) as listener,
        contextlib.suppress(_StoppedEarly),
        _signals(stopping) as on_stop,
    ):
        host = _connect(settings, say, registry)
        try:
            host.worker.admin_url = listening.url(settings.listen_host, listener, access)
            host.start()
            app = application(
                host.controller, host.around, ready=lambda: not stopping.is_set(), watch=host.watch, gate=gate
            )
            config = server_config(app, tls)
            server = _server(config, lambda: _say_where(settings, host.worker.admin_url, say))
            on_stop.append(lambda: setattr(server, "should_exit", True))
            with asyncio.Runner(loop_factory=Loop) as runner:
                runner.run(server.serve(sockets=[listener]))
        finally:
            host.stop()
    return ExitCode.OK


class _StoppedEarly(BaseException):
    """A signal came while the host was still starting."""


def _connect(settings: HostSettings, say: Callable[[str], None], registry: RegistryFactory | None) -> Host:
    telemetry = of_environment(os.environ)
    try:
        return Host(settings, connect_timeout_s=1.0, registry=registry, telemetry=telemetry)
    except UnreachableError:
        say(f"Waiting for Kafka at {', '.join(settings.kafka.brokers)} (at most {CONNECT_TIMEOUT_S:g} s) ...")
        return Host(settings, connect_timeout_s=CONNECT_TIMEOUT_S, registry=registry, telemetry=telemetry)


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


def _say_where(settings: HostSettings, url: str | None, say: Callable[[str], None]) -> None:
    say(f"Admin API listening on {url}")
    if settings.access.users_file is not None:
        say(f"Its users are those of {settings.access.users_file}; they also sign in to the page there")
    elif settings.page_token_file is not None:
        say(f"A browser shows a page there; the token that signs in to it is in {settings.page_token_file}")
