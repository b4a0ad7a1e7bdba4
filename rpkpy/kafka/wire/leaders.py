"""Which broker leads a partition or coordinates a group, and the way to it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RpkpyError
from rpkpy.kafka.errors import unreachable
from rpkpy.kafka.wire import errors
from rpkpy.kafka.wire.authentication import connect
from rpkpy.kafka.wire.connection import Connection, ConnectionLost, parse_address
from rpkpy.kafka.wire.protocol import Api, MalformedResponse, Reader, array, boolean, int8, string

T = TypeVar("T")

GROUP, TRANSACTION = 0, 1
"""Kinds of coordinator (FindCoordinator's key type)."""

_BACKOFF_FIRST_S, _BACKOFF_MAX_S = 0.02, 1.0


@dataclass(frozen=True, slots=True)
class Address:
    """Where a broker listens."""

    host: str
    port: int


class Backoff:
    """When the next attempt may be made: soon after the first failure, then ever later, up to a second."""

    def __init__(self) -> None:
        self._wait_s = _BACKOFF_FIRST_S
        self.not_before = 0.0

    def failed(self) -> None:
        """An attempt failed."""
        self.not_before = time.monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, _BACKOFF_MAX_S)

    def succeeded(self) -> None:
        """An attempt went well."""
        self._wait_s = _BACKOFF_FIRST_S

    def left_s(self) -> float:
        """How long to wait before the next attempt."""
        return max(0.0, self.not_before - time.monotonic())


class Leaders:
    """Asks the cluster, on a connection of its own that is there for as long as the question takes."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._timeout_s = settings.dial_timeout_s
        self._seeds = [Address(*parse_address(broker)) for broker in settings.brokers]
        self._brokers: list[Address] = []

    def of(self, topic: str, partition: int) -> Address | int:
        """The leader of a partition; the error code where there is none now (errors.STALE_LEADER).

        Raises UnreachableError where no broker answers, RefusedError where the topic may not be looked at, AuthError.
        """
        brokers, topics = self._metadata(topic)
        found = topics.get(topic)
        if found is None:
            return errors.UNKNOWN_TOPIC_OR_PARTITION
        code, leaders = found
        if code and code not in errors.PASSING:
            raise errors.raised(code, self._settings, f"{topic} cannot be looked up.")
        code, leader = leaders.get(partition, (code or errors.UNKNOWN_TOPIC_OR_PARTITION, -1))
        return brokers.get(leader) or code or errors.NOT_LEADER_OR_FOLLOWER

    def coordinator(self, key: str, kind: int) -> Address | int:
        """The coordinator of a group or a transactional id; an error code that passes (errors.COORDINATOR_MOVED)."""

        answer = self.ask_any(Api.FIND_COORDINATOR, string(key) + int8(kind))
        answer.int32()  # throttle time
        code, _, _ = answer.int16(), answer.string(), answer.int32()
        if code in errors.COORDINATOR_MOVED:
            return code
        if code:
            raise errors.raised(code, self._settings, f"The coordinator of {key} cannot be found.")
        return _address(answer)

    def connect(self, address: Address) -> Connection:
        """A connection to a broker. Raises as `authentication.connect` does."""
        return connect(address.host, address.port, self._settings, self._timeout_s)

    def probe(self) -> None:
        """Connect to a broker. Raises what stands in the way; Unsupported where it is the cluster's kind."""
        self._on_any(lambda connection: None)

    def _metadata(self, topic: str) -> tuple[dict[int, Address], dict[str, tuple[int, dict[int, tuple[int, int]]]]]:
        answer = self.ask_any(Api.METADATA, array([string(topic)]) + boolean(False))
        answer.int32()  # throttle time
        brokers = dict(answer.array(lambda: _broker(answer)))
        answer.string()  # the cluster's id
        answer.int32()  # the controller
        topics = {name: (code, partitions) for code, name, partitions in answer.array(lambda: _topic(answer))}
        self._brokers = list(brokers.values())
        return brokers, topics

    def ask_any(self, api: Api, body: bytes) -> Reader:
        """What the first broker says that answers. Raises UnreachableError where none does."""
        return self._on_any(lambda connection: connection.ask(api, [body], self._timeout_s))

    def _on_any(self, ask: Callable[[Connection], T]) -> T:
        failure: RpkpyError | None = None
        for address in dict.fromkeys([*self._brokers, *self._seeds]):
            try:
                connection = self.connect(address)
                try:
                    return ask(connection)
                finally:
                    connection.close()
            except (ConnectionLost, MalformedResponse) as error:
                failure = error
        assert failure is not None  # noqa: S101
        raise unreachable(self._settings, failure.cause or failure.message) from failure


def _address(answer: Reader) -> Address:
    host, port = answer.string(), answer.int32()
    if not host or not 0 < port < 65_536:
        raise MalformedResponse(f"{host!r}, {port} is no broker's address.")
    return Address(host, port)


def _broker(answer: Reader) -> tuple[int, Address]:
    node, address = answer.int32(), _address(answer)
    answer.string()  # the rack
    return node, address


def _topic(answer: Reader) -> tuple[int, str, dict[int, tuple[int, int]]]:
    code, name, _ = answer.int16(), answer.string(), answer.int8()
    return code, name, dict(answer.array(lambda: _partition(answer)))


def _partition(answer: Reader) -> tuple[int, tuple[int, int]]:
    code, partition, leader = answer.int16(), answer.int32(), answer.int32()
    for _ in range(3):  # replicas, those in sync, those offline
        answer.array(answer.int32)
    return partition, (code, leader)
