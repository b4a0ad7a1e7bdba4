"""Calls to the brokers that coordinate groups and transactional ids, wherever these are at the moment."""

import time
from collections.abc import Callable
from typing import TypeVar

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RefusedError, RpkpyError, UnreachableError
from rpkpy.kafka.wire import errors
from rpkpy.kafka.wire.connection import Connection
from rpkpy.kafka.wire.leaders import Address, Leaders
from rpkpy.kafka.wire.protocol import Reader

T = TypeVar("T")

RETRY_FIRST_S, RETRY_MAX_S = 0.002, 0.25
"""How long to wait before the second question, and at most before a later one; it doubles in between."""

_FENCED = frozenset({errors.INVALID_PRODUCER_EPOCH, errors.PRODUCER_FENCED})


class Fenced(RefusedError):
    """Somebody else has taken over the transactional id."""


class Coordinators:
    """Asks them, on connections that are kept. Used by one thread."""

    def __init__(self, settings: KafkaSettings, timeout_s: float) -> None:
        self._settings = settings
        self._timeout_s = timeout_s
        self._leaders = Leaders(settings)
        self._connections: dict[Address, Connection] = {}
        self._known: dict[tuple[str, int], Address] = {}

    def ask(self, kind: int, key: str, call: Callable[[Connection], tuple[int, T]], doing: str) -> T:
        """What the coordinator of `key` answers to `call`, which returns an error code and what else it says.

        Asked again while the coordinator moves, is busy or is away, for `timeout_s`. Raises UnreachableError,
        AuthError, RefusedError and Fenced.
        """
        deadline = time.monotonic() + self._timeout_s
        wait_s = RETRY_FIRST_S
        failure: RpkpyError = UnreachableError(doing, cause="The coordinator did not answer.")
        while True:
            try:
                address = self._coordinator(kind, key)
                if address is not None:
                    code, found = call(self._connection(address))
                    if not code:
                        return found
                    failure = errors.raised(code, self._settings, doing)
                    if code in _FENCED:
                        raise Fenced("Another host has taken over this partition.", cause=failure.cause)
                    if code in errors.COORDINATOR_MOVED:
                        self._known.pop((key, kind), None)
                    elif code not in errors.PASSING and code != errors.CONCURRENT_TRANSACTIONS:
                        raise failure
            except UnreachableError as error:
                self._forget(key, kind)
                failure = error
            if time.monotonic() + wait_s > deadline:
                raise failure
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, RETRY_MAX_S)

    def close(self) -> None:
        """End the connections."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _coordinator(self, kind: int, key: str) -> Address | None:
        known = self._known.get((key, kind))
        if known is None:
            found = self._leaders.coordinator(key, kind)
            if isinstance(found, int):
                return None
            known = self._known[key, kind] = found
        return known

    def _connection(self, address: Address) -> Connection:
        if address not in self._connections:
            self._connections[address] = self._leaders.connect(address)
        return self._connections[address]

    def _forget(self, key: str, kind: int) -> None:
        address = self._known.pop((key, kind), None)
        connection = self._connections.pop(address, None) if address is not None else None
        if connection is not None:
            connection.close()


def code_alone(answer: Reader) -> int:
    """The error code of an answer that has nothing else."""
    answer.int32()  # throttle time
    return answer.int16()


def code_of_partitions(answer: Reader) -> int:
    """The first error of an answer by topic and partition."""
    answer.int32()  # throttle time
    topics = answer.array(lambda: (answer.string(), answer.array(lambda: (answer.int32(), answer.int16()))))
    codes = [code for _, partitions in topics for _, code in partitions]
    # OPERATION_NOT_ATTEMPTED (55) marks the partitions of a request in which another one was at fault.
    return next((code for code in codes if code not in (0, 55)), next((code for code in codes if code), 0))
