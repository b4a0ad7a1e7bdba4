"""A worker's part in one transform: member of its consumer group, with a processor for each partition it is given.

The group is Kafka's classic one with cooperative rebalancing: a partition moves alone, and only once who had it has
stopped, committed and given it back.
"""

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rpkpy.errors import RefusedError, RpkpyError
from rpkpy.host import commits, stopping
from rpkpy.host.group_member import GroupMember, overtaken
from rpkpy.host.model import Transform
from rpkpy.host.processor import Processor, State, Surroundings
from rpkpy.host.progress import GroupProgress
from rpkpy.host.reservation import Reservation
from rpkpy.host.rights import is_denial, lacking
from rpkpy.host.worker_status import Assigned
from rpkpy.kafka import client, errors
from rpkpy.kafka.contact import Contact

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, TopicPartition

logger = logging.getLogger("rpkpy.host")

_POLL_S = 0.1
_RETRY_S = 2.0
_LEAVE_S = 1.5
_SAY_AGAIN_S = 30.0
_COMMIT_AGAIN_S = 0.2
_LAST_COMMIT_S = 2.0


class Membership:
    """Takes part in the work of `transform` until `close`, in a thread of its own. Methods are thread-safe."""

    def __init__(self, transform: Transform, around: Surroundings, reservation: Reservation) -> None:
        self._around = around
        self._reservation = reservation
        self._lock = threading.RLock()
        self._transform = transform
        self._assigned: set[int] = set()
        # Replaced, never changed: who asks for a status does not wait for a processor that is slow to stop.
        self._processors: Mapping[int, Processor] = {}
        self._waiting: frozenset[int] = frozenset()
        self._closing = threading.Event()
        self._keep = True
        self._commit_now = threading.Event()
        self._progress: GroupProgress | None = None
        self._said: tuple[str, float] = ("", 0.0)
        self._uncommitted: str | None = None
        """Why the last commit failed."""
        self._overtaken = False
        """Whether it was because a rebalance came before it."""
        self._thread = threading.Thread(target=self._run, name=f"rpkpy-group-{transform.name}", daemon=True)

    def start(self) -> None:
        """Join the group."""
        self._thread.start()

    def begin_close(self, *, keep: bool) -> None:
        """Stop the processors, commit (if `keep`) and leave the group; `join` waits for it."""
        self._keep = keep
        for processor in self._processors.values():
            processor.stop()
        self._closing.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came in time."""
        self._thread.join(max(0.0, timeout_s))
        return not self._thread.is_alive()

    def apply(self, transform: Transform) -> None:
        """Work by this revision of the transform from now on; what cannot start yet is tried anew by every call."""
        with self._lock:
            paused = transform.paused and not self._transform.paused
            self._transform = transform
            self._fit()
        if paused:
            self._commit_now.set()

    def processors(self) -> list[Processor]:
        """What runs now."""
        return list(self._processors.values())

    def status(self) -> list[Assigned]:
        """What it does with each partition that it has."""
        transform, processors, progress = self._transform, self._processors, self._progress
        done = progress.done() if progress is not None else {}
        statuses = []
        for partition in sorted(self._assigned.copy()):
            processor = processors.get(partition)
            state, lag = State.INACTIVE, 0
            if partition in self._waiting:
                state = State.ERRORED
            elif processor is not None and not transform.paused:
                state, lag = processor.state, processor.lag
            paths = (*processor.paths, processor.client_why) if processor is not None and processor.paths else ()
            statuses.append(Assigned(transform.uuid, partition, state.value, lag, done.get(partition), *paths))
        return statuses

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                self._take_part()
            except Exception as error:
                self._report(error)
                self._closing.wait(_RETRY_S)

    def _take_part(self) -> None:
        timing, transform = self._around.settings.timing, self._transform
        contact = Contact()
        consumer: Any = client.consumer(
            self._around.settings.kafka,
            group_id=commits.group_id(transform),
            partition_assignment_strategy="cooperative-sticky",
            session_timeout_ms=int(timing.session_s * 1_000),
            heartbeat_interval_ms=int(timing.session_s * 1_000 / 3),
            # how soon added partitions and deleted topics are seen
            topic_metadata_refresh_interval_ms=int(timing.refresh_s * 1_000),
            enable_auto_commit=False,
            enable_auto_offset_store=False,
            queued_max_messages_kbytes=1,  # it fetches nothing: its partitions are paused
            retry_backoff_ms=20,
            **contact.configuration,
        )
        member = GroupMember(self._around.settings.kafka, commits.group_id(transform), consumer)
        self._progress = self._around.progress.join(transform, member)
        try:
            consumer.subscribe(
                [transform.input_topic], on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lose
            )
            due = time.monotonic() + timing.commit_s
            while not self._closing.is_set():
                message = consumer.poll(_POLL_S)
                if message is not None and message.error() is not None:
                    self._take_error(message.error())
                contact.check()
                self._read()
                if time.monotonic() >= due or self._commit_now.is_set():
                    self._commit_now.clear()
                    # What failed has waited for an interval already; after a rebalance it goes at once.
                    wait_s = timing.commit_s if self._commit() else min(timing.commit_s, _COMMIT_AGAIN_S)
                    due = time.monotonic() + wait_s
        finally:
            with self._lock:
                self._give_up(self._assigned, self._keep, patience_s=_LAST_COMMIT_S)
            self._around.progress.leave(transform.uuid)
            member.close()
            _leave(consumer)

    def _assign(self, consumer: Any, partitions: "Sequence[TopicPartition]") -> None:
        consumer.incremental_assign(partitions)
        consumer.pause(partitions)
        numbers = {item.partition for item in partitions}
        assert self._progress is not None  # noqa: S101 - it is made before the group is joined
        with self._lock:
            self._progress.own(numbers)
            self._read()
            self._assigned |= numbers
            self._fit()
        if numbers:
            self._around.observation.counters.rebalances += 1
            logger.info("transform %r: given partitions %s", self._transform.name, sorted(numbers))

    def _revoke(self, consumer: Any, partitions: "Sequence[TopicPartition]") -> None:
        self._around.observation.counters.rebalances += 1
        with self._lock:
            self._give_up({item.partition for item in partitions}, keep=self._keep)

    def _lose(self, consumer: Any, partitions: "Sequence[TopicPartition]") -> None:
        """They may be another member's already: nothing more goes out, nothing is committed."""
        self._around.observation.counters.rebalances += 1
        numbers = {item.partition for item in partitions}
        logger.warning("transform %r: lost partitions %s", self._transform.name, sorted(numbers))
        with self._lock:
            stopping.interrupt([each for number, each in self._processors.items() if number in numbers])
            self._give_up(numbers, keep=False)

    def _give_up(self, numbers: set[int], keep: bool, patience_s: float = 0.0) -> None:
        """Stop working on partitions, with a last commit if `keep`, tried `patience_s` longer if overtaken."""
        numbers = set(numbers)
        self._assigned -= numbers
        self._fit()
        if self._progress is not None:
            if keep and not self._commit():
                deadline = time.monotonic() + patience_s
                while self._overtaken and time.monotonic() < deadline and not self._commit():
                    time.sleep(_COMMIT_AGAIN_S)
            self._progress.disown(numbers)

    def _fit(self) -> None:
        """Start what should run and does not, stop what runs and should not (waiting a while for it to end)."""
        transform = self._transform
        wanted = set() if transform.paused or self._closing.is_set() else self._assigned
        unwanted = [
            processor
            for number, processor in self._processors.items()
            if number not in wanted or processor.transform.revision != transform.revision
        ]
        stopping.stop(unwanted, self._around.settings.timing.stop_s)
        # One that is still ending keeps its place: two at once would mix up the order.
        processors = {number: each for number, each in self._processors.items() if each.alive}
        for number in self._processors.keys() - processors.keys() - wanted:
            self._reservation.release((transform.uuid, number))
        waiting = set()
        for number in sorted(wanted - processors.keys()):
            if self._reservation.take((transform.uuid, number)):
                processors[number] = Processor(transform, number, self._around)
                processors[number].start()
            else:
                waiting.add(number)
        self._processors = processors
        if waiting:
            self._report(_no_room(waiting, self._reservation))
        self._waiting = frozenset(waiting)

    def _read(self) -> None:
        try:
            if self._progress is not None:
                self._progress.read()
        except RpkpyError as error:
            self._report(error)

    def _commit(self) -> bool:
        """Commit what has advanced; whether nothing is left. Says why something is, when that is news."""
        if self._progress is None:
            return True
        try:
            self._progress.commit()
        except RpkpyError as error:
            why = f"{error.message} {error.cause or ''}"
            if why != self._uncommitted:
                logger.warning("transform %r: not committed, will try again: %s", self._transform.name, why)
            self._uncommitted = why
            self._overtaken = overtaken(error)
            return False
        self._uncommitted = None
        return True

    def _take_error(self, error: "KafkaError") -> None:
        from confluent_kafka import KafkaError

        if error.fatal():
            raise errors.translate(error, self._around.settings.kafka, "The group has to be joined anew.")
        if is_denial(error.code()):
            group, topic = commits.group_id(self._transform), self._transform.input_topic
            about_group = error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED
            right = f"Read on Group {group}" if about_group else f"Read and Describe on Topic {topic}"
            self._report(lacking(right, RefusedError(error.str())))

    def _report(self, error: Exception) -> None:
        """Say why the work stands still, in the host's log and in the transform's: once in a while the same."""
        said = " ".join(filter(None, (error.message, error.cause))) if isinstance(error, RpkpyError) else repr(error)
        before, at = self._said
        if said == before and time.monotonic() - at < _SAY_AGAIN_S:
            return
        self._said = (said, time.monotonic())
        logger.warning("transform %r: %s", self._transform.name, said)
        self._around.logs.say(self._transform.name, said)


def _leave(consumer: Any) -> None:
    """Leave the group and close.

    Closing alone leaves without a word where no partition is assigned, and Kafka would wait for the member.
    """
    consumer.unsubscribe()
    deadline = time.monotonic() + _LEAVE_S
    while consumer.memberid() and time.monotonic() < deadline:
        consumer.poll(0.02)
    consumer.close()


def _no_room(partitions: set[int], reservation: Reservation) -> RefusedError:
    mib = 1024 * 1024
    return RefusedError(
        f"No memory for partitions {', '.join(map(str, sorted(partitions)))}.",
        cause=f"Each takes {reservation.instance_bytes // mib} MiB, and {reservation.memory_bytes // mib} MiB are "
        "reserved for this worker: start another host or worker, or give this one more with --memory.",
    )
