"""The consumer groups of transforms, from outside: what is committed, and what a deleted transform left."""

import re
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from rpkpy.errors import RefusedError
from rpkpy.host import commits
from rpkpy.host.model import Transform
from rpkpy.host.rights import denied
from rpkpy.host.topology import Topology
from rpkpy.kafka import client, groups, topics
from rpkpy.kafka.client import Admin

if TYPE_CHECKING:
    from rpkpy.config.settings import KafkaSettings

_NAME = re.compile(r"rpkpy\..+\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Committed:
    """The last offset that one output of a transform is done with; `uuid` names the transform."""

    uuid: str
    partition: int
    offset: int


class GroupOffsets:
    """Asks Kafka. Methods raise UnreachableError, AuthError or RefusedError.

    Each makes a client of its own: what one has once asked of a group's coordinator, it never gets an answer to again
    after the broker was restarted (librdkafka 2.16).
    """

    def __init__(self, kafka: "KafkaSettings", topology: Topology, timeout_s: float) -> None:
        self._kafka = kafka
        self._topology = topology
        self._timeout_s = timeout_s

    def _admin(self) -> Admin:
        return client.admin(self._kafka, request_timeout_s=self._timeout_s)

    def of(self, transforms: Iterable[Transform]) -> list[Committed]:
        """What transforms have committed: a row for each partition and output, in order."""
        rows = []
        for transform, group in self._asked({commits.group_id(each): each for each in transforms}):
            topic = self._topology.known(transform.input_topic)
            outputs = len(transform.output_topics)
            for found in sorted(group.topic_partitions, key=lambda item: item.partition):
                if found.topic == transform.input_topic:
                    commit = commits.of(found) or commits.Commit(found.offset, "")
                    marks = commit.marks(topic.id if topic is not None else "", outputs)
                    rows += [Committed(transform.uuid, found.partition, mark) for mark in marks if mark is not None]
        return rows

    def of_groups(self, names: Iterable[str]) -> list[Committed]:
        """What the groups of deleted transforms still hold: a row for each partition."""
        return [
            Committed(uuid_of(name), found.partition, found.offset - 1)
            for name, group in self._asked({name: name for name in names})
            for found in group.topic_partitions
            if found.offset >= 0
        ]

    def orphans(self, deployed: Iterable[Transform]) -> list[str]:
        """Groups of transforms, by the form of their names, that are not deployed."""
        known = {commits.group_id(each) for each in deployed}
        return [name for name in self.names() if name not in known]

    def names(self) -> list[str]:
        """All groups that are of transforms by the form of their names."""
        with denied("Describe on Cluster, or on Group rpkpy.*"):
            return [name for name in groups.names(self._admin()) if _NAME.fullmatch(name)]

    def delete(self, names: Collection[str], *, patience_s: float = 0.0) -> list[str]:
        """Delete groups, once their members have left, for which they are given `patience_s`; those that remain."""
        deadline = time.monotonic() + patience_s
        left = list(names)
        admin = self._admin()
        while left:
            left = [outcome.group for outcome in groups.delete(admin, left) if not _is_gone(outcome)]
            if not left or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        return left

    def _asked(self, wanted: dict[str, Any]) -> list[tuple[Any, Any]]:
        from confluent_kafka import ConsumerGroupTopicPartitions

        admin = self._admin()

        def ask(name: str) -> Any:
            return admin.raw.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)])[name]

        asked = {name: ask(name) for name in wanted}
        with denied("Describe on Group rpkpy.*"):
            return [(wanted[name], admin.retrying(partial(ask, name), each)) for name, each in asked.items()]


def uuid_of(group: str) -> str:
    """The transform's uuid in the name of its group. RefusedError for a group of something else."""
    found = _NAME.fullmatch(group)
    if found is None:
        raise RefusedError(f"The group {group!r} is not of a transform.")
    return found[1]


def _is_gone(outcome: groups.Outcome) -> bool:
    return outcome.status == topics.OK or "GROUP_ID_NOT_FOUND" in outcome.status
