"""What a manifest says: rpk's keys, and the values that may stand there."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from rpkpy.config.host_options import HostOptions
from rpkpy.errors import ProjectError
from rpkpy.project.rules import name_for_input
from rpkpy.wasm.limits import Limits

FILE_NAME = "transform.yaml"
KEYS = (
    "name",
    "description",
    "input-topic",
    "input-topics",
    "output-topic",
    "output-topics",
    "language",
    "env",
    "compression",
    "from-offset",
    "cluster",
    "host",
    "environments",
)
OVERLAY_KEYS = ("input-topic", "input-topics", "output-topic", "output-topics", "env", "compression", "cluster", "host")
"""What an environment may say instead; of `env`, `cluster` and `host` it says what is other or more."""
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
class Overlay:
    """What one environment says instead of, or over, the manifest; a text that is not set is empty."""

    input_topic: str = ""
    input_topics: tuple[str, ...] = ()
    output_topics: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    compression: str = ""
    cluster: dict[str, int] = field(default_factory=dict)
    host: dict[str, str] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A transform as its project describes it; a text that is not set is empty.

    With `input_topics` it is several, one for each of them; then `input_topic` is not set.
    `cluster` holds properties of the cluster the transform is written for, by their names there (bytes, ms).
    `host` are the options of rpkpy's own transform host.
    `warnings` are remarks for the person, each with its place; `places` tells where a key's value stands in the file.
    """

    name: str
    description: str = ""
    input_topic: str = ""
    input_topics: tuple[str, ...] = ()
    output_topics: tuple[str, ...] = ()
    language: str = ""
    env: dict[str, str] = field(default_factory=dict)
    compression: str = ""
    from_offset: str = ""
    cluster: dict[str, int] = field(default_factory=dict)
    host: HostOptions = field(default_factory=HostOptions)
    environments: Mapping[str, Overlay] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    places: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Every topic that the project reads."""
        return self.input_topics or ((self.input_topic,) if self.input_topic else ())

    @property
    def transforms_of_lists(self) -> set[str]:
        """The names of the transforms that `input-topics` makes, here and in every environment."""
        lists = (self.input_topics, *(overlay.input_topics for overlay in self.environments.values()))
        return {name_for_input(self.name, topic) for topics in lists for topic in topics}

    def transform_of(self, topic: str) -> str:
        """The name of the transform that reads `topic`: the project's, but for `input-topics`."""
        return name_for_input(self.name, topic) if self.input_topics else self.name

    def limits(self) -> Limits:
        """The broker's default limits with what the project states of its cluster."""
        return Limits(**{CLUSTER_LIMITS[key]: value for key, value in self.cluster.items() if key in CLUSTER_LIMITS})

    def in_environment(self, name: str) -> "Manifest":
        """The manifest with what environment `name` says over it; ProjectError, with the names, for an unknown one."""
        overlay = self.environments.get(name)
        if overlay is None:
            names = ", ".join(self.environments)
            raise ProjectError(
                f"{FILE_NAME} has no environment {name!r}.",
                cause=f"It has {names}." if names else "It has none.",
                fix=f"Pass one of them as --env, or add it under `environments:`: `{name}: {{input-topic: TOPIC}}`.",
            )
        reads = overlay if overlay.input_topic or overlay.input_topics else self
        merged = replace(
            self,
            input_topic=reads.input_topic,
            input_topics=reads.input_topics,
            output_topics=overlay.output_topics or self.output_topics,
            env={**self.env, **overlay.env},
            compression=overlay.compression or self.compression,
            cluster={**self.cluster, **overlay.cluster},
            host=self.host.patched(overlay.host),
        )
        if both := [topic for topic in merged.inputs if topic in merged.output_topics]:
            raise ProjectError(
                f"{overlay.place}: `{both[0]}` is the input and an output topic in environment {name!r}: "
                "the transform would feed itself."
            )
        return merged

    @property
    def required_env(self) -> tuple[str, ...]:
        """The environment variables whose value must be given at deploy (`<required>`)."""
        return tuple(key for key, value in self.env.items() if value == REQUIRED)
