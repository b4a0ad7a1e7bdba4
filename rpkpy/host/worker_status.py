"""What a worker tells the others of itself, and its JSON form in the topic of statuses."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

FORMAT_VERSION = 1
"""Of the values in the topic of statuses; a reader leaves records of a newer one alone.

A new field is no new format: hosts that are not upgraded yet leave it out.
"""


@dataclass(frozen=True, slots=True)
class Assigned:
    """An input partition that a worker has: of which transform, its state in the broker's words, its place.

    `done` is the last offset that every output is done with, None where the worker does not know one; `lag` is in
    records. `read_by` and `written_by` are the ways of its records (record_path.PATHS), None before it first ran;
    `client_why` is the reason where either is the client.
    """

    uuid: str
    partition: int
    state: str
    lag: int = 0
    done: int | None = None
    read_by: str | None = None
    written_by: str | None = None
    client_why: str | None = None


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A process of a host.

    `id` is the host's id and the worker's number; number 0 is the process with the Admin API, which works on
    partitions itself where `works`. `applied` is the offset in the topic of transforms up to which it follows what
    is deployed. `memory_bytes` is what instances may take in it together, `reserved_bytes` what they do.
    `counted` is what it counted (figures.Counted), told by those that have no metrics of their own to be asked for.
    `written_ms` (milliseconds since the epoch) is when it said so: its record's time.
    """

    id: str
    host: str
    node_id: int
    hostname: str
    pid: int
    version: str
    started_ms: int
    admin: str | None = None
    works: bool = True
    applied: int = 0
    memory_bytes: int = 0
    reserved_bytes: int = 0
    partitions: tuple[Assigned, ...] = field(default=())
    counted: Mapping[str, Any] | None = None
    written_ms: int = 0

    def news(self) -> "WorkerStatus":
        """What is worth telling at once: everything but the numbers that change all the time."""
        partitions = tuple(replace(item, lag=0, done=None) for item in self.partitions)
        return replace(self, partitions=partitions, counted=None)


def encode(status: WorkerStatus) -> bytes:
    """The value of a worker's record; its key is `status.id`."""
    value: dict[str, Any] = {"version": FORMAT_VERSION} | {"worker": asdict(status)}
    del value["worker"]["written_ms"]
    return json.dumps(value, separators=(",", ":")).encode()


def decode(value: bytes, written_ms: int) -> WorkerStatus | None:
    """The status in a record of that time; None where it cannot be read: by a newer rpkpy, or damaged."""
    try:
        data: Any = json.loads(value)
        if data["version"] != FORMAT_VERSION:
            return None
        worker: Mapping[str, Any] = data["worker"]
        partitions = tuple(Assigned(**_known(Assigned, item)) for item in worker["partitions"])
        told = _known(WorkerStatus, worker)
        status = WorkerStatus(**{**told, "partitions": partitions, "written_ms": written_ms})
    except (ValueError, KeyError, TypeError):
        return None
    return status if _typed(status) else None


def _known(kind: type[Assigned] | type[WorkerStatus], told: Mapping[str, Any]) -> dict[str, Any]:
    return {each.name: told[each.name] for each in fields(kind) if each.name in told}


def _typed(status: WorkerStatus) -> bool:
    """Whether what is counted with and sorted by is what it should be."""
    texts = [status.id, status.host, status.hostname, status.version]
    numbers = [
        status.node_id,
        status.pid,
        status.started_ms,
        status.applied,
        status.memory_bytes,
        status.reserved_bytes,
    ]
    for item in status.partitions:
        texts += [item.uuid, item.state, item.read_by or "", item.written_by or "", item.client_why or ""]
        numbers += [item.partition, item.lag, item.done or 0]
    return all(isinstance(each, str) for each in texts) and all(isinstance(each, int) for each in numbers)
