"""Several brokers that are one cluster: the first is its controller, too."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka import client
from rpkpy.kafka.local.broker import LocalBroker
from rpkpy.kafka.local.storage import BrokerState
from tests.kafka.fixture import TestKafka, running, shared_cache

REPLICAS = 3

_REPLICATED = {
    # a broker that was killed is missed after this, and another one leads
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    # who leads changes when a broker ends, and when somebody asks for it; not by itself in between
    "auto.leader.rebalance.enable": "false",
}


class Cluster:
    """Three running brokers; the settings of `kafka` name all of them. Its topics have `REPLICAS` replicas."""

    def __init__(self, members: list[TestKafka]) -> None:
        self.brokers = [member.broker for member in members]
        self.kafka = members[0]
        self.settings = self.kafka.settings = KafkaSettings(tuple(member.bootstrap for member in members))
        self.kafka.bootstrap = ",".join(self.settings.brokers)
        self.kafka.replicas = REPLICAS
        self._admin = client.admin(self.settings)

    def leaders(self, topic: str) -> dict[int, int]:
        """The node that leads each partition; -1 where none does."""
        partitions = self._admin.metadata(topic).topics[topic].partitions
        return {number: each.leader for number, each in partitions.items()}

    def prefer(self) -> None:
        """Let every partition's first replica lead it (KIP-183), where it is in sync."""
        from confluent_kafka import ElectionType

        self._admin.wait(self._admin.raw.elect_leaders(ElectionType.PREFERRED))


@contextmanager
def running_cluster(folder: Path) -> Iterator[Cluster]:
    """Three brokers with their data in `folder`, every topic on all of them, for the time of the block."""
    with ExitStack() as stack:
        first = LocalBroker(folder / "1", shared_cache(), preferred=None, settings=lambda: _REPLICATED)
        members = [stack.enter_context(running(first))]
        for node_id in (2, 3):
            members.append(stack.enter_context(running(_another(folder / str(node_id), node_id, first))))
        yield Cluster(members)


def _another(folder: Path, node_id: int, first: LocalBroker) -> LocalBroker:
    """A broker that joins the cluster of `first`, and is no controller."""

    def settings() -> dict[str, str]:
        own, controller = broker.storage.load(), first.storage.load()
        assert own is not None
        assert controller is not None
        return _REPLICATED | {
            "process.roles": "broker",
            "listeners": f"PLAINTEXT://127.0.0.1:{own.port}",
            "controller.quorum.voters": f"1@127.0.0.1:{controller.controller_port}",
        }

    broker = LocalBroker(folder, shared_cache(), preferred=None, settings=settings, node_id=node_id)
    known = first.storage.load()
    assert known is not None
    broker.storage.save(BrokerState(known.cluster_id))
    return broker
