"""The workers of a host that has several: processes that know of each other and of the host through Kafka alone."""

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from rpkpy.errors import RpkpyError
from rpkpy.host.backoff import Backoff
from rpkpy.host.sample_lines import Line, Taken, answer, ask
from rpkpy.host.settings import HostSettings
from rpkpy.host.telemetry import of_environment
from rpkpy.host.worker import Identity, Worker

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    from rpkpy.engine.schema_registry import SchemaRegistry

logger = logging.getLogger("rpkpy.host")

RegistryFactory = Callable[[], "SchemaRegistry | None"]
"""Makes the schema registry's client in the process that uses it; pickled to get there."""

_CONNECT_S = 10.0
_STOP_S = 7.0
_KILLED_S = 1.0


class WorkerProcesses:
    """`settings.workers` processes, started anew with a backoff when they end by themselves."""

    def __init__(self, settings: HostSettings, host: str, registry: RegistryFactory | None) -> None:
        self._settings = replace(settings, schema_registry=None, page_token=None)
        self._host = host
        self._registry = registry
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._keep, args=(number,), name=f"rpkpy-worker-{number}", daemon=True)
            for number in range(1, settings.workers + 1)
        ]
        self._lock = threading.Lock()
        self._processes: dict[int, SpawnProcess] = {}
        self._lines: dict[int, Line] = {}
        self._asking = threading.Lock()

    def start(self) -> None:
        """Start them."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float) -> None:
        """Have all of them stop in order; what is still there after `timeout_s` is killed."""
        with self._lock:
            self._stopping.set()
            processes = list(self._processes.values())
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + timeout_s
        for process in processes:
            process.join(max(0.0, deadline - time.monotonic()))
            if process.is_alive():
                logger.warning("worker process %d does not end and is killed", process.pid or 0)
                process.kill()
                process.join(_KILLED_S)

    def samples(self, uuid: str) -> list[Taken]:
        """The last records of a transform in and out, of workers that answer at once; from now on there are more."""
        with self._asking:
            with self._lock:
                lines = list(self._lines.values())
            return ask(lines, uuid)

    def pids(self) -> dict[int, int]:
        """The process ids, by worker number."""
        with self._lock:
            return {number: process.pid for number, process in self._processes.items() if process.pid}

    def _keep(self, number: int) -> None:
        timing = self._settings.timing
        backoff = Backoff(timing.backoff_first_s, timing.backoff_max_s, timing.backoff_reset_s)
        context = multiprocessing.get_context("spawn")
        level = logger.getEffectiveLevel()
        while True:
            began = time.monotonic()
            line, far_end = context.Pipe()
            process = context.Process(
                target=run, args=(self._settings, self._host, number, self._registry, level, far_end), daemon=True
            )
            with self._lock:
                if self._stopping.is_set():
                    return
                process.start()
                self._processes[number] = process
                self._lines[number] = Line(line)
            far_end.close()
            process.join()
            with self._asking:
                line.close()
                del self._lines[number]
            if self._stopping.is_set():
                return
            wait_s = backoff.after(time.monotonic() - began)
            logger.warning(
                "worker %d ended with exit code %s; it is started anew in %g s", number, process.exitcode, wait_s
            )
            if self._stopping.wait(wait_s):
                return


def run(
    settings: HostSettings,
    host: str,
    number: int,
    registry: RegistryFactory | None,
    level: int,
    line: "Connection[list[Taken], str]",
) -> None:
    """The main function of a worker process: works until it is told to stop, or its parent is gone."""
    stopping = threading.Event()

    def handle(*_: Any) -> None:
        stopping.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, handle)
    _log_to_stderr(number, level)
    threading.Thread(target=_watch_parent, args=(stopping,), daemon=True).start()
    if registry is not None:
        settings = replace(settings, schema_registry=registry())
    try:
        identity, telemetry = Identity(host, number, works=True), of_environment(os.environ)
        worker = Worker(settings, identity, connect_timeout_s=_CONNECT_S, telemetry=telemetry)
        worker.follow()
        worker.start()
        threading.Thread(target=answer, args=(line, worker.samples), name="rpkpy-samples", daemon=True).start()
    except RpkpyError as error:
        logger.error("%s %s", error, error.cause or "")
        raise SystemExit(1) from None
    try:
        stopping.wait()
    finally:
        worker.stop(_STOP_S)


def _watch_parent(stopping: threading.Event) -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        with contextlib.suppress(OSError):
            wait([parent.sentinel])
        stopping.set()


def _log_to_stderr(number: int, level: int) -> None:
    from rpkpy.text import printable

    class Printable(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            return printable(super().format(record))

    handler = logging.StreamHandler()
    handler.setFormatter(Printable(f"%(asctime)s %(levelname)s worker {number}: %(message)s"))
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(level)
    logging.getLogger("rpkpy.kafka").setLevel(logging.CRITICAL)
