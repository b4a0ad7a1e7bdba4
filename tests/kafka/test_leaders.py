"""Offsets asked for while another broker takes the lead."""

import os
import signal
from pathlib import Path

import pytest

from rpkpy.host.topology import Topology
from rpkpy.kafka import client, topics
from rpkpy.kafka.local.broker import LocalBroker
from tests.host.harness import produce
from tests.kafka.cluster import running_cluster

_PARTITIONS = 6

pytestmark = pytest.mark.kafka


def kill(broker: LocalBroker) -> None:
    pid = broker.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


@pytest.mark.slow
def test_a_client_that_is_kept_asks_who_leads_after_a_broker_died(tmp_path: Path) -> None:
    """librdkafka goes on asking the dead one, and gives its silence for an offset (-1001)."""
    from confluent_kafka.admin import OffsetSpec

    with running_cluster(tmp_path) as cluster:
        topic = cluster.kafka.topic(_PARTITIONS)
        for partition in range(_PARTITIONS):
            produce(cluster.settings, topic, ["x"] * (partition + 1), partition)
        wanted = {partition: partition + 1 for partition in range(_PARTITIONS)}
        topology, admin = Topology(cluster.settings, 20), client.admin(cluster.settings)

        def ends() -> dict[int, int]:
            return {partition: each.end for partition, each in topology.bounds(topic, wanted).items()}

        def by_admin() -> dict[int, int]:
            places = {(topic, partition): OffsetSpec.latest() for partition in wanted}
            return {partition: offset for (_, partition), offset in topics.list_offsets(admin, places).items()}

        assert ends() == by_admin() == wanted
        assert 3 in cluster.leaders(topic).values()
        kill(cluster.brokers[2])
        assert ends() == wanted
        assert by_admin() == wanted
        assert 3 not in cluster.leaders(topic).values()


@pytest.mark.slow
def test_a_client_that_is_kept_finds_another_controller(tmp_path: Path) -> None:
    """Any broker passes for the controller (KIP-500), and librdkafka waits for the one that it took for it."""
    with running_cluster(tmp_path) as cluster:
        topic = cluster.kafka.topic(_PARTITIONS)
        kept = [Topology(cluster.settings, 20) for _ in range(4)]
        for dies in (1, 2):
            for topology in kept:
                found = topology.describe([topic])[topic]
                assert found is not None and found.partitions == _PARTITIONS
            kill(cluster.brokers[dies])
        for topology in kept:
            assert topology.describe([topic, "missing"]).keys() == {topic, "missing"}
