"""How far each transform has come: for each input partition and each output, the last offset done with.

A record is done with when everything made of it is acknowledged. What is done with is noted here at once and
committed to the transform's consumer group every commit interval, so that a host killed in between repeats at most
what one interval did. Only the member that owns a partition notes and commits; Kafka refuses the commits of one that
has lost it without knowing.
"""

import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from rpkpy.errors import RefusedError, UnreachableError
from rpkpy.host import commits
from rpkpy.host.group_member import GroupMember
from rpkpy.host.model import Transform


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Whose progress: a transform's id, an input partition, an output's index in the order of the deploy."""

    uuid: str
    partition: int
    output: int


@dataclass(frozen=True, slots=True)
class Mark:
    """The last offset done with, in the topic that had this id: a topic made anew begins anew."""

    offset: int
    topic_id: str


@dataclass(slots=True)
class _Ledger:
    """One input partition: the marks of its outputs, and whether they are all committed."""

    topic_id: str
    marks: dict[int, int] = field(default_factory=dict)
    committed: bool = True


class GroupProgress:
    """The progress of one transform, as far as this member of its group has the partitions. Thread-safe.

    `read` and `commit` are for the thread that polls the consumer: another's questions would wait for ever.
    """

    def __init__(self, transform: Transform, member: GroupMember, timeout_s: float) -> None:
        self._transform = transform
        self._member = member
        self._timeout_s = timeout_s
        self._changed = threading.Condition()
        self._ledgers: dict[int, _Ledger] = {}
        self._read: dict[int, commits.Commit] = {}
        """What the group had committed when a partition came here."""
        self._owned: set[int] = set()

    def own(self, partitions: Collection[int]) -> None:
        """These partitions are this member's from now on; what others committed of them counts."""
        with self._changed:
            self._owned |= set(partitions)
            self._forget(partitions)

    def disown(self, partitions: Collection[int]) -> None:
        """They are not any more: nothing is noted of them, and what is not committed is forgotten."""
        with self._changed:
            self._owned -= set(partitions)
            self._forget(partitions)
            self._changed.notify_all()

    def read(self) -> None:
        """Ask what is committed of partitions that are new here, or not read yet. Raises as GroupMember does."""
        with self._changed:
            wanted = sorted(self._owned - self._read.keys())
        if not wanted:
            return
        read = self._member.committed(self._transform.input_topic, wanted)
        with self._changed:
            self._read |= {partition: commit for partition, commit in read.items() if partition in self._owned}
            self._changed.notify_all()

    def marks(self, partition: int, outputs: int, topic_id: str) -> list[int | None]:
        """The last offset done with for each output, None where there is none in the topic with this id.

        Raises UnreachableError, and RefusedError for a partition that is not this member's.
        """
        with self._changed:
            known = self._changed.wait_for(
                lambda: partition in self._read or partition not in self._owned, self._timeout_s
            )
            if partition not in self._owned:
                raise _not_owned(partition)
            if not known:
                raise UnreachableError(f"Kafka did not say how far partition {partition} has come.")
            ledger = self._ledger(partition, topic_id)
            return [ledger.marks.get(output) for output in range(outputs)]

    def advance(self, place: Place, mark: Mark, *, written: bool) -> None:
        """Everything up to and including `mark` is done with."""
        with self._changed:
            if place.partition not in self._owned:
                return
            ledger = self._ledger(place.partition, mark.topic_id)
            if ledger.marks.get(place.output) != mark.offset:
                ledger.marks[place.output] = mark.offset
                ledger.committed = written

    def done(self) -> Mapping[int, int]:
        """For each partition the last offset that every output is done with, as far as it is known here."""
        with self._changed:
            read = {partition: found.offset - 1 for partition, found in self._read.items() if found.offset >= 0}
            return read | {partition: min(self._filled(partition)) for partition in self._ledgers}

    def commit(self) -> None:
        """Commit what has advanced; what fails stays for the next time. Raises as GroupMember does."""
        with self._changed:
            batch = {}
            for partition, ledger in self._ledgers.items():
                if not ledger.committed:
                    filled = self._filled(partition)
                    batch[partition] = min(filled) + 1, commits.encode(ledger.topic_id, filled)
                    ledger.committed = True
        if not batch:
            return
        try:
            self._member.commit(self._transform.input_topic, batch)
        except BaseException:
            with self._changed:
                for partition in batch.keys() & self._ledgers.keys():
                    self._ledgers[partition].committed = False
            raise

    def _ledger(self, partition: int, topic_id: str) -> _Ledger:
        ledger = self._ledgers.get(partition)
        if ledger is None or ledger.topic_id != topic_id:
            outputs = len(self._transform.output_topics)
            found = self._read[partition].marks(topic_id, outputs) if partition in self._read else []
            known = {output: mark for output, mark in enumerate(found) if mark is not None}
            ledger = self._ledgers[partition] = _Ledger(topic_id, known)
        return ledger

    def _filled(self, partition: int) -> list[int]:
        """The marks of all outputs; one that has none yet stands where the partition began."""
        ledger, start = self._ledgers[partition], self._transform.start
        begin = start.committed.get(partition, -1) if start.topic_id == ledger.topic_id else -1
        return [ledger.marks.get(output, begin) for output in range(len(self._transform.output_topics))]

    def _forget(self, partitions: Collection[int]) -> None:
        for partition in partitions:
            self._ledgers.pop(partition, None)
            self._read.pop(partition, None)


class Progress:
    """The progress of every transform that this process works on. Thread-safe."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._groups: dict[str, GroupProgress] = {}

    def join(self, transform: Transform, member: GroupMember) -> GroupProgress:
        """Take in the progress of a transform, as `member` of its group, who is asked by one thread."""
        group = self._groups[transform.uuid] = GroupProgress(transform, member, self._timeout_s)
        return group

    def leave(self, uuid: str) -> None:
        """Drop it."""
        self._groups.pop(uuid, None)

    def marks(self, uuid: str, partition: int, outputs: int, topic_id: str) -> list[int | None]:
        """The last offset done with for each output, None where there is none in the topic with this id.

        Raises UnreachableError, and RefusedError for a partition that is not this process's.
        """
        group = self._groups.get(uuid)
        if group is None:
            raise _not_owned(partition)
        return group.marks(partition, outputs, topic_id)

    def advance(self, place: Place, mark: Mark, *, written: bool = False) -> None:
        """Everything up to and including `mark` is done with; `written`: Kafka has it already, in a transaction."""
        group = self._groups.get(place.uuid)
        if group is not None:
            group.advance(place, mark, written=written)


def _not_owned(partition: int) -> RefusedError:
    return RefusedError(f"Partition {partition} is not this worker's any more.")
