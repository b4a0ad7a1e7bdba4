"""One input partition of one transform: read, run the guest, write, note the progress; fail, wait, try again.

At least once: progress moves only when everything made of a record is acknowledged. A failing record is never
skipped; the processor comes back to it after a backoff (src/v/transform/transform_manager.cc, transform_processor.cc).
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from rpkpy.errors import InvalidError, RefusedError, RpkpyError
from rpkpy.host.log_topic import LogTopic
from rpkpy.host.model import Transform
from rpkpy.host.modules import Modules
from rpkpy.host.progress import Mark, Place, Progress
from rpkpy.host.settings import HostSettings
from rpkpy.host.sink import Sink
from rpkpy.host.source import MAX_FEED_RECORDS, Feed, Source
from rpkpy.host.start_offset import committed_in_new_partition
from rpkpy.host.topology import Topic, Topology

if TYPE_CHECKING:
    from rpkpy.engine import CompiledModule, Instance, Output

logger = logging.getLogger("rpkpy.host")

_POLL_S = 0.2
"""How long a processor without input waits before it looks whether it should stop."""

_FEED_S = 0.25
"""How long a guest may work on what it is given at once."""


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


class CreationFailed(Exception):
    """The module cannot be made to run at all: the partition's state stays unknown, and a retry takes long."""


class Backoff:
    """Waiting times between attempts: doubling, and from the first again after an attempt that ran long enough."""

    def __init__(self, first_s: float, max_s: float, reset_s: float) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._reset_s = reset_s
        self._next_s = first_s

    def after(self, ran_s: float) -> float:
        """How long to wait after an attempt that ran for `ran_s`."""
        if ran_s > self._reset_s:
            self._next_s = self._first_s
        wait_s = self._next_s
        # The broker doubles and cuts: 1, 2, 4, 8, 16, 30, 30, ...
        self._next_s = min(2 * self._next_s, self._max_s)
        return wait_s


class Processor:
    """Runs `transform` on `partition` in a thread of its own, until `stop`.

    `state` and `lag` (records) may be read by any thread; `failures` counts failed attempts.
    """

    def __init__(self, transform: Transform, partition: int, around: Surroundings) -> None:
        self.transform = transform
        self.partition = partition
        self.state = State.INACTIVE
        self.lag = 0
        self.failures = 0
        self.read_bytes = 0
        self.written_bytes = [0] * len(transform.output_topics)
        self.around = around
        self._stopping = threading.Event()
        self._instance: Instance | None = None
        # After a failed write the records up to here go one by one, so that those before the bad one get through.
        self.careful_until = -1
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
        if self._instance is not None:
            self._instance.interrupt()

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

    def _run(self) -> None:
        timing = self.around.settings.timing
        backoff = Backoff(timing.backoff_first_s, timing.backoff_max_s, timing.backoff_reset_s)
        while not self.stopping:
            began = time.monotonic()
            self.state, self.lag = State.INACTIVE, 0
            try:
                self._attempt()
            except CreationFailed as error:
                self._failed(State.UNKNOWN, error, timing.creation_retry_s)
            except Exception as error:  # whatever it is, this partition alone stands still
                if self._stopping.is_set():
                    logger.info("transform %r, partition %d: ended: %s", self.transform.name, self.partition, error)
                    break
                self._failed(State.ERRORED, error, backoff.after(time.monotonic() - began))
        self.state, self.lag = State.INACTIVE, 0

    def _failed(self, state: State, error: Exception, wait_s: float) -> None:
        self.state, self.lag = state, 0
        self.failures += 1
        said = " ".join(filter(None, (error.message, error.cause))) if isinstance(error, RpkpyError) else str(error)
        said = f"partition {self.partition}: {said or repr(error)} Next attempt in {wait_s:g} s."
        expected = isinstance(error, RpkpyError | CreationFailed)
        logger.warning("transform %r, %s", self.transform.name, said, exc_info=None if expected else error)
        self.around.logs.say(self.transform.name, said)
        self._stopping.wait(wait_s)

    def _attempt(self) -> None:
        """From a fresh instance until `stop`, or until something fails."""
        around, transform = self.around, self.transform
        module = self._compiled()
        topic = self._topics()
        marks = around.progress.marks(transform.uuid, self.partition, len(transform.output_topics), topic.id)
        start = self._start(topic) if None in marks else -1
        places = [start if mark is None else mark for mark in marks]
        before = min(places)
        with self._new_instance(module) as instance:
            self._instance = instance
            _begin(instance)
            kafka = around.settings.kafka
            with (
                closing(Source(kafka, transform.input_topic, self.partition, max(0, before + 1))) as source,
                closing(
                    Sink(kafka, around.topology, transform.output_topics, self.partition, transform.compression)
                ) as sink,
            ):
                if any(mark is not None for mark in marks):
                    bounds = around.topology.bounds(transform.input_topic, [self.partition])[self.partition]
                    self.lag = max(0, bounds.last - before)
                self.state = State.RUNNING
                logger.info(
                    "transform %r, partition %d: running from offset %d", transform.name, self.partition, before + 1
                )
                _Run(self, topic, instance, source, sink, places).until(self._stopping)

    def _compiled(self) -> "CompiledModule":
        try:
            return self.around.modules.compiled(self.transform.module)
        except Exception as error:
            raise CreationFailed(_words(error)) from error

    def _new_instance(self, module: "CompiledModule") -> "Instance":
        from rpkpy.engine import Instance

        transform = self.transform
        try:
            return Instance(
                module,
                name=transform.name,
                input_topic=transform.input_topic,
                output_topics=transform.output_topics,
                env=transform.environment,
                on_log=lambda fd, data: self.around.logs.write(transform.name, fd, data),
                schema_registry=self.around.settings.schema_registry,
                check_crcs=False,  # Source makes the batches
                partition=self.partition,
            )
        except Exception as error:
            raise CreationFailed(_words(error)) from error

    def _topics(self) -> Topic:
        """The input topic; RefusedError where it, its partition or an output does not exist."""
        transform = self.transform
        found = self.around.topology.describe([transform.input_topic, *transform.output_topics])
        missing = [name for name, topic in found.items() if topic is None]
        if missing:
            raise RefusedError(f"The topic {missing[0]} does not exist.")
        topic = found[transform.input_topic]
        if topic is None or topic.partitions <= self.partition:
            raise RefusedError(f"The topic {transform.input_topic} has no partition {self.partition}.")
        return topic

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


class _Run:
    """A running attempt: the loop from source through the guest to the sink.

    While the guest works on a feed, what it made of the one before is on its way to Kafka.
    """

    def __init__(
        self,
        processor: Processor,
        topic: Topic,
        instance: "Instance",
        source: Source,
        sink: Sink,
        marks: Sequence[int],
    ) -> None:
        self._processor = processor
        self._around = processor.around
        self._topic = topic
        self._instance = instance
        self._source = source
        self._sink = sink
        # Outputs that were ahead when the last attempt ended leave out what they had.
        self._ahead = list(marks)
        self._position = min(marks)
        """The last offset whose output was handed to the sink."""
        self._noted = self._position
        """The last offset whose output is acknowledged, and progress noted."""
        self._feed_records = 1
        """How many records to hand to the guest at once: doubled while it is quick."""

    def until(self, stopping: threading.Event) -> None:
        """Process until `stopping`; raises what fails."""
        try:
            while not stopping.is_set():
                # With writes under way only what is already here: their answers come before any waiting.
                feed = self._next(0 if self._position > self._noted else _POLL_S)
                if feed is None:
                    self._settle()
                    self._pass_end()
                    self._check_topic()
                    self._sink.idle()
                    continue
                output = self._process(feed)
                self._settle()  # of the feed before
                self._send(output, feed.last_offset)
                self._processor.read_bytes += feed.payload_bytes
        finally:
            self._settle()

    def _next(self, wait_s: float) -> Feed | None:
        boundary = min((mark for mark in self._ahead if mark > self._position), default=None)
        one_by_one = self._processor.careful_until > self._position
        most = 1 if one_by_one else self._feed_records
        return self._source.read(wait_s, max_records=most, last_offset=boundary)

    def _process(self, feed: Feed) -> "Output":
        from rpkpy.engine.trap import GuestTrap

        began = time.monotonic()
        try:
            made = self._instance.process(feed.batches)
        except GuestTrap as trap:
            self._settle()
            offset, output = trap.record_offset, trap.output
            if output is not None and offset is not None and offset > feed.first_offset:
                # What came before the failing record is good: it goes out, and is not made again.
                self._send(output, offset - 1)
                self._settle()
            raise
        # A slow guest gets few records at a time: it cannot be stopped in between.
        if time.monotonic() - began > _FEED_S:
            self._feed_records = max(1, feed.records // 2)
        elif feed.records == self._feed_records:
            self._feed_records = min(2 * self._feed_records, MAX_FEED_RECORDS)
        return made

    def _send(self, output: "Output", last_offset: int) -> None:
        skip = [last_offset <= mark for mark in self._ahead]
        try:
            self._sink.send(output.payloads, skip)
        except RpkpyError:
            self._processor.careful_until = last_offset
            raise
        self._position = last_offset
        for index, payloads in enumerate(output.payloads):
            if not skip[index]:
                self._processor.written_bytes[index] += sum(map(len, payloads))

    def _settle(self) -> None:
        """Wait for the answers to what was sent; note the progress of the outputs that have all of theirs."""
        position = self._position
        if position <= self._noted:
            return
        self._noted = position  # settled once, whatever comes of it
        failed = self._sink.settle()
        self._note(position, failed)
        if failed:
            self._processor.careful_until = position
            raise next(iter(failed.values()))

    def _note(self, offset: int, failed: Mapping[int, RpkpyError]) -> None:
        processor = self._processor
        for index, ahead in enumerate(self._ahead):
            if index not in failed:
                place = Place(processor.transform.uuid, processor.partition, index)
                self._around.progress.advance(place, Mark(max(offset, ahead), self._topic.id))
        end = self._source.end()
        processor.lag = max(0, end - 1 - offset) if end is not None else 0

    def _pass_end(self) -> None:
        """Move over what is no record at the end (transaction markers), so that the lag comes to nothing."""
        end = self._source.end_seen
        if end is not None and end - 1 > self._position:
            self._position = self._noted = end - 1
            self._note(end - 1, {})

    def _check_topic(self) -> None:
        known = self._around.topology.known(self._topic.name)
        if known is None:
            raise RefusedError(f"The topic {self._topic.name} does not exist any more.")
        if known.id != self._topic.id:
            raise RefusedError(f"The topic {self._topic.name} was deleted and made anew.")


def _begin(instance: "Instance") -> None:
    """Start the guest; CreationFailed where it cannot be linked or does not fit, GuestTrap where it fails."""
    try:
        instance.start()
    except InvalidError as error:
        raise CreationFailed(_words(error)) from error


def _words(error: Exception) -> str:
    if isinstance(error, RpkpyError):
        return " ".join(filter(None, (error.message, error.cause)))
    return str(error) or repr(error)
