"""The broker that tests share: a real Apache Kafka, started once a session."""

import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rpkpy.cli.context import Dirs
from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka.local.broker import LocalBroker
from rpkpy.redpanda.transform_logs import TOPIC


def shared_cache() -> Path:
    """Where Kafka's jars are kept between runs: RPKPY_TEST_CACHE, else the user's own cache of rpkpy."""
    named = os.environ.get("RPKPY_TEST_CACHE")
    return Path(named) if named else Dirs(os.environ).cache


class TestKafka:
    """A running broker: `bootstrap` is its address, `settings` the same for rpkpy's clients."""

    __test__ = False

    def __init__(self, broker: LocalBroker) -> None:
        self.broker = broker
        self.bootstrap = broker.bootstrap
        self.settings = KafkaSettings((self.bootstrap,))
        self.replicas = 1
        self._names = itertools.count()

    def topic(self, partitions: int = 1, **config: str) -> str:
        """Make a topic with a name of its own; `config` has `_` for `.`. Returns the name."""
        from rpkpy.kafka import client, topics

        name = f"test-{next(self._names)}-{os.getpid()}"
        settings = {key.replace("_", "."): str(value) for key, value in config.items()}
        (made,) = topics.create(
            client.admin(self.settings), [name], partitions=partitions, replicas=self.replicas, config=settings
        )
        assert made.ok, made
        return name

    def log_topic(self) -> str:
        """The log topic with three partitions at least, keeping records of any age. Returns its name."""
        from confluent_kafka.admin import NewPartitions, NewTopic

        from rpkpy.kafka import client

        admin = client.admin(self.settings)
        found = admin.metadata().topics.get(TOPIC)
        if found is None:
            (made,) = admin.raw.create_topics([NewTopic(TOPIC, 3, 1)]).values()
            admin.wait(made)
        elif len(found.partitions) < 3:
            (grown,) = admin.raw.create_partitions([NewPartitions(TOPIC, 3)]).values()
            admin.wait(grown)
        self.configure(TOPIC, retention_ms="-1")
        return TOPIC

    def configure(self, name: str, **config: str) -> None:
        """Change settings of a topic; `config` has `_` for `.`."""
        from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

        from rpkpy.kafka import client

        entries = [
            ConfigEntry(key.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
            for key, value in config.items()
        ]
        resource = ConfigResource(ResourceType.TOPIC, name, incremental_configs=entries)
        admin = client.admin(self.settings)
        (altered,) = admin.raw.incremental_alter_configs([resource]).values()
        admin.wait(altered)


# Ends the broker when this end of the pipe closes, which it does however pytest ends: the broker is made to outlive
# what started it.
_WATCH = """
import sys
from pathlib import Path
from rpkpy.kafka.local.broker import LocalBroker
sys.stdin.read()
LocalBroker(Path(sys.argv[1]), Path(sys.argv[2])).purge()
"""


@contextmanager
def running_kafka(data_dir: Path) -> Iterator[TestKafka]:
    """A broker on free ports with its data in `data_dir`, for the time of the block, and no longer than pytest."""
    with running(LocalBroker(data_dir, shared_cache(), preferred=None)) as kafka:
        yield kafka


@contextmanager
def running(broker: LocalBroker) -> Iterator[TestKafka]:
    """`broker`, started, for the time of the block, and no longer than pytest."""
    watch = [sys.executable, "-c", _WATCH, str(broker.data_dir), str(shared_cache())]
    with subprocess.Popen(watch, stdin=subprocess.PIPE, start_new_session=True) as watcher:
        try:
            broker.start()
            yield TestKafka(broker)
        finally:
            broker.purge()
            assert watcher.stdin is not None
            watcher.stdin.close()
