"""Topics: list, describe, create, delete, as typed results."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rpkpy.errors import RefusedError, UnreachableError
from rpkpy.kafka import codes
from rpkpy.kafka.client import POLL_S, Admin
from rpkpy.kafka.errors import code_of, translate
from rpkpy.kafka.expressions import matcher

OK = "OK"
LEADER_TIMEOUT_S = 5.0
"""How long a partition without a leader is waited for."""
_ASK_S = 3.0
"""How long one question for offsets may take: who does not answer may lead no more."""
KNOWN_TIMEOUT_S = 5.0
"""How long a topic just made is waited for."""


@dataclass(frozen=True, slots=True)
class Partition:
    """A partition: its leader's broker id (-1 without one), the ids of all replicas and of those in sync."""

    partition: int
    leader: int
    replicas: tuple[int, ...]
    in_sync: tuple[int, ...]
    error: str | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in a list."""

    name: str
    partitions: int
    replicas: int
    internal: bool
    partition_details: tuple[Partition, ...]


@dataclass(frozen=True, slots=True)
class Config:
    """A topic's setting and where its value comes from (Kafka's ConfigSource names); sensitive ones have no value."""

    key: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Offsets:
    """A partition's offsets; `stable` is the last stable offset, -1 where it was not asked for."""

    partition: int
    start: int
    stable: int
    end: int


@dataclass(frozen=True, slots=True)
class Description:
    """The sections of one topic that were asked for."""

    summary: Topic | None
    configs: list[Config] | None
    offsets: list[Offsets] | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one topic in a request; `status` is OK, or the error's name and the broker's words."""

    topic: str
    status: str

    @property
    def ok(self) -> bool:
        """Whether it was done."""
        return self.status == OK

    @property
    def exists(self) -> bool:
        """Whether it could not be made because it is there already."""
        return self.status.startswith("TOPIC_ALREADY_EXISTS")


def is_internal(name: str) -> bool:
    """Whether a topic is the brokers' own (Kafka's begin with two underscores)."""
    return name.startswith("__")


def list_topics(admin: Admin) -> list[Topic]:
    """All topics by name, internal ones too."""
    return [_topic(name, found) for name, found in sorted(admin.metadata().topics.items())]


def matching(topics: Iterable[Topic], names: Sequence[str], *, regex: bool) -> list[Topic]:
    """Those of `topics` that `names` name; with `regex`, whose whole name an expression matches (no internal ones).

    Raises RefusedError for a name that does not exist, UsageError for an expression that is none.
    """
    if not regex:
        known = {topic.name: topic for topic in topics}
        for name in names:
            if name not in known:
                raise missing(name)
        return [known[name] for name in dict.fromkeys(names)]
    matches = matcher(names)
    return [topic for topic in topics if not topic.internal and matches(topic.name)]


def missing(name: str) -> RefusedError:
    """The error for a topic that is not there."""
    return RefusedError(
        f'The topic "{name}" does not exist.',
        cause="UNKNOWN_TOPIC_OR_PARTITION: the cluster does not have it, or does not show it to this user.",
        fix=f"rpkpy topic create {name}",
    )


def configs(admin: Admin, name: str) -> list[Config]:
    """A topic's settings by key. Raises RefusedError."""
    from confluent_kafka.admin import ConfigResource, ConfigSource, ResourceType

    resource = ConfigResource(ResourceType.TOPIC, name)
    (future,) = admin.raw.describe_configs([resource]).values()
    return [
        Config(key, "(sensitive)" if entry.is_sensitive else entry.value or "", ConfigSource(entry.source).name)
        for key, entry in sorted(admin.wait(future).items())
    ]


def offsets(admin: Admin, name: str, partitions: Sequence[int]) -> list[Offsets]:
    """Start, last stable and end offsets of a topic's partitions. Raises RefusedError."""
    from confluent_kafka import IsolationLevel
    from confluent_kafka.admin import OffsetSpec

    where = [(name, partition) for partition in partitions]
    start = list_offsets(admin, dict.fromkeys(where, OffsetSpec.earliest()))
    end = list_offsets(admin, dict.fromkeys(where, OffsetSpec.latest()))
    stable = list_offsets(
        admin, dict.fromkeys(where, OffsetSpec.latest()), isolation_level=IsolationLevel.READ_COMMITTED
    )
    return [Offsets(partition, *(found[name, partition] for found in (start, stable, end))) for partition in partitions]


def list_offsets(admin: Admin, specs: Mapping[tuple[str, int], Any], **options: Any) -> dict[tuple[str, int], int]:
    """The offset of each (topic, partition) at its OffsetSpec; -1 where there is none (no record so late).

    Asked again for some seconds where a leader is not ready. Raises UnreachableError where one does not answer.
    """
    from confluent_kafka import OFFSET_INVALID, TopicPartition

    if not specs:
        return {}
    asked = {TopicPartition(topic, partition): spec for (topic, partition), spec in specs.items()}
    deadline = time.monotonic() + LEADER_TIMEOUT_S
    while True:
        futures = admin.raw.list_offsets(asked, request_timeout=_ASK_S, **options)
        try:
            found = {(place.topic, place.partition): admin.wait(future).offset for place, future in futures.items()}
        except (RefusedError, UnreachableError) as error:
            if code_of(error) not in codes.LEADER_NOT_READY or time.monotonic() > deadline:
                raise
        else:
            silent = [place for place, offset in found.items() if offset == OFFSET_INVALID]
            if not silent:
                return found
            if time.monotonic() > deadline:
                topic, partition = silent[0]
                raise UnreachableError(f"The leader of {topic}/{partition} does not answer.")
        admin.metadata()  # who leads by now: the client asks on those that it knows
        time.sleep(POLL_S)


def create(
    admin: Admin,
    names: Sequence[str],
    *,
    partitions: int = -1,
    replicas: int = -1,
    config: Mapping[str, str] | None = None,
    validate_only: bool = False,
) -> list[Outcome]:
    """Create topics; -1 leaves partitions and replicas to the cluster's defaults.

    A broker answers before its own metadata has the topic: what comes back is there to be used.
    """
    from confluent_kafka.admin import NewTopic

    new = [NewTopic(name, partitions, replicas, config=dict(config or {})) for name in dict.fromkeys(names)]
    outcomes = outcomes_of(admin, admin.raw.create_topics(new, validate_only=validate_only))
    if not validate_only:
        _wait_until_known(admin, [outcome.topic for outcome in outcomes if outcome.ok])
    return outcomes


def _wait_until_known(admin: Admin, names: Sequence[str]) -> None:
    """Wait until the topics stand in the metadata (or for some seconds: they do exist)."""
    deadline = time.monotonic() + KNOWN_TIMEOUT_S
    left = set(names)
    while left and time.monotonic() < deadline:
        left -= admin.metadata().topics.keys()
        if left:
            time.sleep(0.05)


def delete(admin: Admin, names: Sequence[str]) -> list[Outcome]:
    """Delete topics."""
    return outcomes_of(admin, admin.raw.delete_topics(list(dict.fromkeys(names)))) if names else []


def outcomes_of(admin: Admin, futures: Mapping[str, Any]) -> list[Outcome]:
    """The outcomes of a request's futures by topic; errors other than the cluster's no are raised."""
    outcomes = []
    for name, future in futures.items():
        try:
            admin.wait(future)
        except RefusedError as error:
            outcomes.append(Outcome(name, str(error.cause)))
        else:
            outcomes.append(Outcome(name, OK))
    return outcomes


def _topic(name: str, found: Any) -> Topic:
    partitions = tuple(
        Partition(
            number,
            partition.leader,
            tuple(sorted(partition.replicas)),
            tuple(sorted(partition.isrs)),
            partition.error.name() if partition.error is not None else None,
        )
        for number, partition in sorted(found.partitions.items())
    )
    replicas = len(partitions[0].replicas) if partitions else 0
    return Topic(name, len(partitions), replicas, is_internal(name), partitions)


def describe(admin: Admin, name: str) -> Topic:
    """One topic. Raises RefusedError when there is none."""
    from confluent_kafka import KafkaError

    found = admin.metadata(name).topics[name]
    if found.error is not None:
        if found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            raise missing(name)
        raise translate(found.error, admin.settings)
    return _topic(name, found)
