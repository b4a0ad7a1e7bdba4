"""Clients that are kept for long: whether one still knows its cluster, and another in its place where it does not.

A broker that is only just starting may answer a question about topics without naming any broker. librdkafka then drops
all those that it knows, and now and then asks nobody any more, for good (2.13 to 2.16,
https://github.com/confluentinc/librdkafka/issues/5301): it says nothing, and every request ends in a timeout.
"""

import re
import threading
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

from rpkpy.errors import UnreachableError

PATIENCE_S = 10.0
"""How long a client may be without a connection; where brokers are down, clients are made anew that often."""

_INTERVAL_MS = 2_000
# librdkafka's STATISTICS.md: `ts` is its own monotonic clock in us, and a broker that is connected is UP. The text is
# searched, not parsed: it has a part for each partition.
_CLOCK = re.compile(r'"ts":\s*(\d+)')
_UP = re.compile(r'"state":\s*"UP"')


class Contact:
    """What one client's statistics say of its connections. The client has to be polled, or they pile up in it."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_us = patience_s * 1_000_000
        self._up_us = 0
        self._now_us = 0

    @property
    def configuration(self) -> Mapping[str, Any]:
        """What a maker of clients (rpkpy.kafka.client) has to be given."""
        return {"statistics_interval_ms": _INTERVAL_MS, "stats_cb": self.take}

    @property
    def lost(self) -> bool:
        """Whether there has been no connection for `patience_s`, by the client's own clock."""
        return self._now_us - self._up_us > self._patience_us

    def take(self, statistics: str) -> None:
        """One report of librdkafka's, a JSON object."""
        clock = _CLOCK.search(statistics)
        if clock is None:
            return
        self._now_us = int(clock[1])
        if not self._up_us or _UP.search(statistics):
            self._up_us = self._now_us

    def check(self) -> None:
        """Raise UnreachableError once the client is `lost`."""
        if self.lost:
            raise UnreachableError("The Kafka client has no connection any more.", fix="It is made anew.")


class _Polled(Protocol):
    def poll(self, timeout: float, /) -> int: ...


T = TypeVar("T", bound=_Polled)


class Kept(Generic[T]):
    """A producer or an admin client that is kept for long, made anew by `make` once it has lost its cluster.

    `make` gets configuration to add. Thread-safe.
    """

    def __init__(self, make: Callable[[Mapping[str, Any]], T], patience_s: float = PATIENCE_S) -> None:
        self._make = make
        self._patience_s = patience_s
        self._lock = threading.Lock()
        self._begin()

    def get(self) -> T:
        """The client, polled: to be asked for every few minutes at least. Raises what `make` raises."""
        with self._lock:
            self._client.poll(0)
            if self._contact.lost:
                self._begin()
            return self._client

    def instead_of(self, client: T) -> T:
        """Another client than `client`, which knows its cluster no more. Raises what `make` raises."""
        with self._lock:
            if self._client is client:
                self._begin()
            return self._client

    def _begin(self) -> None:
        contact = Contact(self._patience_s)
        self._client = self._make(contact.configuration)
        self._contact = contact
