"""A deployed transform from every source that knows something of it: Admin API, host, log topic, the project."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from rpkpy.cli.context import Context
from rpkpy.cli.facts import facts
from rpkpy.cli.render import table
from rpkpy.cli.transform.target import cluster_of
from rpkpy.errors import AuthError, InvalidError, ProjectError, RefusedError, UnreachableError, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.host.model import Transform
    from rpkpy.redpanda.cluster import TransformMetadata

T = TypeVar("T")

_NEWEST_RECORDS = 2_000
_OPTIONAL = {"omit_none": True}


@dataclass(frozen=True)
class Partition:
    """An input partition; `committed` is the last offset that is done with, where the cluster tells."""

    partition: int
    node_id: int
    status: str
    lag: int
    committed: int | None = field(default=None, metadata=_OPTIONAL)


@dataclass(frozen=True)
class Host:
    """What rpkpy's host keeps beyond the broker's Admin API: the module's hash and size, how often it was redeployed or
    changed, when it was first deployed (ISO 8601, UTC) and from which offset it was asked to begin."""

    module_sha256: str
    module_bytes: int
    paused: bool
    revision: int
    deployed: str
    from_offset: str | None


@dataclass(frozen=True)
class Built:
    """The module in this folder: its hash, whether it is the deployed one (None: the cluster does not tell), and what
    it was built from."""

    file: str
    sha256: str
    deployed: bool | None
    origin: dict[str, Any] | None


@dataclass(frozen=True)
class Description:
    """A deployed transform. What no source tells is left out; `options` are those of rpkpy's own host."""

    name: str
    input_topic: str
    output_topics: list[str]
    environment: dict[str, str]
    compression: str
    running: str
    lag: int
    partitions: list[Partition]
    options: dict[str, str] | None = field(default=None, metadata=_OPTIONAL)
    host: Host | None = field(default=None, metadata=_OPTIONAL)
    built: Built | None = field(default=None, metadata=_OPTIONAL)
    logs: list[str] | None = field(default=None, metadata=_OPTIONAL)


def look(context: Context, name: str, log_lines: int) -> Description:
    """Ask every source. RefusedError for an unknown name; what fails beside the Admin API is said and left out."""
    from rpkpy.deployment import deployed

    entry = deployed.require(cluster_of(context).list(), name)
    committed = _committed(context, name)
    host, logs = _kafka(context, entry, log_lines)
    return Description(
        name=entry.name,
        input_topic=entry.input_topic,
        output_topics=list(entry.output_topics or ()),
        environment=dict(sorted(entry.environment.items())),
        compression=entry.compression,
        running=f"{entry.running} / {len(entry.status or ())}",
        lag=entry.lag,
        partitions=[
            Partition(part.partition, part.node_id, part.status, part.lag, committed.get(part.partition))
            for part in sorted(entry.status or (), key=lambda part: part.partition)
        ],
        options=entry.options.told(entry.input_topic) if entry.options is not None else None,
        host=host,
        built=_built(context, entry, host),
        logs=logs,
    )


def _committed(context: Context, name: str) -> dict[int, int]:
    from rpkpy.redpanda.inquiries import Inquiries

    if context.settings().cloud_cluster is not None:  # its API does not tell
        return {}
    try:
        return Inquiries(context.settings(), say=lambda text: context.debug(printable(text))).committed_offsets(name)
    except (AuthError, RefusedError, UnreachableError) as error:
        context.debug(printable(error.message))
        return {}


def _kafka(context: Context, entry: "TransformMetadata", log_lines: int) -> tuple[Host | None, list[str] | None]:
    """What Kafka's topics know: the host's own, and the log."""
    from rpkpy.deployment import preflight
    from rpkpy.host import kept

    try:
        admin = preflight.connect(context.settings().kafka)
    except (AuthError, UnreachableError) as error:
        context.note(f"Nothing is known of its log: {printable(error.message)}")
        return None, None
    host = _asked(context, lambda: _host(entry, kept.find(admin, entry.name)))
    return host, _asked(context, lambda: _log(context, entry.name, log_lines)) if log_lines else None


def _asked(context: Context, ask: Callable[[], T]) -> T | None:
    """What `ask` answers; None, and a warning, where the cluster does not."""
    try:
        return ask()
    except (AuthError, RefusedError, UnreachableError) as error:
        context.warn(printable(error.message))
        return None


def _host(entry: "TransformMetadata", kept: "Transform | None") -> Host | None:
    """None also where another host's topics are on these brokers: what they say of the name is another transform."""
    if kept is None or (kept.input_topic, kept.output_topics, kept.environment, kept.compression) != (
        entry.input_topic,
        entry.output_topics,
        entry.environment,
        entry.compression,
    ):
        return None
    moment = datetime.fromtimestamp(kept.start.deployed_ms / 1_000, UTC)
    requested = str(kept.start.requested) if kept.start.requested is not None else None
    return Host(
        kept.module.sha256,
        kept.module.size,
        kept.paused,
        kept.revision,
        moment.isoformat(timespec="seconds"),
        requested,
    )


def _log(context: Context, name: str, count: int) -> list[str] | None:
    from rpkpy.redpanda.log_output import Output
    from rpkpy.redpanda.log_reader import LogReader

    reader = LogReader(context.settings().kafka, on_malformed=context.debug)
    if not reader.exists():
        return None
    lines = Output("wide", terminal=True).render(reader.events([name], newest=_NEWEST_RECORDS), tail=count)
    return [line.removesuffix("\n") for line in lines]


def _built(context: Context, entry: "TransformMetadata", host: Host | None) -> Built | None:
    """The module of the project in this folder, when it is this transform's."""
    from rpkpy.deployment import family
    from rpkpy.project import project as projects
    from rpkpy.wasm import binary, custom
    from rpkpy.wasm import file as files

    try:
        project = projects.load(context.cwd)
        if not family.names_in(project.manifest.name, [entry]):
            return None
        data = files.read(project.wasm_path)
        origin = custom.origin(binary.parse(data), data)
    except (ProjectError, UsageError, InvalidError):
        return None
    sha256 = hashlib.sha256(data).hexdigest()
    return Built(project.wasm_path.name, sha256, sha256 == host.module_sha256 if host else None, origin)


def text(found: Description) -> str:
    """Facts, partitions, log."""
    rows = [
        (part.partition, part.node_id, part.status, part.lag, "-" if part.committed is None else part.committed)
        for part in found.partitions
    ]
    blocks = [facts(_facts(found)), printable(table(("PARTITION", "NODE", "STATUS", "LAG", "COMMITTED"), rows))]
    if found.logs:
        blocks.append("Log (UTC)\n" + "".join(f"  {line}\n" for line in found.logs))
    return "\n".join(blocks)


def _facts(found: Description) -> Iterator[tuple[str, str]]:
    yield "Name", found.name
    yield "Input", found.input_topic
    yield "Outputs", ", ".join(found.output_topics)
    yield "Running", f"{found.running} partitions" + (" (paused)" if found.host and found.host.paused else "")
    yield "Lag", f"{found.lag:,} records"
    yield "Compression", found.compression or "none"
    yield from (("Environment", f"{key}={value}") for key, value in found.environment.items())
    yield from ((key.replace("-", " ").capitalize(), value) for key, value in (found.options or {}).items())
    if found.host is not None:
        yield "Module", f"sha256 {found.host.module_sha256}, {found.host.module_bytes:,} bytes"
        began = f", asked to begin at {found.host.from_offset}" if found.host.from_offset else ""
        yield "Deployed", f"first at {found.host.deployed}{began}; revision {found.host.revision}"
    if found.built is not None:
        same = {
            True: "it is what is deployed",
            False: "it is not what is deployed",
            None: f"sha256 {found.built.sha256}",
        }
        yield "Built here", f"{found.built.file}: {same[found.built.deployed]}"
        if found.built.origin and found.built.origin.get("time"):
            yield "", f"built {found.built.origin['time']} from {found.built.origin.get('source_sha256', 'unknown')}"
