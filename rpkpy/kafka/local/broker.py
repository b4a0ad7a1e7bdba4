"""A managed Apache Kafka: started detached, found again, stopped, repaired."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from rpkpy.errors import LocalError
from rpkpy.kafka.local import jars, ports
from rpkpy.kafka.local.filelock import file_lock
from rpkpy.kafka.local.java import Java, find_java
from rpkpy.kafka.local.logfile import tail
from rpkpy.kafka.local.process import ManagedProcess
from rpkpy.kafka.local.storage import BrokerState, Storage

PREFERRED_PORT = 9092
START_TIMEOUT_S = 60.0
STOP_TIMEOUT_S = 20.0

_POLL_S = 0.05
_FORMAT_TIMEOUT_S = 60
_PORT_ATTEMPTS = 3
_SHOWN_LINES = 15
_FIX = "rpkpy local logs shows more; rpkpy local purge starts afresh."
_READY = "Kafka Server started"
# C1 alone starts a third faster and keeps 30 MB less than tiered compilation; benchmarks use their own flags.
_JVM_FLAGS = (
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:+ExitOnOutOfMemoryError",
    "-Xms64m",
    "-Xmx512m",
    "-Djava.awt.headless=true",
)


@dataclass(frozen=True, slots=True)
class BrokerStatus:
    """What a broker is doing. `data_bytes` is what its storage takes on disk; times in seconds since the epoch."""

    running: bool
    bootstrap: str | None
    pid: int | None
    started: float | None
    controller_port: int | None
    java: str | None
    data_dir: str
    data_bytes: int


class LocalBroker:
    """One Apache Kafka node (KRaft combined mode) on loopback, its data in `data_dir`, its jars in `cache_dir`.

    Ports are remembered. At the first start, or when the remembered one is taken, Kafka's port is `preferred`, else
    any free one. `port` is a port that it must be. `settings`, asked at every start, change server.properties;
    with a `node_id` of its own they can make it one more broker of another's cluster.
    """

    def __init__(
        self,
        data_dir: Path,
        cache_dir: Path,
        *,
        port: int | None = None,
        preferred: int | None = PREFERRED_PORT,
        java: Callable[[], Java] = find_java,
        progress: Callable[[str], None] = lambda text: None,
        repository: str | None = None,
        settings: Callable[[], Mapping[str, str]] = dict,
        node_id: int = 1,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.cache_dir = cache_dir.absolute()
        self.storage = Storage(self.data_dir, node_id)
        self._port = port
        self._preferred = (preferred,) if preferred else ()
        self._java = java
        self._progress = progress
        self._repository = repository
        self._settings = settings
        self._marker = f"-Drpkpy.local.data={self.data_dir}/"
        self._process = ManagedProcess(self.data_dir / "broker.pid", self._marker)
        self._lock_file = self.data_dir.with_name(self.data_dir.name + ".lock")

    @property
    def bootstrap(self) -> str:
        """The address of the broker's Kafka API. Raises LocalError before the first start."""
        state = self.storage.load()
        if state is None or not state.port:
            raise LocalError("The local cluster has never been started.", fix="rpkpy local start")
        return f"{ports.LOOPBACK}:{state.port}"

    def status(self) -> BrokerStatus:
        """What the broker is doing now."""
        pid = self._process.pid
        state = self.storage.load()
        return BrokerStatus(
            running=pid is not None,
            bootstrap=f"{ports.LOOPBACK}:{state.port}" if state and state.port else None,
            pid=pid,
            started=self._process.started if pid else None,
            controller_port=state.controller_port if state and state.controller_port else None,
            java=self._process.note if pid else None,
            data_dir=str(self.data_dir),
            data_bytes=self.storage.size_bytes(),
        )

    def start(self, *, timeout_s: float = START_TIMEOUT_S) -> BrokerStatus:
        """Start the broker and wait until it is ready; nothing to do when it is.

        Raises LocalError with the last log lines when it does not come up, UnreachableError when jars cannot be
        downloaded, MissingExtraError when Java or jgo is not installed.
        """
        with self._alone():
            if self._process.pid is not None:
                self._await_running(timeout_s)
                if self._port is not None and self.bootstrap != f"{ports.LOOPBACK}:{self._port}":
                    raise LocalError(
                        f"Kafka runs already, on {self.bootstrap}.", fix="Stop it first to change its port."
                    )
                return self.status()
            java = self._java()
            class_path = jars.class_path(self.cache_dir, progress=self._progress, repository=self._repository)
            state, repaired = self.storage.recover()
            for what in repaired:
                self._progress(f"Repaired: {what}")
            if not self.storage.formatted:
                state = self._format(java, class_path, state)
            for attempt in range(1, _PORT_ATTEMPTS + 1):
                state = self._choose_ports(state)
                self.storage.save(state)
                self.storage.write_settings(state, log_dir=self.storage.kafka, changes=self._settings())
                if self._launch(java, class_path, state, timeout_s, last=attempt == _PORT_ATTEMPTS):
                    break
                self._progress("Another program took the port; trying another one")
            return self.status()

    def stop(self, *, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """End the broker, by force after `timeout_s`. Whether it ran."""
        with self._alone():
            return self._process.stop(timeout_s=timeout_s)

    def purge(self) -> None:
        """Stop the broker and delete its data."""
        with self._alone():
            self._process.stop(timeout_s=STOP_TIMEOUT_S)
            if self.data_dir.exists():
                doomed = self.data_dir.with_name(self.data_dir.name + ".purged")
                shutil.rmtree(doomed, ignore_errors=True)
                self.data_dir.replace(doomed)  # in one step: what is half deleted is never started
                shutil.rmtree(doomed)

    def _alone(self) -> AbstractContextManager[None]:
        return file_lock(self._lock_file, waiting=lambda: self._progress("Waiting for another rpkpy local command"))

    def _choose_ports(self, state: BrokerState) -> BrokerState:
        if self._port is not None:
            port = self._port
            if not ports.is_free(port):
                raise LocalError(f"Port {port} is taken by another program.", fix="Name another, or none.")
        else:
            port = ports.choose(((state.port,) if state.port else ()) + self._preferred)
            if state.port and port != state.port:
                self._progress(f"Port {state.port} is taken by another program; using {port}")
        controllers = (state.controller_port,) if state.controller_port else ()
        return replace(state, port=port, controller_port=ports.choose(controllers, taken=(port,)))

    def _format(self, java: Java, class_path: list[Path], state: BrokerState) -> BrokerState:
        self._progress("Formatting the storage")
        shaped = replace(state, port=PREFERRED_PORT, controller_port=PREFERRED_PORT + 1)  # read, never listened on
        self.storage.write_settings(shaped, log_dir=self.storage.unfinished)
        command = [*self._jvm(java, class_path), "kafka.tools.StorageTool", "format"]
        command += ["-t", state.cluster_id, "-c", str(self.storage.properties)]
        try:
            run = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=_FORMAT_TIMEOUT_S, cwd=self.data_dir
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LocalError("Kafka's storage could not be formatted.", cause=str(error)) from error
        if run.returncode != 0 or not (self.storage.unfinished / "meta.properties").exists():
            said = [line for line in (run.stderr + run.stdout).splitlines() if line.strip()][-_SHOWN_LINES:]
            raise LocalError("Kafka's storage could not be formatted.", cause="\n".join(said))
        state = self.storage.finish_format(state)
        self.storage.save(state)
        return state

    def _jvm(self, java: Java, class_path: list[Path]) -> list[str]:
        unsafe = ("--sun-misc-unsafe-memory-access=allow",) if java.major >= 23 else ()
        native = ("--enable-native-access=ALL-UNNAMED",) if java.major >= 22 else ()
        return [
            str(java.executable),
            *_JVM_FLAGS,
            *unsafe,
            *native,
            f"-Djava.io.tmpdir={self.storage.temporary}",
            f"-Djava.util.logging.config.file={self.storage.logging}",
            self._marker,
            "-cp",
            ":".join(map(str, class_path)),
        ]

    def _launch(self, java: Java, class_path: list[Path], state: BrokerState, timeout_s: float, *, last: bool) -> bool:
        """Start the JVM and wait for it; False when its port was taken meanwhile and another try makes sense."""
        shutil.rmtree(self.storage.temporary, ignore_errors=True)  # native libraries that a kill left
        self.storage.temporary.mkdir(parents=True)
        self.storage.output.write_bytes(b"")
        self._progress(f"Starting Apache Kafka on {ports.LOOPBACK}:{state.port} with {java}")
        before = _size(self.storage.log)
        child = self._process.spawn(
            [*self._jvm(java, class_path), "kafka.Kafka", self.storage.properties],
            output=self.storage.output,
            cwd=self.data_dir,
            note=str(java),
        )
        try:
            deadline = time.monotonic() + timeout_s
            while not self._ready(before, state):
                if child.poll() is not None:
                    if not last and self._port_taken(before):
                        return False
                    raise self._failure(f"Kafka ended with exit code {child.poll()} while starting.")
                if time.monotonic() > deadline:
                    raise self._failure(f"Kafka was not ready after {timeout_s:.0f} s.")
                time.sleep(_POLL_S)
        except BaseException:  # Ctrl-C too: what is not ready is not left behind
            if child.poll() is None:
                child.kill()
            raise
        child.release()
        return True

    def _await_running(self, timeout_s: float) -> None:
        """Another command started it: wait until its port answers."""
        state = self.storage.load()
        deadline = time.monotonic() + timeout_s
        while state is None or not ports.answers(state.port):
            if self._process.pid is None or time.monotonic() > deadline:
                raise self._failure("Kafka runs but does not answer.", fix="rpkpy local stop, then start again.")
            time.sleep(_POLL_S)

    def _ready(self, before: int, state: BrokerState) -> bool:
        return _READY in self._new_log(before) and ports.answers(state.port)

    def _port_taken(self, before: int) -> bool:
        text = self._new_log(before) + "\n".join(tail(self.storage.output, 200))
        return re.search(r"Address already in use|Socket server failed to bind", text) is not None

    def _new_log(self, before: int) -> str:
        """What this start has logged; a log shorter than before was rotated."""
        try:
            with self.storage.log.open("rb") as file:
                if _size(self.storage.log) >= before:
                    file.seek(before)
                return file.read().decode("utf-8", "replace")
        except FileNotFoundError:
            return ""

    def _failure(self, message: str, fix: str = _FIX) -> LocalError:
        lines = [*tail(self.storage.log, _SHOWN_LINES), *tail(self.storage.output, _SHOWN_LINES)]
        cause = "its last log lines:\n" + "\n".join(lines) if lines else "It logged nothing."
        return LocalError(message, cause=cause, fix=fix)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
