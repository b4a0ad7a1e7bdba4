"""Transactions over the wire: all or nothing, offsets with them, one owner of an id."""

import time

import pytest

from rpkpy.batches import codec
from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka import client
from rpkpy.kafka.wire import outgoing
from rpkpy.kafka.wire.coordinators import Fenced
from rpkpy.kafka.wire.produce import Producer
from rpkpy.kafka.wire.protocol import Api
from rpkpy.kafka.wire.transactions import Transactions
from tests.host.harness import values
from tests.kafka.fixture import TestKafka
from tests.kafka.wire.proxy import Cut, proxied

pytestmark = pytest.mark.kafka


class Writer:
    """A transactional id, and what is written with it."""

    def __init__(self, kafka: KafkaSettings, name: str) -> None:
        self.transactions = Transactions(kafka, name, "none", 8.0)
        self.producer = Producer(kafka, self.transactions.stamp, name, 8.0)

    def write(self, topic: str, text: str, partition: int = 0) -> None:
        """Write a record, acknowledged."""
        self.transactions.add([(topic, partition)])
        made = codec.encode_batch([Record(None, text.encode())], log_append_time_ms=time.time_ns() // 1_000_000)
        self.producer.send((topic, partition), outgoing.fitting(made, topic, 1_000_000, "none"))
        failed = self.producer.flush()
        if failed:
            raise next(iter(failed.values()))

    def close(self) -> None:
        """As a sink does."""
        self.producer.close()
        self.transactions.close()


def committed(kafka: TestKafka, group: str, topic: str) -> tuple[int, str]:
    from confluent_kafka import ConsumerGroupTopicPartitions, TopicPartition

    admin = client.admin(kafka.settings)
    asked = [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])]
    (future,) = admin.raw.list_consumer_group_offsets(asked).values()
    (place,) = admin.wait(future).topic_partitions
    return place.offset, place.metadata


def test_what_is_committed_is_read_with_its_offset_and_what_is_not_is_not(kafka: TestKafka) -> None:
    source, target, other = kafka.topic(), kafka.topic(partitions=2), kafka.topic()
    writer = Writer(kafka.settings, f"t-{source}")
    for number in range(5):
        writer.write(target, f"a{number}", 1)
        writer.write(other, f"b{number}")
        if number < 4:
            writer.transactions.commit(f"g-{source}", source, 0, number + 1, f"meta {number}")
    assert values(kafka.settings, target, 1) == [f"a{number}" for number in range(4)]
    writer.close()
    assert values(kafka.settings, other) == [f"b{number}" for number in range(4)]
    assert committed(kafka, f"g-{source}", source) == (4, "meta 3")


def test_progress_alone(kafka: TestKafka) -> None:
    source = kafka.topic()
    writer = Writer(kafka.settings, f"t-{source}")
    writer.transactions.commit(f"g-{source}", source, 0, 7, "")
    writer.close()
    assert committed(kafka, f"g-{source}", source)[0] == 7


def test_a_new_owner_ends_what_the_old_one_began_and_fences_it(kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    old = Writer(kafka.settings, f"t-{source}")
    old.write(target, "of the old one")
    new = Writer(kafka.settings, f"t-{source}")
    with pytest.raises(Fenced):
        old.transactions.commit(f"g-{source}", source, 0, 1, "")
    with pytest.raises(Fenced):
        old.write(kafka.topic(), "again")
    new.write(target, "of the new one")
    new.transactions.commit(f"g-{source}", source, 0, 2, "")
    old.close()
    new.close()
    assert values(kafka.settings, target) == ["of the new one"]
    assert committed(kafka, f"g-{source}", source)[0] == 2


@pytest.mark.parametrize(
    "api",
    [
        Api.INIT_PRODUCER_ID,
        Api.ADD_PARTITIONS_TO_TXN,
        Api.PRODUCE,
        Api.ADD_OFFSETS_TO_TXN,
        Api.TXN_OFFSET_COMMIT,
        Api.END_TXN,
    ],
)
def test_a_lost_answer_anywhere_changes_nothing(kafka: TestKafka, api: Api) -> None:
    source, target, left = kafka.topic(), kafka.topic(), [1]

    def spoil(answered: Api, frame: bytes) -> bytes:
        if answered is api and left[0]:
            left[0] -= 1
            raise Cut
        return frame

    with proxied(kafka.settings) as (proxy, settings):
        proxy.spoil = spoil
        writer = Writer(settings, f"t-{source}")
        for number in range(3):
            writer.write(target, str(number))
            writer.transactions.commit(f"g-{source}", source, 0, number + 1, "")
        writer.close()
        assert left == [0]
    assert values(kafka.settings, target) == ["0", "1", "2"]
    assert committed(kafka, f"g-{source}", source)[0] == 3
