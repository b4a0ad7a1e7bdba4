"""How far each transform has come: for each input partition and each output, the last offset done with.

A record is done with when everything made of it is acknowledged. What is done is kept here at once and written to
the topic of offsets every commit interval, so that a host killed in between repeats at most what one interval did.
"""

import json
import logging
import threading
from collections.abc import Collection
from dataclasses import dataclass

from rpkpy.errors import RpkpyError
from rpkpy.host.journal import Memory

logger = logging.getLogger("rpkpy.host")

FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Whose progress: a transform's id, an input partition, an output's index in the order of the deploy."""

    uuid: str
    partition: int
    output: int

    def key(self) -> bytes:
        """The key of its record."""
        return f"{self.uuid}/{self.partition}/{self.output}".encode()

    @classmethod
    def of_key(cls, key: bytes) -> "Place | None":
        """The place that `key` names, None where it names none."""
        try:
            uuid, partition, output = key.decode().split("/")
            return cls(uuid, int(partition), int(output))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Mark:
    """The last offset done with, in the topic that had this id: a topic made anew begins anew."""

    offset: int
    topic_id: str


class Progress:
    """The marks of all transforms. Thread-safe; `start` runs the commits, `stop` makes the last one."""

    def __init__(self, memory: Memory, interval_s: float) -> None:
        self._memory = memory
        self._interval_s = interval_s
        self._lock = threading.Lock()
        self._commit_lock = threading.Lock()
        self._marks: dict[Place, Mark] = {}
        self._unwritten: dict[Place, Mark] = {}
        self._retired: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rpkpy-commit", daemon=True)

    def load(self) -> None:
        """Take over what the topic of offsets holds; what cannot be read is left out, and said."""
        marks = {}
        for key, value in self._memory.items().items():
            place, mark = Place.of_key(key), _decode(value)
            if place is None or mark is None:
                logger.warning("an offset record cannot be read and is ignored: key %r, value %r", key, value[:80])
                continue
            marks[place] = mark
        with self._lock:
            self._marks = marks

    def start(self) -> None:
        """Begin to commit every interval."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the commits with a last one, within `timeout_s`; what it could not write will be done again."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            logger.warning("offsets are not committed: Kafka does not answer")
            return
        self.commit(timeout_s)

    def marks(self, uuid: str, partition: int, outputs: int, topic_id: str) -> list[int | None]:
        """The last offset done with for each output, None where there is none in the topic with this id."""
        with self._lock:
            found = [self._marks.get(Place(uuid, partition, output)) for output in range(outputs)]
        return [mark.offset if mark is not None and mark.topic_id == topic_id else None for mark in found]

    def advance(self, place: Place, mark: Mark) -> None:
        """Everything up to and including `mark` is done with."""
        with self._lock:
            if place.uuid in self._retired or self._marks.get(place) == mark:
                return
            self._marks[place] = self._unwritten[place] = mark

    def all(self) -> dict[Place, Mark]:
        """Every mark, in order."""
        with self._lock:
            return dict(sorted(self._marks.items()))

    def commit(self, timeout_s: float | None = None) -> bool:
        """Write what has advanced since the last commit; False (and kept for the next) where Kafka did not take it."""
        with self._commit_lock:
            with self._lock:
                batch, self._unwritten = self._unwritten, {}
            try:
                records = [(place.key(), _encode(mark)) for place, mark in batch.items()]
                self._memory.write(records, timeout_s=timeout_s)
            except RpkpyError as error:
                logger.warning("offsets are not committed, will try again: %s %s", error, error.cause or "")
                with self._lock:
                    self._unwritten = batch | self._unwritten
                return False
            return True

    def forget(self, uuids: Collection[str]) -> None:
        """Remove every mark of these transforms, for good: later ones are not taken."""
        with self._commit_lock:
            with self._lock:
                self._retired |= set(uuids)
                self._unwritten = {place: mark for place, mark in self._unwritten.items() if place.uuid not in uuids}
                gone = [place for place in self._marks if place.uuid in uuids]
            self._memory.write([(place.key(), None) for place in gone])
            with self._lock:
                for place in gone:
                    self._marks.pop(place, None)

    def _run(self) -> None:
        while not self._stopping.wait(self._interval_s):
            self.commit()


def _encode(mark: Mark) -> bytes:
    value = {"version": FORMAT_VERSION, "offset": mark.offset, "topic_id": mark.topic_id}
    return json.dumps(value, separators=(",", ":")).encode()


def _decode(value: bytes) -> Mark | None:
    try:
        data = json.loads(value)
        if data["version"] != FORMAT_VERSION:
            return None
        return Mark(int(data["offset"]), str(data["topic_id"]))
    except (ValueError, KeyError, TypeError):
        return None
