"""What is deployed: the desired state, kept in Kafka, changed one request at a time."""

import logging
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from rpkpy.errors import RpkpyError
from rpkpy.host import model, rules
from rpkpy.host.journal import Memory
from rpkpy.host.model import Start, Transform
from rpkpy.host.module_check import check_module
from rpkpy.host.processor import Surroundings
from rpkpy.host.rejection import DOES_NOT_EXIST, INVALID_NAME, bad_request
from rpkpy.host.requests import Patch
from rpkpy.host.start_offset import committed
from rpkpy.host.supervisor import Supervisor
from rpkpy.host.topology import Snapshot, Topic, Topology
from rpkpy.redpanda.cluster import DeploySpec, StartOffset, TransformMetadata

logger = logging.getLogger("rpkpy.host")


@dataclass(frozen=True, slots=True)
class CommittedOffset:
    """One row of the debug endpoint of committed offsets."""

    transform_name: str
    partition: int
    offset: int


class Controller:
    """Deploys, patches, deletes and lists. Thread-safe; changes are made one at a time.

    A change is in Kafka, acknowledged, before the call returns. Methods raise Rejected (the broker's refusals) and
    UnreachableError or RefusedError (Kafka's).
    """

    def __init__(self, memory: Memory, around: Surroundings) -> None:
        self._memory = memory
        self._around = around
        self._lock = threading.Lock()
        self._transforms: Mapping[str, Transform] = {}
        self._doubtful = False
        self.supervisor = Supervisor(lambda: self._transforms, around)

    @property
    def _topology(self) -> Topology:
        return self._around.topology

    def load(self) -> None:
        """Read the state anew, and remove what an interrupted deletion or deploy left behind."""
        self._memory.load()
        self._read()
        self._collect()

    def transforms(self) -> Mapping[str, Transform]:
        """What is deployed, by name, sorted."""
        return self._transforms

    def deploy(self, spec: DeploySpec, wasm: memoryview) -> None:
        """Deploy `spec` with the module `wasm`, or redeploy it in place of what has its name."""
        check_module(wasm, self._around.settings.limits)
        with self._changing():
            topics = self._topology.settled([spec.input_topic, *spec.output_topics])
            limit = self._around.settings.max_transforms
            rules.check_deploy(spec, self._transforms, Snapshot(topics), max_transforms=limit)
            existing = self._transforms.get(spec.name)
            start = existing.start if existing is not None else self._start(topics[spec.input_topic], spec.offset)
            ref = self._around.modules.store(wasm)
            try:
                if existing is not None:
                    deployed = existing.changed(
                        environment=dict(spec.environment), compression=spec.compression, module=ref, paused=False
                    )
                else:
                    deployed = Transform(
                        name=spec.name,
                        uuid=str(uuid.uuid4()),
                        input_topic=spec.input_topic,
                        output_topics=tuple(spec.output_topics),
                        module=ref,
                        start=start,
                        environment=dict(spec.environment),
                        compression=spec.compression,
                    )
                self._write_record(spec.name, model.encode(deployed))
            finally:
                self._tidy()
            what = "deployed" if existing is None else "redeployed"
            logger.info("transform %r %s: %s -> %s", spec.name, what, spec.input_topic, ", ".join(spec.output_topics))
        self.supervisor.reconcile()

    def patch(self, name: str, patch: Patch) -> None:
        """Pause, resume, or change environment and compression."""
        with self._changing():
            existing = self._transforms.get(name)
            if existing is None:
                raise bad_request(DOES_NOT_EXIST)
            if patch == Patch():
                return
            changed = existing.changed(
                paused=existing.paused if patch.paused is None else patch.paused,
                environment=existing.environment if patch.environment is None else patch.environment,
                compression=existing.compression if patch.compression is None else patch.compression,
            )
            rules.check_environment(changed.environment)
            self._write_record(name, model.encode(changed))
            logger.info("transform %r changed, now %s", name, "paused" if changed.paused else "not paused")
        self.supervisor.reconcile()
        if changed.paused:
            self._around.progress.commit()

    def delete(self, name: str) -> None:
        """Delete; nothing of it is kept. A name that is not there is no error, as on the broker."""
        if not name:
            raise bad_request(INVALID_NAME)
        with self._changing():
            existing = self._transforms.get(name)
            if existing is None:
                return
            self._write_record(name, None)
            logger.info("transform %r deleted", name)
            self.supervisor.reconcile()
            try:
                self._around.progress.forget([existing.uuid])
            except RpkpyError as error:  # deleted it is; the next start removes what is left
                logger.warning("offsets of the deleted %r remain for now: %s", name, error)
            self._tidy()

    def listing(self) -> list[TransformMetadata]:
        """What is deployed, with the state of each partition."""
        return [
            TransformMetadata(
                name=transform.name,
                input_topic=transform.input_topic,
                output_topics=transform.output_topics,
                environment=transform.environment,
                status=tuple(self.supervisor.status(transform)),
                compression=transform.compression,
            )
            for transform in self._transforms.values()
        ]

    def committed_offsets(self, *, show_unknown: bool) -> list[CommittedOffset]:
        """Committed offsets, one row for each transform, partition and output; nameless rows with `show_unknown`."""
        names = {transform.uuid: transform.name for transform in self._transforms.values()}
        return [
            CommittedOffset(names.get(place.uuid, ""), place.partition, mark.offset)
            for place, mark in self._around.progress.all().items()
            if show_unknown or place.uuid in names
        ]

    def collect_offsets(self) -> None:
        """Remove the offsets of transforms that are not deployed any more."""
        with self._changing():
            known = {transform.uuid for transform in self._transforms.values()}
            self._around.progress.forget({place.uuid for place in self._around.progress.all()} - known)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """One change at a time, on a state that is known."""
        with self._lock:
            if self._doubtful:  # a write was not answered: whether it landed, the topic says
                self._memory.load()
                self._read()
                self._doubtful = False
            yield

    def _write_record(self, name: str, value: bytes | None) -> None:
        try:
            self._memory.write([(name.encode(), value)])
        except RpkpyError:
            self._doubtful = True
            raise
        self._read()

    def _read(self) -> None:
        transforms = {}
        for key, value in self._memory.items().items():
            name = key.decode("utf-8", "replace")
            try:
                transforms[name] = model.decode(name, value)
            except model.UnknownFormat as error:
                logger.error("left alone: %s", error)
        self._transforms = dict(sorted(transforms.items()))

    def _collect(self) -> None:
        if len(self._transforms) != len(self._memory.items()):
            return  # records of a newer rpkpy may refer to what looks unused from here
        self.collect_offsets()
        self._around.modules.keep_only(self._module_hashes())

    def _tidy(self) -> None:
        """Remove modules that nothing refers to; what cannot be removed now, the next start removes."""
        if self._doubtful:
            return
        try:
            self._around.modules.keep_only(self._module_hashes())
        except RpkpyError as error:
            logger.warning("unused modules remain for now: %s", error)

    def _module_hashes(self) -> set[str]:
        return {transform.module.sha256 for transform in self._transforms.values()}

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
