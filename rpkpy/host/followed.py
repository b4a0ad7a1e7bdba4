"""What is deployed and what every worker does, as Kafka says it: read whole at the start, then followed."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from rpkpy.errors import RpkpyError, UnreachableError
from rpkpy.host import journal, model, worker_status
from rpkpy.host.journal import STATUS, TRANSFORMS
from rpkpy.host.model import Transform
from rpkpy.host.topology import Topology
from rpkpy.host.worker_status import WorkerStatus
from rpkpy.kafka import errors
from rpkpy.kafka.contact import Contact

if TYPE_CHECKING:
    from confluent_kafka import Message

    from rpkpy.config.settings import KafkaSettings

logger = logging.getLogger("rpkpy.host")

_POLL_S = 0.1
_RETRY_S = 1.0
_FETCH_WAIT_MS = 100


class Followed:
    """The topics of transforms and of statuses, followed by a thread of its own. Thread-safe.

    What it shows is behind the topics by milliseconds; `catch_up` makes sure of all that was written before the call.
    A worker that has not been heard of for `silent_s` is not among `workers`.
    """

    def __init__(self, kafka: "KafkaSettings", topology: Topology, *, timeout_s: float, silent_s: float) -> None:
        self._kafka = kafka
        self._topology = topology
        self._timeout_s = timeout_s
        self._silent_ms = silent_s * 1_000
        self._changed = threading.Condition()
        self._transforms: Mapping[str, Transform] = {}
        self._unreadable: set[bytes] = set()
        self._workers: Mapping[str, WorkerStatus] = {}
        self._positions = {TRANSFORMS: -1, STATUS: -1}
        """For each topic the offset before which everything is known; -1 until its end was seen once."""
        self._listeners: list[Callable[[], None]] = []
        self._stopping = False
        self._failed: RpkpyError | None = None
        self._thread = threading.Thread(target=self._run, name="rpkpy-state", daemon=True)

    def start(self) -> None:
        """Read both topics to their ends and go on following. Raises UnreachableError, AuthError or RefusedError."""
        self._thread.start()
        known = self.wait(lambda: self._failed is not None or min(self._positions.values()) >= 0, self._timeout_s)
        if self._failed is not None:
            raise self._failed
        if not known:
            raise UnreachableError("Kafka did not answer: the topics of the transform host cannot be read.")

    def stop(self) -> None:
        """End."""
        self._stopping = True
        if self._thread.is_alive():
            self._thread.join(2)

    @property
    def position(self) -> int:
        """Before this offset of the topic of transforms everything is in `transforms`."""
        return self._positions[TRANSFORMS]

    def transforms(self) -> Mapping[str, Transform]:
        """What is deployed, by name, sorted."""
        return self._transforms

    @property
    def complete(self) -> bool:
        """Whether every record could be read: those of a newer rpkpy may refer to what looks unused from here."""
        return not self._unreadable

    def workers(self) -> list[WorkerStatus]:
        """The processes of all hosts that have been heard of lately, by id."""
        now_ms = time.time() * 1_000
        return [each for _, each in sorted(self._workers.items()) if now_ms - each.written_ms < self._silent_ms]

    def silent(self, for_s: float) -> list[str]:
        """The ids of processes that have not been heard of for that long."""
        now_ms = time.time() * 1_000
        return [each.id for each in self._workers.values() if now_ms - each.written_ms > for_s * 1_000]

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener`, which must be quick, whenever what is deployed has changed."""
        self._listeners.append(listener)

    def notify(self) -> None:
        """Have those that wait look again."""
        with self._changed:
            self._changed.notify_all()

    def wait(self, probe: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `probe` is true; whether it came to be within `timeout_s`."""
        with self._changed:
            return self._changed.wait_for(probe, timeout_s)

    def catch_up(self) -> None:
        """Wait until all that was committed to the topic of transforms before this call is known here.

        Raises UnreachableError, AuthError or RefusedError.
        """
        end = self._topology.bounds(TRANSFORMS, [0])[0].end
        if not self.wait(lambda: self.position >= end, self._timeout_s):
            raise UnreachableError(f"Kafka did not answer: could not read {TRANSFORMS}.")

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._follow()
            except Exception as error:
                if min(self._positions.values()) < 0 and isinstance(error, RpkpyError):
                    self._failed = error
                    self.notify()
                    return
                logger.warning("the host's topics cannot be read, will try again: %s", error)
                time.sleep(_RETRY_S)

    def _follow(self) -> None:
        from confluent_kafka import OFFSET_BEGINNING, TopicPartition

        # An end is told when a fetch comes back empty, and who catches up waits for it.
        contact = Contact()
        consumer = journal.reader(self._kafka, fetch_wait_max_ms=_FETCH_WAIT_MS, **contact.configuration)
        try:
            consumer.assign(
                [TopicPartition(topic, 0, max(at, 0) or OFFSET_BEGINNING) for topic, at in self._positions.items()]
            )
            while not self._stopping:
                message = consumer.poll(_POLL_S)
                if message is not None:
                    self._take(message)
                contact.check()
        finally:
            consumer.close()

    def _take(self, message: "Message") -> None:
        from confluent_kafka import KafkaError

        error, topic, offset = message.error(), message.topic(), message.offset()
        if topic is None or offset is None:
            return
        if error is None:
            if topic == TRANSFORMS:
                self._take_transform(message.key() or b"", message.value())
            else:
                self._take_worker(message.key() or b"", message.value(), message.timestamp()[1])
            if self._positions[topic] < 0:
                return  # until its end is seen it is only half known
            offset += 1
        elif error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001
            if not error.retriable() and not errors.about_no_group(error):
                raise errors.translate(error, self._kafka, f"{topic} cannot be read.")
            return
        with self._changed:
            self._positions[topic] = offset
            self._changed.notify_all()
        if topic == TRANSFORMS:
            for listener in self._listeners:
                listener()

    def _take_transform(self, key: bytes, value: bytes | None) -> None:
        name = key.decode("utf-8", "replace")
        transforms = {other: each for other, each in self._transforms.items() if other != name}
        self._unreadable.discard(key)
        if value is not None:
            try:
                transforms[name] = model.decode(name, value)
            except model.UnknownFormat as error:
                logger.error("left alone: %s", error)
                self._unreadable.add(key)
        self._transforms = dict(sorted(transforms.items()))

    def _take_worker(self, key: bytes, value: bytes | None, written_ms: int) -> None:
        name = key.decode("utf-8", "replace")
        workers = {other: each for other, each in self._workers.items() if other != name}
        status = worker_status.decode(value, written_ms) if value is not None else None
        if status is not None:
            workers[name] = status
        self._workers = workers
