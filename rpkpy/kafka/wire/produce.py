"""Whole batches to their partitions: in order, once each, acknowledged by all replicas (KIP-98, idempotence)."""

import logging
import select
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RpkpyError, UnreachableError
from rpkpy.kafka.wire import errors, outgoing
from rpkpy.kafka.wire.connection import Connection
from rpkpy.kafka.wire.leaders import Address, Backoff, Leaders
from rpkpy.kafka.wire.outgoing import BatchRefused, Stamp, TooLarge
from rpkpy.kafka.wire.protocol import Api, MalformedResponse, Reader, int16, int32, string

logger = logging.getLogger("rpkpy.host")

Lane = tuple[str, int]
"""A topic and a partition of it."""

_ALL_REPLICAS = -1
# A broker tells the last five batches of a producer from new ones (KIP-98; ProducerStateEntry.NUM_BATCHES_TO_RETAIN):
# from the oldest that is not acknowledged to the newest that was ever sent there are no more.
_IN_FLIGHT = 5
_REFUSED_FOR_WHAT_IT_IS = frozenset({errors.INVALID_RECORD, errors.INVALID_TIMESTAMP})


class _State(Enum):
    QUEUED = 0
    SENT = 1


@dataclass(slots=True, eq=False)
class _Batch:
    """A sealed batch until it is acknowledged. `number` counts a partition's batches."""

    data: bytearray
    number: int
    sequence: int
    deadline: float
    state: _State = _State.QUEUED


@dataclass(slots=True, eq=False)
class _Queue:
    """What a partition is still to get, in order."""

    lane: Lane
    number: int = 0  # of the next batch
    sequence: int = 0  # of its first record
    batches: deque[_Batch] = field(default_factory=deque)
    leader: Address | None = None
    backoff: Backoff = field(default_factory=Backoff)
    retrying: bool = False  # nothing new goes out before all that is under way has come back
    error: RpkpyError | None = None


@dataclass(slots=True, eq=False)
class _Link:
    """A connection to a leader, and whose batches it has under way, in the order of their answers."""

    connection: Connection
    sent: deque[tuple[_Queue, _Batch]] = field(default_factory=deque)


class Producer:
    """Writes batches. Used by one thread; nothing happens but inside its methods.

    `stamp` says who writes (`transactions.identity` or a transaction's). `timeout_s` is how long one batch is tried.
    """

    def __init__(self, settings: KafkaSettings, stamp: Stamp, transactional_id: str | None, timeout_s: float) -> None:
        self._settings = settings
        self._stamp = stamp
        self._head = string(transactional_id) + int16(_ALL_REPLICAS) + int32(int(timeout_s * 1000)) + int32(1)
        self._timeout_s = timeout_s
        self._leaders = Leaders(settings)
        self._queues: dict[Lane, _Queue] = {}
        self._links: dict[Address, _Link] = {}
        self._broken: RpkpyError | None = None

    def send(self, lane: Lane, batches: Iterable[bytearray]) -> None:
        """Take batches (of `outgoing.fitting`) for a partition, and begin to write them.

        After a failure that was not the records' own fault it raises that: what was written then is not known, and
        only a new producer can go on. Behind a batch that was refused nothing is written until `flush` has told of it.
        """
        if self._broken is not None:
            raise self._broken
        queue = self._queues.get(lane)
        if queue is None:
            queue = self._queues[lane] = _Queue(lane)
        ready = list(batches)  # all of them, before any is on its way
        deadline = time.monotonic() + self._timeout_s
        if queue.error is None:
            for data in ready:
                self._enqueue(queue, data, deadline)
        self._advance()

    def flush(self) -> dict[Lane, RpkpyError]:
        """Wait until everything is answered; what went wrong, by partition. BatchRefused is the records' own fault."""
        while self._unanswered():
            if not self._advance():
                self._wait(self._unanswered())
        failed = {lane: queue.error for lane, queue in self._queues.items() if queue.error is not None}
        for queue in self._queues.values():
            queue.error = None
        return failed

    def close(self) -> None:
        """Give up what is not answered."""
        for link in self._links.values():
            link.connection.close()
        self._links.clear()

    # Towards the brokers.

    def _enqueue(self, queue: _Queue, data: bytearray, deadline: float) -> None:
        outgoing.seal(data, self._stamp, queue.sequence)
        queue.batches.append(_Batch(data, queue.number, queue.sequence, deadline))
        queue.number += 1
        queue.sequence = outgoing.next_sequence(queue.sequence, outgoing.record_count(data))

    def _advance(self) -> bool:
        """Send what may be sent and take what has come; whether anything came."""
        came = False
        for queue in self._queues.values():
            if queue.batches:
                self._send_some(queue)
        for address, link in list(self._links.items()):
            while link.sent and address in self._links:
                try:
                    if not link.connection.readable(0):
                        break
                    self._take(link)
                    came = True
                except UnreachableError as error:
                    self._lost(address, error)
                    came = True
        return came

    def _send_some(self, queue: _Queue) -> None:
        """Send a partition's waiting batches, as many as may be under way."""
        if time.monotonic() > queue.batches[0].deadline:
            self._give_up(queue)
            return
        if queue.retrying:
            if any(batch.state is _State.SENT for batch in queue.batches):
                return
            if queue.backoff.left_s() > 0:
                return
            queue.retrying = False
        waiting = [batch for batch in queue.batches if batch.state is _State.QUEUED]
        if not waiting:
            return
        link = self._link(queue)
        if link is None:
            return
        oldest = queue.batches[0].number
        try:
            for batch in waiting:
                if len(link.sent) >= _IN_FLIGHT or batch.number - oldest >= _IN_FLIGHT:
                    break
                topic, partition = queue.lane
                body = self._head + string(topic) + int32(1) + int32(partition) + int32(len(batch.data))
                link.connection.send(Api.PRODUCE, (body, batch.data), self._settings.request_overhead_s)
                batch.state = _State.SENT
                link.sent.append((queue, batch))
        except UnreachableError as error:
            assert queue.leader is not None  # noqa: S101
            self._lost(queue.leader, error)

    def _link(self, queue: _Queue) -> _Link | None:
        """The connection to a partition's leader; None where there is none yet."""
        try:
            if queue.leader is None:
                leader = self._leaders.of(*queue.lane)
                if isinstance(leader, int):
                    self._later(queue, f"no broker leads it (error {leader})")
                    return None
                queue.leader = leader
            link = self._links.get(queue.leader)
            if link is None:
                link = self._links[queue.leader] = _Link(self._leaders.connect(queue.leader))
            return link
        except UnreachableError as error:
            self._later(queue, f"{error.message} {error.cause or ''}")
        except RpkpyError as error:
            self._fail(queue, error)
        return None

    def _unanswered(self) -> list[_Queue]:
        return [queue for queue in self._queues.values() if queue.batches]

    def _wait(self, queues: list[_Queue]) -> None:
        """Until an answer comes, or something may be tried again, for one of `queues`."""
        if not queues:
            return
        now = time.monotonic()
        until = min(queue.batches[0].deadline for queue in queues)
        for queue in queues:
            if all(batch.state is _State.QUEUED for batch in queue.batches):
                until = min(until, now + queue.backoff.left_s())
        busy = [link.connection for link in self._links.values() if link.sent]
        if len(busy) == 1:
            busy[0].readable(until - now)
        elif busy:
            poll = select.poll()
            for connection in busy:
                poll.register(connection, select.POLLIN)
            poll.poll(max(0.0, until - now) * 1000)
        else:
            time.sleep(max(0.001, until - now))

    # From the brokers.

    def _take(self, link: _Link) -> None:
        answer = link.connection.receive(self._settings.request_overhead_s)
        queue, batch = link.sent.popleft()
        try:
            code = self._code(answer, queue.lane)
        except MalformedResponse:
            link.sent.appendleft((queue, batch))  # it is lost as all the others on this connection are
            raise
        self._answered(queue, batch, code)

    def _code(self, answer: Reader, lane: Lane) -> int:
        def partition() -> tuple[int, int]:
            number, code, _, _, _ = answer.int32(), answer.int16(), answer.int64(), answer.int64(), answer.int64()
            return number, code

        found = answer.array(lambda: (answer.string(), answer.array(partition)))
        if len(found) != 1 or found[0][0] != lane[0] or len(found[0][1]) != 1 or found[0][1][0][0] != lane[1]:
            raise MalformedResponse(f"It is not of {lane[0]}, partition {lane[1]}.")
        return found[0][1][0][1]

    def _answered(self, queue: _Queue, batch: _Batch, code: int) -> None:
        if batch not in queue.batches:  # given up meanwhile
            return
        if code in (errors.NONE, errors.DUPLICATE_SEQUENCE_NUMBER):
            queue.batches.remove(batch)
            queue.backoff.succeeded()
        elif code in errors.PASSING:
            if code in errors.STALE_LEADER:
                queue.leader = None
            batch.state = _State.QUEUED
            self._later(queue, f"error {code}")
        elif code == errors.OUT_OF_ORDER_SEQUENCE_NUMBER and batch is not queue.batches[0]:
            batch.state = _State.QUEUED  # what stands before it was not taken, and goes first
            queue.retrying = True
        elif code in errors.TOO_LARGE:
            self._split(queue, batch)
        elif code in _REFUSED_FOR_WHAT_IT_IS:
            error = errors.raised(code, self._settings, f"{queue.lane[0]} refused a record.")
            self._refuse(queue, batch, BatchRefused(error.message, cause=error.cause, fix=error.fix))
        else:
            self._fail(queue, errors.raised(code, self._settings, f"{queue.lane[0]} cannot be written to."))

    def _split(self, queue: _Queue, batch: _Batch) -> None:
        """Put a batch that is too large back as two."""
        try:
            parts = outgoing.halves(batch.data, queue.lane[0], self._stamp.compression)
        except TooLarge as error:
            self._refuse(queue, batch, error)
            return
        at, sequence = queue.batches.index(batch), batch.sequence
        queue.batches.remove(batch)
        for index, data in enumerate(parts):
            outgoing.seal(data, self._stamp, sequence)
            queue.batches.insert(at + index, _Batch(data, batch.number + index, sequence, batch.deadline))
            sequence = outgoing.next_sequence(sequence, outgoing.record_count(data))
        for later in list(queue.batches)[at + len(parts) :]:  # none of which the broker took
            later.number += len(parts) - 1
        queue.number += len(parts) - 1
        queue.retrying = True

    def _refuse(self, queue: _Queue, batch: _Batch, error: RpkpyError) -> None:
        """The broker took what stands before `batch`, and nothing of it or behind it: go on from there."""
        queue.error = queue.error or error
        queue.number, queue.sequence = batch.number, batch.sequence
        while queue.batches and queue.batches[-1] is not batch:
            queue.batches.pop()
        queue.batches.remove(batch)

    def _fail(self, queue: _Queue, error: RpkpyError) -> None:
        queue.error = queue.error or error
        queue.batches.clear()
        self._broken = self._broken or error

    def _give_up(self, queue: _Queue) -> None:
        topic, partition = queue.lane
        self._fail(
            queue,
            UnreachableError(
                "Kafka did not answer: could not write the output.",
                cause=f"{topic}, partition {partition}, took nothing for {self._timeout_s:g} s.",
            ),
        )

    def _later(self, queue: _Queue, why: str) -> None:
        if not queue.retrying:
            logger.info("%s, partition %d: %s; trying again", *queue.lane, why)
            queue.backoff.failed()
        queue.retrying = True

    def _lost(self, address: Address, error: RpkpyError) -> None:
        """A connection broke: what it had under way is sent again, to whoever leads then."""
        link = self._links.pop(address, None)
        if link is None:
            return
        link.connection.close()
        for queue, batch in link.sent:
            batch.state = _State.QUEUED
            self._later(queue, f"{error.message} {error.cause or ''}")
        for queue in self._queues.values():
            if queue.leader == address:
                queue.leader = None
