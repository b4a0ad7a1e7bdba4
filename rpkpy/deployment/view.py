"""What one command sees of a cluster: its list and its brokers, each asked once and only where something needs it."""

from collections.abc import Sequence

from rpkpy.config.settings import KafkaSettings
from rpkpy.deployment.brokers import Brokers
from rpkpy.redpanda.cluster import Cluster, TransformMetadata


class View:
    """The cluster as it was when it was first looked at."""

    def __init__(self, cluster: Cluster, kafka: KafkaSettings) -> None:
        self.brokers = Brokers(kafka)
        self._cluster = cluster
        self._entries: Sequence[TransformMetadata] | None = None

    def entries(self) -> Sequence[TransformMetadata]:
        """What is deployed. Raises what the cluster's list raises."""
        if self._entries is None:
            self._entries = self._cluster.list()
        return self._entries

    def find(self, name: str) -> TransformMetadata | None:
        """The transform as the cluster lists it; None where it is not deployed."""
        return next((entry for entry in self.entries() if entry.name == name), None)
