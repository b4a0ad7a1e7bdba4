"""What a member of a transform's consumer group asks its coordinator: what is committed, and to commit."""

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RefusedError
from rpkpy.host import commits
from rpkpy.host.commits import Commit
from rpkpy.kafka import codes, errors
from rpkpy.kafka.wire.errors import Unsupported
from rpkpy.kafka.wire.group_offsets import GroupOffsets, Member

T = TypeVar("T")

logger = logging.getLogger("rpkpy.host")

_ASK_S = 2.0
"""How long the coordinator may take: meanwhile nothing else is done for the transform."""


class GroupMember:
    """The group's side of a confluent-kafka consumer that is a member of it. For the thread that polls the consumer.

    Offsets take a connection of their own where the brokers know what that needs: see `wire.group_offsets`. Methods
    raise UnreachableError, AuthError and RefusedError.
    """

    def __init__(self, kafka: KafkaSettings, group: str, consumer: Any) -> None:
        self._kafka = kafka
        self._consumer = consumer
        self._offsets: GroupOffsets | None = GroupOffsets(kafka, group, _ASK_S)

    def committed(self, topic: str, partitions: Iterable[int]) -> dict[int, Commit]:
        """What is committed of partitions; one that is not among them has to be asked for again."""
        wanted = list(partitions)

        def directly(offsets: GroupOffsets) -> dict[int, Commit]:
            return {each: Commit(*found) for each, found in offsets.fetch(topic, wanted).items()}

        return self._ask(directly, lambda: self._committed_by_library(topic, wanted))

    def commit(self, topic: str, offsets: Mapping[int, tuple[int, str]]) -> None:
        """Commit an offset and its metadata for partitions. RefusedError also for one who is no member any more."""

        def directly(group: GroupOffsets) -> None:
            member = Member.of(self._consumer.consumer_group_metadata())
            if member is None:
                raise Unsupported("The client library does not say in which generation of the group it is.")
            group.commit(member, topic, offsets)

        self._ask(directly, lambda: self._commit_by_library(topic, offsets))

    def close(self) -> None:
        """End the connection for offsets. The consumer is closed by whose it is."""
        if self._offsets is not None:
            self._offsets.close()
            self._offsets = None

    def _ask(self, directly: Callable[[GroupOffsets], T], by_library: Callable[[], T]) -> T:
        if self._offsets is not None:
            try:
                return directly(self._offsets)
            except Unsupported as error:
                logger.info("offsets are read and committed by the client library: %s", error.message)
                self.close()
        with errors.translating(self._kafka):
            return by_library()

    def _committed_by_library(self, topic: str, partitions: list[int]) -> dict[int, Commit]:
        from confluent_kafka import TopicPartition

        found = self._consumer.committed([TopicPartition(topic, each) for each in partitions], timeout=_ASK_S)
        return {each.partition: commit for each in found if (commit := commits.of(each)) is not None}

    def _commit_by_library(self, topic: str, offsets: Mapping[int, tuple[int, str]]) -> None:
        from confluent_kafka import KafkaException, TopicPartition

        wanted = [TopicPartition(topic, each, offset, metadata) for each, (offset, metadata) in offsets.items()]
        for item in self._consumer.commit(offsets=wanted, asynchronous=False):
            if item.error is not None:
                raise KafkaException(item.error)


def overtaken(error: Exception) -> bool:
    """Whether a commit failed because a rebalance of the group came before it."""
    return isinstance(error, RefusedError) and errors.code_of(error) in codes.OVERTAKEN
