"""The transform host as a managed process beside the local broker."""

import http.client
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rpkpy.config import profiles
from rpkpy.errors import LocalError
from rpkpy.kafka.local import ports
from rpkpy.kafka.local.logfile import tail
from rpkpy.kafka.local.process import ManagedProcess

PREFERRED_PORT = 9644
"""Redpanda's Admin API port."""

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
LOG_LIMIT_BYTES = 4 * 1024 * 1024
"""The log begins anew (the old one kept beside it) when it is larger than this at a start."""

_POLL_S = 0.05
_SHOWN_LINES = 15
COMMAND = (sys.executable, "-m", "rpkpy")


@dataclass(frozen=True, slots=True)
class HostStatus:
    """What the transform host is doing; `ready` is what its Admin API says of itself."""

    running: bool
    ready: bool
    admin: str | None
    pid: int | None
    started: float | None


@dataclass(frozen=True, slots=True)
class _State:
    port: int
    brokers: str
    properties: tuple[str, ...] = ()


class LocalHost:
    """One transform host whose Admin API listens on loopback, its log and state in `data_dir`.

    `port` and `preferred` are the Admin API's, with LocalBroker's meaning.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        preferred: int | None = PREFERRED_PORT,
        progress: Callable[[str], None] = lambda text: None,
        command: Sequence[str] = COMMAND,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.log = self.data_dir / "logs" / "host.log"
        self._port = port
        self._preferred = (preferred,) if preferred else ()
        self._progress = progress
        self._command = tuple(command)
        self._environ = environ
        self._state_file = self.data_dir / "host.json"

    def status(self) -> HostStatus:
        """What the host is doing now."""
        state = self._load()
        pid = self._process(state).pid if state else None
        return HostStatus(
            running=pid is not None,
            ready=pid is not None and state is not None and _ready(state.port),
            admin=f"{ports.LOOPBACK}:{state.port}" if state else None,
            pid=pid,
            started=self._process(state).started if state and pid else None,
        )

    def start(
        self, brokers: str, *, properties: Sequence[str] | None = None, timeout_s: float = START_TIMEOUT_S
    ) -> HostStatus:
        """Start the host on the cluster at `brokers` and wait until its Admin API is ready.

        `properties` are cluster properties (KEY=VALUE); None keeps those of the last start. Nothing to do when it
        runs; one that runs on other brokers or with other properties is started anew. Raises LocalError with the
        last log lines when it does not come up.
        """
        state = self._load()
        wanted = tuple(properties) if properties is not None else state.properties if state else ()
        if state and self._process(state).pid:
            same = (state.brokers, state.properties) == (brokers, wanted) and self._port in (None, state.port)
            if same and _ready(state.port):
                return self.status()
            self._process(state).stop(timeout_s=STOP_TIMEOUT_S)
        state = _State(self._choose_port(state), brokers, wanted)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._state_file.write_text(json.dumps(asdict(state)) + "\n", encoding="utf-8")
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".1.log"))
        address = f"{ports.LOOPBACK}:{state.port}"
        self._progress(f"Starting the transform host, Admin API on {address}")
        child = self._process(state).spawn(
            [
                *self._command,
                *("host", "run", "--brokers", brokers, "--admin-listen", address),
                *("--config", self._configuration(brokers, address)),
                *(part for text in wanted for part in ("--set", text)),
            ],
            output=self.log,
            cwd=self.data_dir,
            environ=self._plain_environ(),
        )
        try:
            deadline = time.monotonic() + timeout_s
            while not _ready(state.port):
                if child.poll() is not None:
                    raise self._failure(f"The transform host ended with exit code {child.poll()} while starting.")
                if time.monotonic() > deadline:
                    raise self._failure(f"The transform host was not ready after {timeout_s:.0f} s.")
                time.sleep(_POLL_S)
        except BaseException:
            if child.poll() is None:
                child.kill()
            raise
        child.release()
        return self.status()

    def stop(self, *, timeout_s: float = STOP_TIMEOUT_S) -> bool:
        """End the host, by force after `timeout_s`. Whether it ran."""
        state = self._load()
        return self._process(state).stop(timeout_s=timeout_s) if state else False

    def _configuration(self, brokers: str, address: str) -> str:
        """An rpk.yaml of the host's own: the user's selected profile (its TLS, its credentials) is not about it."""
        return str(profiles.upsert(self.data_dir / "config", "local", brokers=[brokers], admin=[address], select=True))

    def _plain_environ(self) -> dict[str, str] | None:
        if self._environ is None:
            return None
        return {name: value for name, value in self._environ.items() if not name.startswith("RPK_")}

    def _choose_port(self, state: _State | None) -> int:
        if self._port is not None:
            if not ports.is_free(self._port):
                raise LocalError(f"Port {self._port} is taken by another program.", fix="Name another, or none.")
            return self._port
        port = ports.choose(((state.port,) if state else ()) + self._preferred)
        if state and port != state.port:
            self._progress(f"Port {state.port} is taken by another program; using {port} for the Admin API")
        return port

    def _process(self, state: _State) -> ManagedProcess:
        marker = f"host run --brokers {state.brokers} --admin-listen {ports.LOOPBACK}:{state.port}"
        return ManagedProcess(self.data_dir / "host.pid", marker)

    def _load(self) -> _State | None:
        try:
            data = json.loads(self._state_file.read_text(encoding="utf-8"))
            port, brokers, properties = data["port"], data["brokers"], data.get("properties", [])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if not isinstance(port, int) or not isinstance(brokers, str) or not isinstance(properties, list):
            return None
        return _State(port, brokers, tuple(map(str, properties)))

    def _failure(self, message: str) -> LocalError:
        lines = tail(self.log, _SHOWN_LINES)
        return LocalError(
            message,
            cause="its last log lines:\n" + "\n".join(lines) if lines else "It logged nothing.",
            fix="rpkpy local logs host shows more. Kafka itself runs: --no-host starts it alone.",
        )


def _ready(port: int) -> bool:
    """Whether the Admin API on `port` says that it is ready (GET /v1/status/ready, as Redpanda's)."""
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", "/v1/status/ready")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
