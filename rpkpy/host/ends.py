"""Where input partitions end, asked of Kafka once a second at most: what lag is measured against."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Protocol

from rpkpy.errors import RpkpyError, UnreachableError

logger = logging.getLogger("rpkpy.host")

_FRESH_S = 1.0
_AFTER_FAILURE_S = 5.0
_ANSWER_S = 2.0
"""How long Kafka may take: who lists transforms waits for it."""


class Asks(Protocol):
    """What `Ends` asks: the end offset (of committed records) of each partition of a topic."""

    def ends(self, topic: str, partitions: Collection[int], timeout_s: float) -> dict[int, int]:
        """Raises UnreachableError, AuthError or RefusedError."""
        ...


class Ends:
    """The end offsets of partitions, a second old at most. Thread-safe.

    Where Kafka does not answer, the last ones stay, and it is left alone for some seconds. `reachable` says whether the
    last question was answered.
    """

    def __init__(self, asks: Asks, now: Callable[[], float] = time.monotonic) -> None:
        self._asks = asks
        self._now = now
        self._asking = threading.Lock()
        self._ends: dict[str, Mapping[int, int]] = {}
        self._next: dict[str, float] = {}
        self._quiet_until = 0.0
        self.reachable = True

    def of(self, wanted: Iterable[tuple[str, Collection[int]]]) -> dict[tuple[str, int], int]:
        """The end of each partition of (topic, partitions); left out where it is not known."""
        needed: dict[str, set[int]] = {}
        for topic, partitions in wanted:
            needed.setdefault(topic, set()).update(partitions)
        with self._asking:  # who comes second finds the answer to the first one's question
            for topic, partitions in needed.items():
                stale = self._now() >= self._next.get(topic, 0.0) or partitions - set(self._ends.get(topic, ()))
                if stale and self._now() >= self._quiet_until:
                    self._ask(topic, partitions)
            for gone in set(self._ends) - set(needed):
                del self._ends[gone]
            return {(topic, number): end for topic in needed for number, end in self._ends.get(topic, {}).items()}

    def _ask(self, topic: str, partitions: Collection[int]) -> None:
        wait_s = _FRESH_S
        try:
            self._ends[topic] = self._asks.ends(topic, sorted(partitions), _ANSWER_S)
            self.reachable = True
        except UnreachableError as error:
            logger.info("the end of %s is not known: %s", topic, error)
            self.reachable = False
            self._quiet_until = self._now() + _AFTER_FAILURE_S
        except RpkpyError as error:  # the topic is gone, or not for this user
            logger.info("the end of %s is not known: %s", topic, error)
            self._ends.setdefault(topic, {})
            wait_s = _AFTER_FAILURE_S
        self._next[topic] = self._now() + wait_s
