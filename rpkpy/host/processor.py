"""One input partition of one transform: run attempts at it, one after the other, until told to stop.

A failing record is never skipped unless the transform's error policy says so; the processor comes back to it after a
backoff (src/v/transform/transform_manager.cc, transform_processor.cc).
"""

import logging
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from enum import Enum

from rpkpy.errors import RefusedError, RpkpyError
from rpkpy.host import commits, record_path
from rpkpy.host.attempt import Attempt, TryAgain
from rpkpy.host.backoff import Backoff
from rpkpy.host.guest import CreationFailed, Guest, words
from rpkpy.host.log_topic import LogTopic
from rpkpy.host.model import Transform
from rpkpy.host.modules import Modules
from rpkpy.host.observed import Observation, Observed
from rpkpy.host.progress import Progress
from rpkpy.host.settings import HostSettings
from rpkpy.host.start_offset import committed_in_new_partition
from rpkpy.host.suspicion import ATTEMPTS, Suspicion
from rpkpy.host.topology import Topic, Topology

logger = logging.getLogger("rpkpy.host")


class State(Enum):
    """What a processor does, in the broker's words."""

    INACTIVE = "inactive"
    RUNNING = "running"
    ERRORED = "errored"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every processor of a host works with."""

    settings: HostSettings
    topology: Topology
    modules: Modules
    progress: Progress
    logs: LogTopic
    observation: Observation = field(default_factory=Observation)


class Processor:
    """Runs `transform` on `partition` in a thread of its own, until `stop`.

    `state`, `lag` (records), `counters` and `observed` (sampled records) may be read by any thread.
    """

    def __init__(self, transform: Transform, partition: int, around: Surroundings) -> None:
        self.transform = transform
        self.partition = partition
        self.state = State.INACTIVE
        self.lag = 0
        self.observed = Observed(around.observation, transform, partition)
        self.counters = self.observed.counters
        self.paths: tuple[str, str] | None = None
        """How records come in and go out (see record_path.PATHS), once it is known."""
        self.client_why: str | None = None
        """Why either is the client."""
        self.around = around
        self.suspicion = Suspicion()
        self.slow = False
        self._stopping = threading.Event()
        self._guest: Guest | None = None
        name = f"rpkpy-{transform.name}-{partition}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end: what is under way is finished and noted."""
        self._stopping.set()

    def interrupt(self) -> None:
        """End the guest in the middle of a record, of which nothing goes out; the records before it do."""
        if self._guest is not None:
            self._guest.interrupt()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came in time."""
        self._thread.join(max(0.0, timeout_s))
        return not self._thread.is_alive()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stopping.is_set()

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def gave_up(self, offset: int, error: Exception) -> None:
        """The error policy has taken the record at `offset`: count it, and say so."""
        topic = self.transform.dead_letter_topic
        if topic is None:
            self.counters.skipped += 1
        else:
            self.counters.dead_lettered += 1
        done = "left out" if topic is None else f"in the dead-letter topic {topic}"
        self._say(f"The record at offset {offset} is {done} after {ATTEMPTS} attempts. {words(error)}")

    def _run(self) -> None:
        timing = self.around.settings.timing
        backoff = Backoff(timing.backoff_first_s, timing.backoff_max_s, timing.backoff_reset_s)
        while not self.stopping:
            began = time.monotonic()
            self.state, self.lag = State.INACTIVE, 0
            try:
                self._attempt()
            except TryAgain as error:
                logger.info("transform %r, partition %d: again: %s", self.transform.name, self.partition, error)
            except CreationFailed as error:
                self._failed(State.UNKNOWN, error, timing.creation_retry_s)
            except Exception as error:  # whatever it is, this partition alone stands still
                if self._stopping.is_set():
                    logger.info("transform %r, partition %d: ended: %s", self.transform.name, self.partition, error)
                    break
                self._failed(State.ERRORED, error, backoff.after(time.monotonic() - began))
        self.state, self.lag = State.INACTIVE, 0
        self.counters.memory_bytes = 0

    def _failed(self, state: State, error: Exception, wait_s: float) -> None:
        self.state, self.lag = state, 0
        self.counters.failures += 1
        self.counters.memory_bytes = 0
        expected = isinstance(error, RpkpyError | CreationFailed)
        self._say(f"{words(error)} Next attempt in {wait_s:g} s.", None if expected else error)
        self._stopping.wait(wait_s)

    def _say(self, what: str, error: Exception | None = None) -> None:
        """Write to the host's log, and to the transform's."""
        said = f"partition {self.partition}: {what}"
        logger.warning("transform %r, %s", self.transform.name, said, exc_info=error)
        self.around.logs.say(self.transform.name, said)

    def _attempt(self) -> None:
        """From a fresh instance until `stop`, or until something fails."""
        around, transform, partition = self.around, self.transform, self.partition
        self.counters.starts += 1
        topic = self._topics()
        with Guest(
            transform,
            partition,
            around.settings,
            lambda: around.modules.compiled(transform.module),
            lambda fd, data: around.logs.write(transform.name, fd, data),
        ) as guest:
            self._guest = guest
            guest.start()
            # The sink first: exactly once it ends what an earlier owner may have under way.
            with closing(record_path.open_sink(around.settings, around.topology, transform, partition)) as sink:
                marks = self._marks(topic)
                start = self._start(topic) if None in marks else -1
                places = [start if mark is None else mark for mark in marks]
                before = min(places)
                with closing(
                    record_path.open_source(around.settings, transform, partition, max(0, before + 1))
                ) as source:
                    if any(mark is not None for mark in marks):
                        bounds = around.topology.bounds(transform.input_topic, [partition])[partition]
                        self.lag = max(0, bounds.last - before)
                    self._take_paths(source.path, sink.path)
                    self.state = State.RUNNING
                    logger.info(
                        "transform %r, partition %d: running from offset %d, read by %s, written by %s",
                        transform.name,
                        partition,
                        before + 1,
                        source.path,
                        sink.path,
                    )
                    Attempt(self, topic, guest, source, sink, places).until(self._stopping)

    def _take_paths(self, *paths: str) -> None:
        per_message = "client" in paths
        topic = self.transform.input_topic
        self.client_why = record_path.client_why(self.around.settings, topic) if per_message else None
        self.paths = paths[0], paths[1]

    def _topics(self) -> Topic:
        """The input topic; RefusedError where it, its partition or an output does not exist."""
        transform = self.transform
        found = self.around.topology.describe(transform.topics)
        missing = [name for name, topic in found.items() if topic is None]
        if missing:
            which = "dead-letter topic" if missing == [transform.dead_letter_topic] else "topic"
            raise RefusedError(f"The {which} {missing[0]} does not exist.")
        topic = found[transform.input_topic]
        if topic is None or topic.partitions <= self.partition:
            raise RefusedError(f"The topic {transform.input_topic} has no partition {self.partition}.")
        return topic

    def _marks(self, topic: Topic) -> list[int | None]:
        """The last offset done with for each output, None where that is not known."""
        transform, around = self.transform, self.around
        outputs = len(transform.output_topics)
        known = around.progress.marks(transform.uuid, self.partition, outputs, topic.id)
        if not transform.exactly_once:
            return known
        # Asked for now, when no earlier owner can change it any more.
        group = commits.group_id(transform)
        committed = around.topology.committed(group, transform.input_topic, self.partition)
        marks = commits.decode(committed.metadata, topic.id, outputs)
        if marks is None:
            return known
        return [mark if other is None else max(mark, other) for mark, other in zip(marks, known, strict=True)]

    def _start(self, topic: Topic) -> int:
        """The offset taken as committed where nothing is."""
        start, topology = self.transform.start, self.around.topology
        if topic.id == start.topic_id and self.partition in start.committed:
            return start.committed[self.partition]
        bounds = topology.bounds(topic.name, [self.partition])[self.partition]
        if topic.id != start.topic_id:
            return bounds.start - 1  # another topic of the same name: everything in it is new
        requested, offset_at = start.requested, None
        if requested is not None and requested.format == "timestamp":
            offset_at = topology.offsets_at(topic.name, [self.partition], requested.value)[self.partition]
        return committed_in_new_partition(requested, bounds, offset_at)
