"""What a deployment would change: the wanted transform against the one that is deployed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rpkpy.config.host_options import HostOptions
from rpkpy.redpanda.cluster import DeploySpec, TransformMetadata

Action = Literal["create", "update", "replace", "none", "unknown"]
Kind = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True)
class Content:
    """The SHA-256 (hex) of the module that is deployed, and who says so; None and `nobody` where it is not known.

    `host` is rpkpy's own transform host, which keeps it; `record` is what this machine deployed last, where nothing
    that the cluster tells has changed since.
    """

    sha256: str | None = None
    known_from: Literal["host", "record", "nobody"] = "nobody"


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs: `input-topic`, `output-topics`, `compression`, `env.KEY` or `host.OPTION`."""

    field: str
    kind: Kind
    deployed: str | None
    wanted: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs. `entry` is the deployed transform, None where there is none; `content` is of its module."""

    spec: DeploySpec
    sha256: str | None
    entry: TransformMetadata | None
    content: Content
    changes: Sequence[Change]

    @property
    def module(self) -> Literal["same", "different", "unknown"]:
        """How the wanted module stands to the deployed one."""
        if self.entry is None:
            return "different"
        if self.sha256 is None or self.content.sha256 is None:
            return "unknown"
        return "same" if self.sha256 == self.content.sha256 else "different"

    @property
    def action(self) -> Action:
        """What a deployment would do.

        `replace` is a change of topics, which no cluster makes in place; `unknown` means that nothing differs but
        perhaps the module.
        """
        if self.entry is None:
            return "create"
        if any(change.field in ("input-topic", "output-topics") for change in self.changes):
            return "replace"
        if self.changes or self.module == "different":
            return "update"
        return "none" if self.module == "same" else "unknown"

    @property
    def running(self) -> bool:
        """Whether every partition runs. A deployment would start one that is paused or in trouble."""
        status = self.entry.status if self.entry is not None else None
        return bool(status) and all(part.status.lower() == "running" for part in status or ())


def between(spec: DeploySpec, sha256: str | None, entry: TransformMetadata | None, content: Content) -> Difference:
    """How `spec` with a module of this hash (None: not known) differs from what is deployed."""
    return Difference(spec, sha256, entry, content, tuple(_changes(spec, entry)))


def of_settings(spec: DeploySpec, entry: TransformMetadata) -> list[Change]:
    """The differences that the cluster's list tells: topics, environment, compression."""
    return list(_changes(spec, entry))


def _changes(spec: DeploySpec, entry: TransformMetadata | None) -> Iterator[Change]:
    """What the cluster does not tell (output topics of null, no compression) is no difference."""
    if entry is None or entry.input_topic != spec.input_topic:
        yield _change("input-topic", entry.input_topic if entry else None, spec.input_topic)
    outputs = tuple(spec.output_topics)
    if entry is None or (entry.output_topics is not None and entry.output_topics != outputs):
        yield _change("output-topics", ", ".join(entry.output_topics or ()) if entry else None, ", ".join(outputs))
    deployed = entry.environment if entry else {}
    for key in sorted({*deployed, *spec.environment}):
        if deployed.get(key) != spec.environment.get(key):
            yield _change(f"env.{key}", deployed.get(key), spec.environment.get(key))
    if entry is None or (entry.compression and entry.compression != spec.compression):
        yield _change("compression", entry.compression if entry else None, spec.compression)
    yield from _option_changes(spec, entry)


def _option_changes(spec: DeploySpec, entry: TransformMetadata | None) -> Iterator[Change]:
    wanted = spec.options.told(spec.input_topic)
    if entry is None:
        usual = HostOptions().told(spec.input_topic)
        yield from (_change(f"host.{key}", None, wanted[key]) for key in wanted if wanted[key] != usual.get(key))
    elif entry.options is not None:
        deployed = entry.options.told(entry.input_topic)
        for key in dict.fromkeys([*deployed, *wanted]):
            if deployed.get(key) != wanted.get(key):
                yield _change(f"host.{key}", deployed.get(key), wanted.get(key))


def _change(field: str, deployed: str | None, wanted: str | None) -> Change:
    kind: Kind = "added" if deployed is None else "removed" if wanted is None else "changed"
    return Change(field, kind, deployed, wanted)
