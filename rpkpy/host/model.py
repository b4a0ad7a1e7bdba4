"""A deployed transform as the host keeps it, and its JSON form in the topic of transforms."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rpkpy.config.host_options import HostOptions
from rpkpy.redpanda.cluster import StartOffset

FORMAT_VERSION = 1
"""Of the values in the topic of transforms; a reader refuses a newer one."""


class UnknownFormat(Exception):
    """A state record that this rpkpy cannot read: written by a newer one, or damaged."""


@dataclass(frozen=True, slots=True)
class ModuleRef:
    """A module in the topic of modules: SHA-256 of its bytes (hex), size in bytes, number of chunks.

    `offset` is where to look for it first: its chunks were written there or soon after.
    """

    sha256: str
    size: int
    chunks: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Start:
    """Where the partitions of the input began when the transform was first deployed.

    `committed[p]` is the offset taken as committed in partition p, so that p is read from the one after it.
    `requested` is what the deploy asked for (None: only what comes after it), `deployed_ms` the deploy's time in
    milliseconds since the epoch, `topic_id` the id of the topic that the offsets belong to.
    """

    requested: StartOffset | None
    deployed_ms: int
    topic_id: str
    committed: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Transform:
    """A deployed transform.

    `uuid` is made by the first deploy of a name and lost by its deletion; progress belongs to it. `revision` counts
    redeploys and patches, so that a processor can tell what it runs from what is wanted.
    """

    name: str
    uuid: str
    input_topic: str
    output_topics: tuple[str, ...]
    module: ModuleRef
    start: Start
    environment: Mapping[str, str] = field(default_factory=dict)
    compression: str = "none"
    paused: bool = False
    revision: int = 0
    options: HostOptions = field(default_factory=HostOptions)

    @property
    def exactly_once(self) -> bool:
        """Whether outputs and progress go into transactions."""
        return self.options.guarantee == "exactly-once"

    @property
    def dead_letter_topic(self) -> str | None:
        """Where records go that failed, where that is asked for."""
        return self.options.dead_letters(self.input_topic)

    @property
    def topics(self) -> set[str]:
        """Every topic that it reads or writes."""
        return {self.input_topic, *self.output_topics, *filter(None, [self.dead_letter_topic])}

    def changed(self, **changes: Any) -> "Transform":
        """A copy with `changes`, one revision on."""
        return replace(self, **changes, revision=self.revision + 1)


def encode(transform: Transform) -> bytes:
    """The value of a transform's record."""
    start = transform.start
    value = {
        "version": FORMAT_VERSION,
        "uuid": transform.uuid,
        "revision": transform.revision,
        "input_topic": transform.input_topic,
        "output_topics": list(transform.output_topics),
        "environment": dict(transform.environment),
        "compression": transform.compression,
        "paused": transform.paused,
        "options": transform.options.changes(),
        "module": {
            "sha256": transform.module.sha256,
            "size": transform.module.size,
            "chunks": transform.module.chunks,
            "offset": transform.module.offset,
        },
        "start": {
            "requested": None
            if start.requested is None
            else {"format": start.requested.format, "value": start.requested.value},
            "deployed_ms": start.deployed_ms,
            "topic_id": start.topic_id,
            "committed": {str(partition): offset for partition, offset in sorted(start.committed.items())},
        },
    }
    return json.dumps(value, separators=(",", ":")).encode()


def decode(name: str, value: bytes) -> Transform:
    """The transform in a record with key `name`; UnknownFormat where it cannot be read."""
    try:
        data: Any = json.loads(value)
        version = data["version"]
        if version != FORMAT_VERSION:
            raise UnknownFormat(f"the record of transform {name!r} has format version {version}")
        start, requested = data["start"], data["start"]["requested"]
        return Transform(
            name=name,
            uuid=data["uuid"],
            revision=data["revision"],
            input_topic=data["input_topic"],
            output_topics=tuple(data["output_topics"]),
            environment=dict(data["environment"]),
            compression=data["compression"],
            paused=data["paused"],
            options=HostOptions.of(data.get("options", {})),
            module=ModuleRef(**data["module"]),
            start=Start(
                requested=None if requested is None else StartOffset(**requested),
                deployed_ms=start["deployed_ms"],
                topic_id=start["topic_id"],
                committed={int(partition): offset for partition, offset in start["committed"].items()},
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnknownFormat(f"the record of transform {name!r} cannot be read: {error!r}") from error
