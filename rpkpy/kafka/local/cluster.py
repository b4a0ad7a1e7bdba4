"""The local cluster: a broker, and the transform host beside it."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from rpkpy.kafka.local import broker as kafka
from rpkpy.kafka.local import host
from rpkpy.kafka.local.broker import BrokerStatus, LocalBroker
from rpkpy.kafka.local.filelock import file_lock
from rpkpy.kafka.local.host import HostStatus, LocalHost
from rpkpy.kafka.local.java import Java, find_java

PROFILE = "local"
"""The profile that `rpkpy local start` makes and selects."""


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """What `rpkpy local status` tells."""

    kafka: BrokerStatus
    host: HostStatus


class LocalCluster:
    """Broker and host with their data in `data_dir`, used by one command at a time.

    `port` and `admin_port` are ports that must be; `any_port` prefers none over another.
    """

    def __init__(
        self,
        data_dir: Path,
        cache_dir: Path,
        *,
        port: int | None = None,
        admin_port: int | None = None,
        any_port: bool = False,
        java: Callable[[], Java] = find_java,
        progress: Callable[[str], None] = lambda text: None,
        repository: str | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.broker = LocalBroker(
            data_dir,
            cache_dir,
            port=port,
            preferred=None if any_port else kafka.PREFERRED_PORT,
            java=java,
            progress=progress,
            repository=repository,
        )
        self.host = LocalHost(
            data_dir,
            port=admin_port,
            preferred=None if any_port else host.PREFERRED_PORT,
            progress=progress,
            environ=environ,
        )
        self._progress = progress
        self._lock_file = data_dir.with_name(data_dir.name + ".cluster.lock")

    def start(self, *, timeout_s: float = kafka.START_TIMEOUT_S) -> ClusterStatus:
        """Start the broker; nothing to do when it runs. Raises as LocalBroker.start does."""
        with self._alone():
            self.broker.start(timeout_s=timeout_s)
            return self.status()

    def start_host(self, *, properties: Sequence[str] | None = None) -> ClusterStatus:
        """Start the transform host on the running broker, with cluster `properties` (LocalHost.start).

        Raises LocalError; the broker stays.
        """
        with self._alone():
            self.host.start(self.broker.bootstrap, properties=properties)
            return self.status()

    def stop(self) -> bool:
        """Stop both, the host first: it commits its offsets. Whether anything ran."""
        with self._alone():
            stopped_host = self.host.stop()
            return self.broker.stop() or stopped_host

    def status(self) -> ClusterStatus:
        """What both are doing now."""
        return ClusterStatus(self.broker.status(), self.host.status())

    def purge(self) -> None:
        """Stop both and delete their data."""
        with self._alone():
            self.host.stop()
            self.broker.purge()

    def log_file(self, component: str) -> Path:
        """The current log of `kafka` or `host`."""
        return {"kafka": self.broker.storage.log, "host": self.host.log}[component]

    def _alone(self) -> AbstractContextManager[None]:
        return file_lock(self._lock_file, waiting=lambda: self._progress("Waiting for another rpkpy local command"))
