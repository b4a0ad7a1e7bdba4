"""The memory of a worker, reserved for instances before they are made."""

import threading
from pathlib import Path

from rpkpy.wasm.limits import Limits

CLIENTS_BYTES = 12 * 1024 * 1024
"""What a partition may take beside its guest's memory: the client's fetch queue (8 MiB), a feed and its output.

Forty partitions were seen to take 5 MiB each while they kept up, guests of 2 MiB included.
"""

_LEAST_BYTES = 256 * 1024 * 1024
_CGROUP_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))

Key = tuple[str, int]
"""A transform's uuid and an input partition."""


class Reservation:
    """`memory_bytes` for instances, each of which may take `limits.memory_bytes` and what goes with it. Thread-safe."""

    def __init__(self, memory_bytes: int, limits: Limits) -> None:
        self.memory_bytes = memory_bytes
        self.instance_bytes = limits.memory_bytes + CLIENTS_BYTES
        self._lock = threading.Lock()
        self._taken: set[Key] = set()

    @property
    def reserved_bytes(self) -> int:
        """What is reserved now."""
        return len(self._taken) * self.instance_bytes

    def take(self, key: Key) -> bool:
        """Reserve for one instance (one is always allowed); False where there is no room. Twice is once."""
        with self._lock:
            if key in self._taken:
                return True
            if self._taken and (len(self._taken) + 1) * self.instance_bytes > self.memory_bytes:
                return False
            self._taken.add(key)
            return True

    def release(self, key: Key) -> None:
        """Give back."""
        with self._lock:
            self._taken.discard(key)


def default_memory_bytes(workers: int) -> int:
    """Half of this machine's (or container's) memory, divided by the number of workers."""
    return max(_LEAST_BYTES, _machine_bytes() // 2) // workers


def _machine_bytes() -> int:
    import os

    found = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")] if hasattr(os, "sysconf") else [0]
    for path in _CGROUP_LIMITS:
        try:
            found.append(int(path.read_text(encoding="ascii")))
        except (OSError, ValueError):  # none, or "max"
            continue
    return min(found)
