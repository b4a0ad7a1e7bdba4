"""What a manifest says: rpk's keys, and the values that may stand there."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from rpkpy.wasm.limits import Limits

FILE_NAME = "transform.yaml"
KEYS = (
    "name",
    "description",
    "input-topic",
    "output-topic",
    "output-topics",
    "language",
    "env",
    "compression",
    "from-offset",
    "cluster",
)
COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")
REQUIRED = "<required>"
"""An environment value that must be given at deploy."""

# The cluster's properties that decide under which limits a transform runs.
CLUSTER_LIMITS = {
    "data_transforms_per_function_memory_limit": "memory_bytes",
    "data_transforms_per_core_memory_reservation": "reservation_bytes",
    "data_transforms_runtime_limit_ms": "runtime_ms",
    "data_transforms_binary_max_size": "binary_bytes",
    "data_transforms_logging_line_max_bytes": "log_line_bytes",
    "kafka_batch_max_bytes": "batch_bytes",
}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A transform as its project describes it; a text that is not set is empty.

    `cluster` holds properties of the cluster the transform is written for, by their names there (bytes, ms).
    `warnings` are remarks for the person, each with its place; `places` tells where a key's value stands in the file.
    """

    name: str
    description: str = ""
    input_topic: str = ""
    output_topics: tuple[str, ...] = ()
    language: str = ""
    env: dict[str, str] = field(default_factory=dict)
    compression: str = ""
    from_offset: str = ""
    cluster: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def limits(self) -> Limits:
        """The broker's default limits with what the project states of its cluster."""
        return Limits(**{CLUSTER_LIMITS[key]: value for key, value in self.cluster.items() if key in CLUSTER_LIMITS})

    @property
    def required_env(self) -> tuple[str, ...]:
        """The environment variables whose value must be given at deploy (`<required>`)."""
        return tuple(key for key, value in self.env.items() if value == REQUIRED)
