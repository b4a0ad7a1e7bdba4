"""The state of a host as plain numbers at one moment: what metrics, the page and its charts are made of."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rpkpy.host.counters import CounterBook, Counters, total

if TYPE_CHECKING:
    from rpkpy.host.controller import Controller
    from rpkpy.host.log_topic import LogTopic


@dataclass(frozen=True, slots=True)
class Counted:
    """What one process of a host counted since it started, in a form that another process can read.

    `partitions` by (transform's uuid, input partition); log events by the transform's name.
    """

    partitions: Mapping[tuple[str, int], Counters] = field(default_factory=dict)
    log_events: Mapping[str, int] = field(default_factory=dict)
    log_events_dropped: Mapping[str, int] = field(default_factory=dict)
    rebalances: int = 0

    def to_data(self) -> dict[str, Any]:
        """What JSON can hold; `of_data` reads it."""
        return {
            "partitions": [
                {"uuid": uuid, "partition": partition} | asdict(counters)
                for (uuid, partition), counters in self.partitions.items()
            ],
            "log_events": dict(self.log_events),
            "log_events_dropped": dict(self.log_events_dropped),
            "rebalances": self.rebalances,
        }

    @classmethod
    def of_data(cls, data: Any) -> "Counted":
        """Raises ValueError for what `to_data` did not make."""
        try:
            partitions = {}
            for item in data["partitions"]:
                numbers = {key: value for key, value in item.items() if key not in ("uuid", "partition")}
                partitions[str(item["uuid"]), int(item["partition"])] = Counters(**numbers)
            return cls(partitions, data["log_events"], data["log_events_dropped"], data["rebalances"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"these are no counters of a host: {error!r}") from error


def counted(book: CounterBook, logs: "LogTopic") -> Counted:
    """What this process counted up to now."""
    return Counted(book.all(), dict(logs.written), dict(logs.dropped), book.rebalances)


@dataclass(frozen=True, slots=True)
class PartitionFigures:
    """An input partition of a transform: who runs it, its state in the broker's words, its lag in records."""

    partition: int
    node_id: int
    state: str
    lag: int


@dataclass(frozen=True, slots=True)
class TransformFigures:
    """A deployed transform. `counters` is the sum over its partitions, `restarts` that of attempts after the first."""

    name: str
    input_topic: str
    output_topics: tuple[str, ...]
    paused: bool
    partitions: tuple[PartitionFigures, ...]
    counters: Counters
    restarts: int
    log_events: int
    log_events_dropped: int

    @property
    def lag(self) -> int:
        """Records that are there and not done with, in all partitions."""
        return sum(partition.lag for partition in self.partitions)

    def in_state(self, state: str) -> int:
        """How many partitions are in this state."""
        return sum(1 for partition in self.partitions if partition.state == state)


@dataclass(frozen=True, slots=True)
class Figures:
    """A host: what is deployed, by name, and whether Kafka answered when it was last asked."""

    transforms: tuple[TransformFigures, ...]
    rebalances: int
    kafka_reachable: bool
    max_memory_bytes: int


def figures(controller: "Controller", max_memory_bytes: int, processes: Iterable[Counted]) -> Figures:
    """The figures of this moment: the controller's state with what `processes` of this host counted."""
    parts = list(processes)
    deployed = controller.transforms()
    transforms = []
    for item in controller.listing():
        transform = deployed.get(item.name)
        if transform is None:  # deleted in between
            continue
        own = [found for part in parts for (uuid, _), found in part.partitions.items() if uuid == transform.uuid]
        transforms.append(
            TransformFigures(
                name=item.name,
                input_topic=transform.input_topic,
                output_topics=transform.output_topics,
                paused=transform.paused,
                partitions=tuple(
                    PartitionFigures(status.partition, status.node_id, status.status, status.lag)
                    for status in item.status or ()
                ),
                counters=total(own),
                restarts=sum(max(0, counters.starts - 1) for counters in own),
                log_events=sum(part.log_events.get(item.name, 0) for part in parts),
                log_events_dropped=sum(part.log_events_dropped.get(item.name, 0) for part in parts),
            )
        )
    rebalances = sum(part.rebalances for part in parts)
    return Figures(tuple(transforms), rebalances, controller.ends.reachable, max_memory_bytes)
