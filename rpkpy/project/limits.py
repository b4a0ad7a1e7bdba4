"""Under which limits a module is judged and run, and who said so.

A choice (`--limits`) goes before what the project states of its cluster (`cluster:` in transform.yaml), and that
before the broker's defaults; `--memory-limit` goes on top of any of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rpkpy.errors import UsageError
from rpkpy.project.manifest import CLUSTER_LIMITS, FILE_NAME, Manifest, read_properties
from rpkpy.wasm import sizes
from rpkpy.wasm.limits import BROKER, Limits

UNLIMITED = Limits(
    memory_bytes=4 << 30,  # all that wasm32 can address
    reservation_bytes=100 << 30,
    runtime_ms=1_000_000_000_000,  # some 30 years a record
    binary_bytes=128 << 20,
    log_line_bytes=1 << 20,
    batch_bytes=BROKER.batch_bytes,
)
"""What `none` stands for: whatever a module does, no limit of a broker stops it."""

_ENABLED = "data_transforms_enabled"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for: `limits` is broker, none, cluster or a file (None: nothing), `memory` a size."""

    limits: str | None = None
    memory: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """Limits, where they come from (for people), and remarks on the way there."""

    limits: Limits
    source: str
    warnings: tuple[str, ...] = ()

    @property
    def properties(self) -> dict[str, int]:
        """The limits as cluster properties."""
        return {name: getattr(self.limits, attribute) for name, attribute in CLUSTER_LIMITS.items()}

    def __str__(self) -> str:
        memory, runtime_ms = sizes.format_size(self.limits.memory_bytes), self.limits.runtime_ms
        budget = "no time limit" if runtime_ms >= UNLIMITED.runtime_ms else f"{runtime_ms:,} ms a record"
        return f"{memory} of memory, {budget} ({self.source})"


DEFAULT_CHOICE = Choice()

Cluster = Callable[[], tuple[Mapping[str, Any], str]]
"""Asks the connected cluster: its properties, and its name for people."""


def resolve(
    choice: Choice = DEFAULT_CHOICE,
    manifest: Manifest | None = None,
    *,
    cwd: Path = Path(),
    cluster: Cluster | None = None,
) -> Resolved:
    """The limits of a run of the project `manifest`; a file of the choice is found from `cwd`.

    Raises UsageError, ProjectError for a file that is wrong, and what `cluster` raises, which is called for the
    choice `cluster` alone.
    """
    found = _chosen(choice.limits, manifest, cwd, cluster)
    if choice.memory is None:
        return found
    memory_bytes = sizes.parse_memory_limit(choice.memory, "--memory-limit")
    source = f"{found.source}; --memory-limit {choice.memory}"
    return replace(found, limits=replace(found.limits, memory_bytes=memory_bytes), source=source)


def _chosen(limits: str | None, manifest: Manifest | None, cwd: Path, cluster: Cluster | None) -> Resolved:
    if limits is None:
        if manifest is not None and CLUSTER_LIMITS.keys() & manifest.cluster.keys():
            return Resolved(manifest.limits(), f"cluster: in {FILE_NAME}")
        return Resolved(BROKER, "the broker's defaults")
    if limits == "broker":
        return Resolved(BROKER, "the broker's defaults, --limits broker")
    if limits == "none":
        return Resolved(UNLIMITED, "--limits none")
    if limits == "cluster":
        if cluster is None:
            raise UsageError("--limits cluster: no cluster is known here.")
        properties, where = cluster()
        return _of_cluster(properties, where)
    path = cwd / limits
    if not path.is_file():
        raise UsageError(
            f"--limits {limits}: there is no such file.",
            fix="Pass broker, none, cluster, or a YAML file of cluster properties.",
        )
    stated, warnings = read_properties(path, limits)
    return Resolved(_limits(stated), limits, warnings)


def _limits(properties: Mapping[str, int]) -> Limits:
    return Manifest("", cluster=dict(properties)).limits()


def _of_cluster(properties: Mapping[str, Any], where: str) -> Resolved:
    known = {
        key: value
        for key in CLUSTER_LIMITS
        if isinstance(value := properties.get(key), int) and not isinstance(value, bool) and value > 0
    }
    warnings = []
    if not known:
        warnings.append(f"The cluster at {where} states no limits of transforms: the broker's defaults are applied.")
    if properties.get(_ENABLED) is False:
        warnings.append(f"The cluster at {where} runs no transforms: {_ENABLED} is false.")
    return Resolved(_limits(known), f"the cluster at {where}", tuple(warnings))
