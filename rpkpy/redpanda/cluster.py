"""What every kind of cluster offers for transforms, and the data that passes: deploy specification, list entries."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from rpkpy.config.host_options import HostOptions
from rpkpy.errors import UsageError
from rpkpy.redpanda.module import Module

COMPRESSIONS = ("none", "gzip", "snappy", "lz4", "zstd")
"""What the broker's deploy schema accepts, lower case."""

_OFFSET = re.compile(r"([@+-])([0-9]+)", re.ASCII)
_MAX_INT64 = 2**63 - 1
_SUSPICIOUS_TIMESTAMP_MS = 10**12  # 2001-09-09: smaller values are almost always seconds


@dataclass(frozen=True, slots=True)
class StartOffset:
    """Where a transform that has committed nothing yet begins, as the Admin API names it.

    `from_start`: `value` records after the first one kept; `from_end`: `value` records before the end;
    `timestamp`: the first record at or after `value`, in milliseconds since the epoch.
    """

    format: Literal["from_start", "from_end", "timestamp"]
    value: int

    @classmethod
    def parse(cls, text: str, where: str = "--from-offset") -> "StartOffset":
        """Read `@T`, `+N` or `-N`; `where` names the flag or file in the UsageError."""
        match = _OFFSET.fullmatch(text.strip())
        if match is None or int(match[2]) > _MAX_INT64:
            raise UsageError(
                f"{where}: {text!r} is not a start offset.",
                fix="Use @T (milliseconds since the epoch), +N (records from the start) or -N (from the end).",
            )
        formats: dict[str, Literal["from_start", "from_end", "timestamp"]] = {
            "@": "timestamp",
            "+": "from_start",
            "-": "from_end",
        }
        return cls(formats[match[1]], int(match[2]))

    @property
    def looks_like_seconds(self) -> bool:
        """Whether a timestamp is so small that seconds were probably meant."""
        return self.format == "timestamp" and self.value < _SUSPICIOUS_TIMESTAMP_MS

    def __str__(self) -> str:
        return {"timestamp": "@", "from_start": "+", "from_end": "-"}[self.format] + str(self.value)


@dataclass(frozen=True, slots=True)
class DeploySpec:
    """What a deployment asks for, beside the module's bytes.

    `output_topics` keeps its order: the first is the default output. `compression` is one of COMPRESSIONS. `options`
    are for rpkpy's own host alone.
    """

    name: str
    input_topic: str
    output_topics: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    compression: str = "none"
    offset: StartOffset | None = None
    options: HostOptions = field(default_factory=HostOptions)


@dataclass(frozen=True, slots=True)
class PartitionStatus:
    """One input partition of a deployed transform.

    `status` is running, inactive, errored or unknown; `lag` is in records.
    """

    node_id: int
    partition: int
    status: str
    lag: int


@dataclass(frozen=True, slots=True)
class TransformMetadata:
    """A deployed transform, as the cluster lists it.

    `output_topics` and `status` are None where the answer had null or no such key, which rpk's output shows.
    `options` are told by rpkpy's own host alone.
    """

    name: str
    input_topic: str
    output_topics: tuple[str, ...] | None
    environment: Mapping[str, str] = field(default_factory=dict)
    status: tuple[PartitionStatus, ...] | None = None
    compression: str = ""
    options: HostOptions | None = None

    @property
    def running(self) -> int:
        """How many partitions run."""
        return sum(1 for partition in self.status or () if partition.status.lower() == "running")

    @property
    def lag(self) -> int:
        """Records behind, over all partitions."""
        return sum(partition.lag for partition in self.status or ())


class Cluster(Protocol):
    """A cluster that runs transforms.

    Each method raises AuthError (credentials refused), RefusedError (the cluster said no) or UnreachableError
    (no answer in time).
    """

    def fit(self, spec: DeploySpec, *, ignore_unsupported: bool = False) -> tuple[DeploySpec, Sequence[str]]:
        """`spec` as this kind of cluster can do it, and what was left out of it, asked for by `ignore_unsupported`.

        UsageError for what it cannot do. Nothing is sent.
        """
        ...

    def deploy(self, spec: DeploySpec, module: Module) -> None:
        """Deploy or redeploy `spec.name`; a redeployed transform keeps its place and runs, paused or not before."""
        ...

    def list(self) -> list[TransformMetadata]:
        """All deployed transforms, in the cluster's order."""
        ...

    def require_updates(self, name: str) -> None:
        """UsageError where this kind of cluster cannot change transform `name` in place. Nothing is sent."""
        ...

    def update(
        self,
        name: str,
        environment: Mapping[str, str] | None,
        compression: str | None,
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Change the environment, which is replaced whole, the compression of output batches, or options of the host
        (those that are named); None leaves it.

        Raises what `require_updates` raises.
        """
        ...

    def pause(self, name: str) -> None:
        """Stop processing, keeping the place in the input."""
        ...

    def resume(self, name: str) -> None:
        """Go on where `pause` stopped."""
        ...

    def delete(self, name: str) -> None:
        """Remove the transform; what it wrote stays."""
        ...
