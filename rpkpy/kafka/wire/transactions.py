"""Who writes: a producer's id and epoch, and the transactions of one that has a transactional id (KIP-98, KIP-447)."""

import time
from collections.abc import Callable, Iterable

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RpkpyError
from rpkpy.kafka.wire import errors
from rpkpy.kafka.wire.connection import Connection
from rpkpy.kafka.wire.coordinators import RETRY_FIRST_S, RETRY_MAX_S, Coordinators, code_alone, code_of_partitions
from rpkpy.kafka.wire.leaders import GROUP, TRANSACTION, Leaders
from rpkpy.kafka.wire.outgoing import Stamp
from rpkpy.kafka.wire.produce import Lane
from rpkpy.kafka.wire.protocol import Api, Reader, array, boolean, int16, int32, int64, string

TRANSACTION_TIMEOUT_S = 30.0
"""After which the coordinator aborts a transaction that was left open."""


def identity(settings: KafkaSettings, compression: str, timeout_s: float = 8.0) -> Stamp:
    """An id for a producer without transactions. Raises UnreachableError, AuthError, RefusedError."""
    deadline, wait_s = time.monotonic() + timeout_s, RETRY_FIRST_S
    while True:
        answer = Leaders(settings).ask_any(Api.INIT_PRODUCER_ID, string(None) + int32(0))
        code, producer_id, epoch = _identity(answer)
        if not code:
            return Stamp(producer_id, epoch, False, compression)
        # A cluster that has just begun has no ids to give yet.
        if code not in errors.PASSING | errors.COORDINATOR_MOVED or time.monotonic() > deadline:
            raise errors.raised(code, settings, "The brokers give no producer id.")
        time.sleep(wait_s)
        wait_s = min(2 * wait_s, RETRY_MAX_S)


def _identity(answer: Reader) -> tuple[int, int, int]:
    answer.int32()  # throttle time
    return answer.int16(), answer.int64(), answer.int16()


class Transactions:
    """The transactions of one transactional id, one after the other. Used by one thread.

    Making it ends those of whoever had the id before, and fences it. Its calls are tried for up to `timeout_s`, and
    raise UnreachableError, AuthError, RefusedError and Fenced.
    """

    def __init__(self, settings: KafkaSettings, transactional_id: str, compression: str, timeout_s: float) -> None:
        self._id = transactional_id
        self._timeout_s = timeout_s
        self._coordinators = Coordinators(settings, timeout_s)
        self._lanes: set[Lane] = set()
        self._open = False

        def ask(connection: Connection) -> tuple[int, tuple[int, int]]:
            body = string(transactional_id) + int32(int(TRANSACTION_TIMEOUT_S * 1000))
            answer = connection.ask(Api.INIT_PRODUCER_ID, [body], timeout_s)
            code, producer_id, epoch = _identity(answer)
            return code, (producer_id, epoch)

        producer_id, epoch = self._coordinators.ask(
            TRANSACTION, transactional_id, ask, "The transactional id cannot be taken over."
        )
        self.stamp = Stamp(producer_id, epoch, True, compression)
        self._who = string(transactional_id) + int64(producer_id) + int16(epoch)

    def add(self, lanes: Iterable[Lane]) -> None:
        """Say that the transaction writes to these partitions; begins one where none is open."""
        new = set(lanes) - self._lanes
        if not new:
            return
        self._open = True  # also where the answer is lost
        topics = [
            string(name) + array([int32(partition) for topic, partition in sorted(new) if topic == name])
            for name in sorted({topic for topic, _ in new})
        ]
        self._call(Api.ADD_PARTITIONS_TO_TXN, self._who + array(topics), code_of_partitions)
        self._lanes |= new

    def commit(self, group: str, topic: str, partition: int, offset: int, metadata: str) -> None:
        """Commit the transaction with an offset of a group in it; begins one where none is open."""
        self._open = True
        self._call(Api.ADD_OFFSETS_TO_TXN, self._who + string(group), code_alone)
        entry = int32(partition) + int64(offset) + int32(-1) + string(metadata)
        body = (
            string(self._id) + string(group) + self._who[len(string(self._id)) :]
            + array([string(topic) + array([entry])])
        )  # fmt: skip

        def ask(connection: Connection) -> tuple[int, None]:
            return code_of_partitions(connection.ask(Api.TXN_OFFSET_COMMIT, [body], self._timeout_s)), None

        self._coordinators.ask(GROUP, group, ask, "The progress cannot be put into the transaction.")
        self._end(committed=True)

    def close(self) -> None:
        """Abort a transaction that is open, if the coordinator can be told; else it does so by itself, later."""
        try:
            if self._open:
                self._end(committed=False)
        except RpkpyError:
            pass
        finally:
            self._coordinators.close()

    def _end(self, *, committed: bool) -> None:
        self._call(Api.END_TXN, self._who + boolean(committed), code_alone)
        self._open = False
        self._lanes.clear()

    def _call(self, api: Api, body: bytes, code_in: Callable[[Reader], int]) -> None:
        def ask(connection: Connection) -> tuple[int, None]:
            return code_in(connection.ask(api, [body], self._timeout_s)), None

        self._coordinators.ask(TRANSACTION, self._id, ask, "The transaction cannot go on.")
