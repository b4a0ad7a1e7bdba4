"""What is deployed: the desired state of all hosts, kept in Kafka, changed one request at a time."""

import hashlib
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from rpkpy.errors import RpkpyError
from rpkpy.host import commits, model, modules, rules
from rpkpy.host.changes import Change, Changes, Decide
from rpkpy.host.ends import Ends
from rpkpy.host.group_offsets import Committed, GroupOffsets
from rpkpy.host.journal import MODULES
from rpkpy.host.lag import measured
from rpkpy.host.model import ModuleRef, Start, Transform
from rpkpy.host.module_check import check_module
from rpkpy.host.processor import State
from rpkpy.host.rejection import DOES_NOT_EXIST, INVALID_NAME, bad_request
from rpkpy.host.requests import Patch
from rpkpy.host.start_offset import committed
from rpkpy.host.supervisor import Supervisor
from rpkpy.host.topology import Snapshot, Topic, Topology
from rpkpy.host.worker import Worker
from rpkpy.host.worker_status import Assigned, WorkerStatus
from rpkpy.redpanda.cluster import DeploySpec, PartitionStatus, StartOffset, TransformMetadata

logger = logging.getLogger("rpkpy.host")

_FOLLOWED_S = 7.0
"""How long an answer waits for every worker to follow the change; rpk waits 10 s for it."""

_LEFT_S = 1.0
"""How long a group may take to be empty once its members have left."""


@dataclass(frozen=True, slots=True)
class CommittedOffset:
    """One row of the debug endpoint of committed offsets."""

    transform_name: str
    partition: int
    offset: int


class Controller:
    """Deploys, patches, deletes and lists, for all hosts of the Kafka. Thread-safe.

    A change is in Kafka, acknowledged, before the call returns, and workers have followed it unless one of them takes
    long. Methods raise Rejected (the broker's refusals), UnreachableError and RefusedError (Kafka's).
    """

    def __init__(self, worker: Worker, changes: Changes) -> None:
        self._worker = worker
        self._around = worker.around
        self._changes = changes
        self._offsets = GroupOffsets(worker.settings.kafka, worker.around.topology, worker.settings.timing.kafka_s)
        self._left: set[str] = set()
        """Groups of deleted transforms that still had members."""
        self.ends = Ends(worker.around.topology)
        """Where input partitions end now."""

    @property
    def supervisor(self) -> Supervisor:
        """What this process works on."""
        return self._worker.supervisor

    @property
    def _topology(self) -> Topology:
        return self._around.topology

    def transforms(self) -> Mapping[str, Transform]:
        """What is deployed, by name, sorted."""
        return self._worker.followed.transforms()

    def deploy(self, spec: DeploySpec, wasm: memoryview) -> None:
        """Deploy `spec` with the module `wasm`, or redeploy it in place of what has its name."""
        check_module(wasm, self._around.settings.limits)
        dead_letters = spec.options.dead_letters(spec.input_topic)
        topics = self._topology.settled(filter(None, [spec.input_topic, *spec.output_topics, dead_letters]))
        limit = self._around.settings.max_transforms
        module = bytes(wasm)
        sha256 = hashlib.sha256(module).hexdigest()
        self._around.modules.offer(sha256, module)

        def decide(deployed: Mapping[str, Transform]) -> Change:
            rules.check_deploy(spec, deployed, Snapshot(topics), max_transforms=limit)
            rules.check_options(spec.options, spec.input_topic, deployed, Snapshot(topics))
            existing = deployed.get(spec.name)
            ref = _find_module(sha256, deployed)
            chunks = modules.chunks(sha256, module) if ref is None else []
            if ref is None:
                end = self._topology.bounds(MODULES, [0])[0].end
                ref = ModuleRef(sha256, len(module), len(chunks), end)
            if existing is not None:
                wanted = existing.changed(
                    environment=dict(spec.environment),
                    compression=spec.compression,
                    options=spec.options,
                    module=ref,
                    paused=False,
                )
            else:
                wanted = Transform(
                    name=spec.name,
                    uuid=str(uuid.uuid4()),
                    input_topic=spec.input_topic,
                    output_topics=tuple(spec.output_topics),
                    module=ref,
                    start=self._start(topics[spec.input_topic], spec.offset),
                    environment=dict(spec.environment),
                    compression=spec.compression,
                    options=spec.options,
                )
            dropped = _unused(existing, {**deployed, spec.name: wanted})
            return Change(spec.name, model.encode(wanted), chunks, dropped)

        self._change(decide)
        logger.info("transform %r deployed: %s -> %s", spec.name, spec.input_topic, ", ".join(spec.output_topics))

    def patch(self, name: str, patch: Patch) -> None:
        """Pause, resume, or change environment, compression and options."""

        def decide(deployed: Mapping[str, Transform]) -> Change | None:
            existing = deployed.get(name)
            if existing is None:
                raise bad_request(DOES_NOT_EXIST)
            if patch == Patch():
                return None
            changed = existing.changed(
                paused=existing.paused if patch.paused is None else patch.paused,
                environment=existing.environment if patch.environment is None else patch.environment,
                compression=existing.compression if patch.compression is None else patch.compression,
                options=existing.options.patched(patch.options or {}),
            )
            rules.check_environment(changed.environment)
            if patch.options:
                topics = self._topology.settled(filter(None, [changed.dead_letter_topic]))
                rules.check_options(changed.options, changed.input_topic, deployed, Snapshot(topics))
            return Change(name, model.encode(changed))

        if self._change(decide):
            logger.info("transform %r changed", name)

    def delete(self, name: str) -> None:
        """Delete; nothing of it is kept. A name that is not there is no error, as on the broker."""
        if not name:
            raise bad_request(INVALID_NAME)
        deleted: list[Transform] = []

        def decide(deployed: Mapping[str, Transform]) -> Change | None:
            existing = deployed.get(name)
            deleted[:] = [existing] if existing is not None else []
            if existing is None:
                return None
            rest = {other: each for other, each in deployed.items() if other != name}
            return Change(name, None, dropped=_unused(existing, rest))

        if not self._change(decide):
            return
        logger.info("transform %r deleted", name)
        groups = [commits.group_id(each) for each in deleted]
        try:
            self._left |= set(self._offsets.delete(groups, patience_s=_LEFT_S))
        except RpkpyError as error:  # deleted it is
            self._left |= set(groups)
            logger.info("offsets of the deleted %r remain for now: %s", name, error)

    def listing(self) -> list[TransformMetadata]:
        """What is deployed, with the state and the lag of each partition."""
        assigned: dict[tuple[str, int], tuple[int, Assigned]] = {}
        for worker in sorted(self._worker.workers(), key=lambda each: each.written_ms):
            for item in worker.partitions:
                assigned[item.uuid, item.partition] = (worker.node_id, item)
        done = {key: item.done for key, (_, item) in assigned.items()}
        lags = measured(self.transforms().values(), done, self._topology, self.ends)
        return [
            TransformMetadata(
                name=transform.name,
                input_topic=transform.input_topic,
                output_topics=transform.output_topics,
                environment=transform.environment,
                status=tuple(
                    self._status(
                        transform,
                        partition,
                        assigned.get((transform.uuid, partition)),
                        lags.get((transform.uuid, partition)),
                    )
                    for partition in self._topology.partitions_of(transform)
                ),
                compression=transform.compression,
                options=transform.options,
            )
            for transform in self.transforms().values()
        ]

    def done(self) -> dict[tuple[str, int], int]:
        """For each transform's uuid and partition the last offset done with, of whichever worker knows it."""
        return {
            (item.uuid, item.partition): item.done
            for worker in self._worker.workers()
            for item in worker.partitions
            if item.done is not None
        }

    def committed_offsets(self, show_unknown: bool) -> list[CommittedOffset]:
        """Committed offsets, one row for each transform, partition and output; nameless rows with `show_unknown`."""
        deployed = self.transforms().values()
        names = {transform.uuid: transform.name for transform in deployed}
        rows: list[Committed] = self._offsets.of(deployed)
        if show_unknown:
            rows += self._offsets.of_groups(self._offsets.orphans(deployed))
        return [CommittedOffset(names.get(row.uuid, ""), row.partition, row.offset) for row in rows]

    def sweep(self) -> None:
        """Remove the offsets of what was deleted here while workers were still at it, or had died a moment before."""
        if self._left:
            self._left = set(self._offsets.delete(self._left))

    def collect_offsets(self) -> None:
        """Remove the offsets of transforms that are not deployed any more."""
        names = self._offsets.names()  # before what is deployed: a group comes after its transform
        followed = self._worker.followed
        followed.catch_up()
        if followed.complete:
            known = {commits.group_id(each) for each in followed.transforms().values()}
            self._offsets.delete([name for name in names if name not in known])

    def _change(self, decide: Decide) -> bool:
        """Make a change and wait for the workers to follow; whether there was one."""
        offset = self._changes.make(decide)
        if offset is None:
            return False

        def followed() -> bool:
            return all(each.applied > offset for each in self._worker.workers() if each.works)

        if not self._worker.followed.wait(followed, _FOLLOWED_S):
            late = [each.id for each in self._worker.workers() if each.works and each.applied <= offset]
            logger.warning("a change is made, but workers do not follow yet: %s", ", ".join(late))
        return True

    def workers(self) -> list[WorkerStatus]:
        """The processes of all hosts, this one as it is now."""
        return self._worker.workers()

    def siblings(self) -> list[WorkerStatus]:
        """The other processes of this host, as they last said."""
        own = self._worker.identity
        return [each for each in self._worker.workers() if each.host == own.host and each.id != own.id]

    def _status(
        self, transform: Transform, partition: int, found: tuple[int, Assigned] | None, behind: int | None
    ) -> PartitionStatus:
        node_id, lag = self._around.settings.node_id, 0
        if transform.paused:
            state = State.INACTIVE.value
        elif found is not None:
            node_id, state, lag = found[0], found[1].state, found[1].lag
        elif self._topology.known(transform.input_topic) is None:
            state = State.ERRORED.value  # without its topic no group gives it to anybody
        else:
            state = State.UNKNOWN.value
        return PartitionStatus(node_id, partition, state, lag if behind is None else behind)

    def _start(self, topic: Topic | None, requested: StartOffset | None) -> Start:
        """Fix where each partition begins, now: what comes after the deploy's answer is then surely read."""
        assert topic is not None  # noqa: S101 - the rules have seen to it
        now_ms = time.time_ns() // 1_000_000
        partitions = range(topic.partitions)
        bounds = self._topology.bounds(topic.name, partitions)
        found: Mapping[int, int | None] = {}
        if requested is None or requested.format == "timestamp":
            at_ms = now_ms if requested is None else requested.value
            found = self._topology.offsets_at(topic.name, partitions, at_ms)
        return Start(
            requested=requested,
            deployed_ms=now_ms,
            topic_id=topic.id,
            committed={
                partition: committed(requested, bounds[partition], found.get(partition)) for partition in partitions
            },
        )


def _find_module(sha256: str, deployed: Mapping[str, Transform]) -> ModuleRef | None:
    """The module with this hash, where a transform has it already: then it is in its topic."""
    return next((each.module for each in deployed.values() if each.module.sha256 == sha256), None)


def _unused(before: Transform | None, after: Mapping[str, Transform]) -> list[bytes]:
    """The keys of the module that `before` had, unless a transform of `after` needs it."""
    if before is None or _find_module(before.module.sha256, after) is not None:
        return []
    return modules.keys(before.module)
