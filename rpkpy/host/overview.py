"""Which hosts work on a Kafka, and on what: read once from their topics, with no host asked."""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rpkpy.host import journal, model, worker_status
from rpkpy.host.journal import STATUS, TRANSFORMS
from rpkpy.host.model import Transform, UnknownFormat
from rpkpy.host.processor import State
from rpkpy.host.settings import Timing
from rpkpy.host.worker_status import WorkerStatus

if TYPE_CHECKING:
    from rpkpy.kafka.client import Admin

_TIMEOUT_S = 8.0


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A process of a host that has been heard of within the last seconds.

    `worker` is the host's id and the process's number, 0 the one with the Admin API (`admin`, its URL); `seen_s` is
    how long ago it said so, `reserved_bytes` what its instances may take of `memory_bytes`.
    """

    worker: str
    hostname: str
    node_id: int
    pid: int
    version: str
    started_ms: int
    seen_s: float
    partitions: int
    reserved_bytes: int
    memory_bytes: int
    admin: str | None


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """An input partition of a deployed transform; `worker` is None where nobody works on it, `lag` in records.

    `read_by` and `written_by` are the ways of its records (wire, client), None before it first ran; `client_why` says
    why either is the client.
    """

    transform: str
    partition: int
    state: str
    lag: int
    worker: str | None
    read_by: str | None = None
    written_by: str | None = None
    client_why: str | None = None


@dataclass(frozen=True, slots=True)
class TransformRow:
    """A deployed transform, with the options of this host (docs/guarantees.md) as `transform list` names them."""

    transform: str
    paused: bool
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class Overview:
    """The hosts of one Kafka."""

    workers: tuple[WorkerRow, ...]
    transforms: tuple[TransformRow, ...]
    partitions: tuple[PartitionRow, ...]


def read(admin: "Admin", *, silent_s: float = 3 * Timing().heartbeat_s) -> Overview:
    """Hosts not heard of for `silent_s` are left out. Nothing is created.

    Raises UnreachableError, AuthError or RefusedError.
    """
    there = admin.metadata().topics
    if there.get(TRANSFORMS) is None or there.get(STATUS) is None:
        return Overview((), (), ())
    workers = []
    for record in journal.last_records(admin.settings, STATUS, _TIMEOUT_S).values():
        worker = worker_status.decode(record.value() or b"", record.timestamp()[1])
        if worker is not None and _age_s(worker) < silent_s:
            workers.append(worker)
    transforms = []
    for key, value in journal.last_values(admin.settings, TRANSFORMS, _TIMEOUT_S).items():
        try:
            transforms.append(model.decode(key.decode("utf-8", "replace"), value))
        except UnknownFormat:
            continue  # of a newer rpkpy
    workers.sort(key=lambda each: (each.hostname, each.id))
    transforms.sort(key=lambda each: each.name)
    return Overview(
        tuple(_worker_row(each) for each in workers),
        tuple(TransformRow(each.name, each.paused, each.options.told(each.input_topic)) for each in transforms),
        tuple(row for each in transforms for row in _partition_rows(each, workers)),
    )


def _worker_row(worker: WorkerStatus) -> WorkerRow:
    return WorkerRow(
        worker=worker.id,
        hostname=worker.hostname,
        node_id=worker.node_id,
        pid=worker.pid,
        version=worker.version,
        started_ms=worker.started_ms,
        seen_s=round(_age_s(worker), 1),
        partitions=len(worker.partitions),
        reserved_bytes=worker.reserved_bytes,
        memory_bytes=worker.memory_bytes,
        admin=worker.admin,
    )


def _partition_rows(transform: Transform, workers: list[WorkerStatus]) -> list[PartitionRow]:
    found = {
        item.partition: PartitionRow(
            transform.name,
            item.partition,
            item.state,
            item.lag,
            worker.id,
            item.read_by,
            item.written_by,
            item.client_why,
        )
        for worker in sorted(workers, key=lambda each: each.written_ms)
        for item in worker.partitions
        if item.uuid == transform.uuid
    }
    nobody = State.INACTIVE if transform.paused else State.UNKNOWN
    for partition in transform.start.committed:
        found.setdefault(partition, PartitionRow(transform.name, partition, nobody.value, 0, None))
    return [found[partition] for partition in sorted(found)]


def _age_s(worker: WorkerStatus) -> float:
    return max(0.0, time.time() - worker.written_ms / 1_000)
