"""What a cluster is made of: its brokers and topics."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rpkpy.kafka.client import Admin
from rpkpy.kafka.topics import Topic, list_topics, matching


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker's id and address."""

    id: int
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Info:
    """The sections that were asked for; `controller` is the controller's id, -1 where it is not known."""

    cluster: str | None = field(metadata={"omit_none": True})
    controller: int | None = field(metadata={"omit_none": True})
    brokers: list[Broker] | None = field(metadata={"omit_none": True})
    topics: list[Topic] | None = field(metadata={"omit_none": True})


def info(
    admin: Admin, *, cluster: bool, brokers: bool, topics: bool, names: Sequence[str] = (), internal: bool = False
) -> Info:
    """The sections; of the topics those with `names`, else all, the brokers' own with `internal` alone.

    Raises RefusedError for a name that does not exist.
    """
    metadata = admin.metadata()
    found = None
    if topics:
        known = list_topics(admin)
        found = matching(known, names, regex=False) if names else known
        found = [topic for topic in found if names or internal or not topic.internal]
    return Info(
        metadata.cluster_id if cluster else None,
        metadata.controller_id if brokers else None,
        [Broker(each.id, each.host, each.port) for _, each in sorted(metadata.brokers.items())] if brokers else None,
        found,
    )
