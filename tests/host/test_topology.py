"""What the host asks Kafka about topics and groups, when brokers come and go."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException  # noqa: TID253

from rpkpy.errors import UnreachableError
from rpkpy.host.topology import Topology
from rpkpy.kafka import client
from tests.kafka.fixture import TestKafka, running_kafka

pytestmark = pytest.mark.kafka


def commit(kafka: TestKafka, group: str, topic: str, offset: int, metadata: str) -> None:
    from confluent_kafka import TopicPartition

    consumer = client.consumer(kafka.settings, group_id=group)
    try:
        consumer.commit(offsets=[TopicPartition(topic, 0, offset, metadata)], asynchronous=False)
    finally:
        consumer.close()


@pytest.mark.slow
def test_progress_is_read_once_more_when_the_brokers_are_back(tmp_path: Path) -> None:
    with running_kafka(tmp_path / "broker") as kafka:
        topic = kafka.topic()

        def says(topology: Topology) -> tuple[int, str]:
            found = topology.committed("g", topic, 0)
            return found.offset, found.metadata[:4]

        topology, hasty = Topology(kafka.settings, 5), Topology(kafka.settings, 1)
        assert topology.committed("g", topic, 0).offset < 0
        commit(kafka, "g", topic, 7, "said")
        assert says(topology) == (7, "said")
        kafka.broker.stop()
        with pytest.raises(UnreachableError):
            hasty.committed("g", topic, 0)
        kafka.broker.start()
        assert says(topology) == (7, "said")


class Leaderless:
    """The cluster's admin client right after its brokers began: for a while it finds no leaders."""

    def __init__(self, admin: client.Admin, times: int) -> None:
        self.raw = self
        self._admin = admin
        self.times = times

    def list_offsets(self, asked: dict[Any, Any], **more: Any) -> dict[Any, Any]:
        """Fails as librdkafka does, so many times."""
        if self.times == 0:
            return self._admin.raw.list_offsets(asked, **more)
        self.times -= 1
        failed: Future[Any] = Future()
        failed.set_exception(KafkaException(KafkaError(KafkaError._NOENT, "No leaders found")))
        return dict.fromkeys(asked, failed)

    def list_topics(self, topic: str, timeout: float) -> Any:
        """As the client's."""
        return self._admin.raw.list_topics(topic, timeout)

    def poll(self, timeout: float) -> int:
        """As the client's."""
        return self._admin.raw.poll(timeout)


def test_bounds_are_asked_for_again_until_there_are_leaders(kafka: TestKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    admin, topic = Leaderless(client.admin(kafka.settings), 12), kafka.topic(partitions=2)
    monkeypatch.setattr(client, "admin", lambda *args, **more: admin)
    assert Topology(kafka.settings, 20).bounds(topic, [0, 1])[1].end == 0
    assert admin.times == 0
    admin.times = 1_000_000
    with pytest.raises(UnreachableError, match="cannot be looked up"):
        Topology(kafka.settings, 0.5).bounds("t", [0])
