"""A worker: the part of a host that works on partitions. One in the host's own process, or several beside it."""

import os
import socket
import time
from dataclasses import dataclass, replace

from rpkpy.host.figures import counted
from rpkpy.host.followed import Followed
from rpkpy.host.heartbeat import Heartbeat
from rpkpy.host.log_topic import LogTopic
from rpkpy.host.modules import Modules
from rpkpy.host.observed import Observation
from rpkpy.host.processor import Surroundings
from rpkpy.host.progress import Progress
from rpkpy.host.reservation import Reservation, default_memory_bytes
from rpkpy.host.sample_lines import Taken
from rpkpy.host.settings import HostSettings
from rpkpy.host.supervisor import Supervisor
from rpkpy.host.telemetry import Telemetry
from rpkpy.host.topology import Topology
from rpkpy.host.worker_status import WorkerStatus
from rpkpy.version import __version__

_DEAD_S = 60.0
_LOGS_S = 1.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process of which host this is: number 0 has the Admin API; `works` on partitions or leaves it to others."""

    host: str
    number: int
    works: bool

    @property
    def id(self) -> str:
        """The key of its status."""
        return f"{self.host}/{self.number}"


class Worker:
    """One process of a host, without its Admin API: follows what is deployed, works on it, and tells of itself."""

    def __init__(
        self,
        settings: HostSettings,
        identity: Identity,
        *,
        connect_timeout_s: float,
        telemetry: Telemetry | None = None,
    ) -> None:
        self._telemetry = telemetry
        self.settings = settings
        self.identity = identity
        timing, kafka = settings.timing, settings.kafka
        topology = Topology(kafka, timing.kafka_s, dial_timeout_s=connect_timeout_s)
        self.followed = Followed(kafka, topology, timeout_s=timing.kafka_s, silent_s=3 * timing.heartbeat_s)
        logs = LogTopic(
            kafka,
            topology,
            interval_s=timing.log_flush_s,
            buffer_bytes=settings.log_buffer_bytes,
            line_max_bytes=settings.limits.log_line_bytes,
            node_id=settings.node_id,
            on_event=telemetry.on_event if telemetry is not None else None,
        )
        observation = Observation(open_span=telemetry.open_span if telemetry is not None else None)
        modules = Modules(kafka, settings.limits, timing.kafka_s, settings.cache_dir)
        self.around = Surroundings(settings, topology, modules, Progress(timing.kafka_s), logs, observation)
        memory_bytes = settings.memory_bytes or default_memory_bytes(settings.workers)
        self._reservation = Reservation(memory_bytes, settings.limits)
        self.supervisor = Supervisor(self.followed, self.around, self._reservation, self._changed)
        self._heartbeat = Heartbeat(kafka, self.status, timing.heartbeat_s)
        self._started_ms = time.time_ns() // 1_000_000
        self.admin_url: str | None = None
        """Where this process serves the Admin API, once it does."""

    def follow(self) -> None:
        """Read the state topics, which are there. Raises UnreachableError, AuthError or RefusedError."""
        self.followed.start()

    def start(self) -> None:
        """Begin to work."""
        self.around.logs.start()
        self._heartbeat.start(self.followed.silent(_DEAD_S))
        if self.identity.works:
            self.supervisor.start()

    def stop(self, timeout_s: float) -> None:
        """Finish what is under way, commit, leave the groups, send the last log records."""
        if self.identity.works:
            self.supervisor.stop(timeout_s)
        self._heartbeat.stop()
        self.followed.stop()
        self.around.logs.stop(_LOGS_S)
        if self._telemetry is not None:
            self._telemetry.close()

    def status(self) -> WorkerStatus:
        """What this process does now."""
        works = self.identity.works
        # Number 0 has metrics of its own, in which are those of the others: it reads them here.
        told = counted(self.around.observation.counters, self.around.logs).to_data() if self.identity.number else None
        return WorkerStatus(
            id=self.identity.id,
            host=self.identity.host,
            node_id=self.settings.node_id,
            hostname=socket.gethostname(),
            pid=os.getpid(),
            version=__version__,
            started_ms=self._started_ms,
            admin=self.admin_url,
            works=works,
            applied=self.supervisor.applied,
            memory_bytes=self._reservation.memory_bytes if works else 0,
            reserved_bytes=self._reservation.reserved_bytes,
            partitions=tuple(self.supervisor.status()),
            counted=told,
        )

    def samples(self, uuid: str) -> list[Taken]:
        """The last records of a transform in and out in this process; from now on there are more."""
        processors = [each for each in self.supervisor.processors() if each.transform.uuid == uuid]
        return [(each.partition, sample) for each in processors for sample in each.observed.sampler.look()]

    def workers(self) -> list[WorkerStatus]:
        """The processes of all hosts, this one as it is now."""
        own = replace(self.status(), written_ms=time.time_ns() // 1_000_000)
        return [each for each in self.followed.workers() if each.id != own.id] + [own]

    def _changed(self) -> None:
        self._heartbeat.changed()
        self.followed.notify()
