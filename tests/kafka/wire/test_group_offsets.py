"""Commits of a member over a connection of its own: in a rebalance too, and none of who is no member."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition  # noqa: TID253

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RefusedError, UnreachableError
from rpkpy.host.commits import Commit
from rpkpy.host.group_member import GroupMember
from rpkpy.kafka import client, errors
from rpkpy.kafka.wire.group_offsets import GroupOffsets, Member
from tests.host.harness import eventually
from tests.kafka.fixture import TestKafka

ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID = 22, 25
MEMBER: dict[str, Any] = {
    "session_timeout_ms": 10_000,
    "heartbeat_interval_ms": 200,
    "enable_auto_commit": False,
    "partition_assignment_strategy": "cooperative-sticky",
    "topic_metadata_refresh_interval_ms": 500,
}

# A member of a group that a signal can stop dead.
_DEAD = """
import os, sys
from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka import client
def given(consumer, partitions):
    consumer.incremental_assign(partitions)
    if partitions:
        print("given", flush=True)
consumer = client.consumer(KafkaSettings((sys.argv[1],)), group_id=sys.argv[2], session_timeout_ms=10_000,
    heartbeat_interval_ms=200, partition_assignment_strategy="cooperative-sticky")
consumer.subscribe([sys.argv[3]], on_assign=given)
while True:
    consumer.poll(0.1)
"""


@contextmanager
def dead_member(kafka: TestKafka, group: str, topic: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that joins a group, and says so; tests stop it."""
    command = [sys.executable, "-c", _DEAD, kafka.bootstrap, group, topic]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            yield process
        finally:
            process.kill()


def committed(kafka: TestKafka, group: str, topic: str) -> int:
    """The offset alone: of metadata confluent-kafka reads too much (see `rpkpy.host.commits.of`)."""
    admin = client.admin(kafka.settings)
    asked = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])]
    offset: int = admin.wait(admin.raw.list_consumer_group_offsets(asked)[group]).topic_partitions[0].offset
    return offset


@pytest.mark.kafka
def test_a_member_commits_while_its_group_waits_for_a_dead_one(kafka: TestKafka) -> None:
    topic = kafka.topic(partitions=2)
    group = f"g-{topic}"
    first, third = (client.consumer(kafka.settings, group_id=group, **MEMBER) for _ in range(2))
    own = GroupOffsets(kafka.settings, group, 2.0)
    try:
        first.subscribe([topic])
        assert eventually(lambda: first.poll(0.1) is None and len(first.assignment()) == 2)
        with dead_member(kafka, group, topic) as second:
            assert eventually(lambda: first.poll(0.1) is None and len(first.assignment()) == 1)
            assert second.stdout is not None and second.stdout.readline() == b"given\n"
            second.send_signal(signal.SIGSTOP)
            third.subscribe([topic])
            third.poll(0.5)
            until = time.monotonic() + 1.5
            while time.monotonic() < until:  # by a heartbeat it learns that it has to join again, and does
                first.poll(0.1)
            member = Member.of(first.consumer_group_metadata())
            assert member is not None and member.id == first.memberid() and member.generation > 0
            with closing(GroupMember(kafka.settings, group, first)) as host:
                host.commit(topic, {0: (7, "meta"), 1: (8, "")})
                assert host.committed(topic, [0, 1]) == {0: Commit(7, "meta"), 1: Commit(8, "")}
            assert committed(kafka, group, topic) == 7
            assert third.assignment() == []  # the rebalance is still under way
            with pytest.raises(RefusedError) as refused:
                own.commit(Member(member.id, member.generation - 1), topic, {0: (1, "")})
            assert errors.code_of(refused.value) == ILLEGAL_GENERATION
            with pytest.raises(RefusedError) as refused:
                own.commit(Member("another", member.generation), topic, {0: (1, "")})
            assert errors.code_of(refused.value) == UNKNOWN_MEMBER_ID
            assert committed(kafka, group, topic) == 7
    finally:
        own.close()
        first.close()
        third.close()


@pytest.mark.kafka
def test_who_is_no_member_commits_nothing_even_where_the_group_is_empty(kafka: TestKafka) -> None:
    topic = kafka.topic()
    own = GroupOffsets(kafka.settings, f"g-{topic}", 2.0)
    consumer = client.consumer(kafka.settings, group_id=f"g-{topic}", **MEMBER)
    member = Member.of(consumer.consumer_group_metadata())
    consumer.close()
    assert member == Member("", -1)
    with pytest.raises(RefusedError, match="not in the group"):
        own.commit(member, topic, {0: (7, "")})
    assert own.fetch(topic, [0]) == {0: (-1, "")}
    own.close()


class Silent:
    """A consumer of a client library that keeps its generation to itself."""

    def __init__(self, consumer: Any) -> None:
        self.commit, self.committed = consumer.commit, consumer.committed

    def consumer_group_metadata(self) -> object:
        """Nothing that could be read."""
        return object()


@pytest.mark.kafka
def test_where_the_generation_is_not_known_the_library_commits(kafka: TestKafka) -> None:
    topic = kafka.topic()
    group = f"g-{topic}"
    consumer = client.consumer(kafka.settings, group_id=group, **MEMBER)
    consumer.subscribe([topic])
    assert eventually(lambda: consumer.poll(0.1) is None and consumer.assignment())
    member = GroupMember(kafka.settings, group, Silent(consumer))
    for offset in (5, 6):
        member.commit(topic, {0: (offset, "")})
        assert committed(kafka, group, topic) == offset
        assert member.committed(topic, [0])[0].offset == offset
    consumer.close()
    with pytest.raises(RuntimeError):  # it was the consumer
        member.commit(topic, {0: (7, "")})


def test_a_broker_that_is_away_is_an_error_soon() -> None:
    own = GroupOffsets(KafkaSettings(("127.0.0.1:1",)), "g", 0.3)
    began = time.monotonic()
    with pytest.raises(UnreachableError):
        own.commit(Member("m", 1), "t", {0: (1, "")})
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "metadata", [None, "CGMDv2:", b"", b"CGMDv1:\0\0\0\0g\0m\0\1", b"CGMDv2:\0\0", b"CGMDv2:\0\0\0\0g"]
)
def test_metadata_of_another_form_is_not_read(metadata: object) -> None:
    assert Member.of(metadata) is None
