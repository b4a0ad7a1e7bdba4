"""Whether a host lives, and whether it is ready: for load balancers, systemd and Kubernetes' probes."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rpkpy.host.topology import Topology

_FRESH_S = 1.0
_ANSWER_S = 2.0

LIVE: dict[str, Any] = {"status": "alive"}
"""That there is an answer is the whole of it."""


class Health:
    """Asks Kafka once a second at most, however many probes there are. Thread-safe."""

    def __init__(
        self, topology: "Topology", serving: Callable[[], bool], now: Callable[[], float] = time.monotonic
    ) -> None:
        self._topology = topology
        self._serving = serving
        self._now = now
        self._asking = threading.Lock()
        self._until = 0.0
        self._kafka = False

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether the host does its work, and the answer that says so: its state is read, and Kafka answers."""
        checks = {"state": "read" if self._serving() else "stopping", "kafka": self._kafka_word()}
        ready = checks == {"state": "read", "kafka": "reachable"}
        return ready, {"status": "ready" if ready else "not ready", "checks": checks}

    def _kafka_word(self) -> str:
        with self._asking:
            if self._now() >= self._until:
                self._kafka = self._topology.answers(_ANSWER_S)
                self._until = self._now() + _FRESH_S
            return "reachable" if self._kafka else "unreachable"
