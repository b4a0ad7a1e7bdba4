"""What processors count: plain numbers, written by one thread each and read by any."""

import threading
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, fields

LATENCY_BOUNDS_S = tuple((256 * 2**power - 1) / 1e6 for power in range(18))
"""Upper bounds of the latency histogram in seconds: 255 µs, doubled 17 times (the broker's log_hist_public)."""


@dataclass(slots=True)
class Counters:
    """What was done for one input partition of a transform; every number only grows, but `memory_bytes`.

    `feeds` are the inputs handed to the guest at once; `bytes_in` are their record batches, `bytes_out` (by output)
    what was written. `fuel` counts instructions, `cpu_s` seconds of this processor's thread inside the guest.
    `failures` are failed attempts of the processor, `guest_failures` ends of a guest. `starts` counts attempts begun:
    those after the first are restarts. `commits` are transactions (exactly once), or notes of progress (at least
    once). `skipped` and `dead_lettered` are records that the error policy took. `latency` has one number for each of
    LATENCY_BOUNDS_S and one for what is beyond; the records of one feed share its time equally.
    """

    bytes_out: list[int] = field(default_factory=list)
    records_in: int = 0
    records_out: int = 0
    feeds: int = 0
    bytes_in: int = 0
    fuel: int = 0
    cpu_s: float = 0.0
    memory_bytes: int = 0
    failures: int = 0
    guest_failures: int = 0
    starts: int = 0
    skipped: int = 0
    dead_lettered: int = 0
    commits: int = 0
    latency: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_BOUNDS_S) + 1))
    latency_s: float = 0.0

    def took(self, records: int, seconds: float) -> None:
        """`records` took `seconds` together."""
        if records > 0:
            self.latency[bisect_left(LATENCY_BOUNDS_S, seconds / records)] += records
            self.latency_s += seconds

    def add(self, other: "Counters") -> None:
        """Add what `other` counted: another partition, or the same in another process."""
        for item in fields(self):
            mine, theirs = getattr(self, item.name), getattr(other, item.name)
            if isinstance(mine, list):
                longest = max(len(mine), len(theirs))
                padded = [(*numbers, *[0] * (longest - len(numbers))) for numbers in (mine, theirs)]
                setattr(self, item.name, [sum(pair) for pair in zip(*padded, strict=True)])
            else:
                setattr(self, item.name, mine + theirs)


def total(parts: Iterable[Counters]) -> Counters:
    """The sum of `parts`."""
    result = Counters()
    for part in parts:
        result.add(part)
    return result


class CounterBook:
    """The counters of every (transform's uuid, input partition) that this process worked on. Thread-safe.

    They outlive a processor, so that a redeploy, a pause or a rebalance does not take back what was counted.
    """

    def __init__(self) -> None:
        self.rebalances = 0
        """How often partitions came or went because of other hosts."""
        self._lock = threading.Lock()
        self._counters: dict[tuple[str, int], Counters] = {}

    def of(self, uuid: str, partition: int, outputs: int) -> Counters:
        """The counters of this partition of a transform with so many outputs; at 0 the first time."""
        with self._lock:
            return self._counters.setdefault((uuid, partition), Counters([0] * outputs))

    def all(self) -> dict[tuple[str, int], Counters]:
        """Every partition's."""
        with self._lock:
            return dict(self._counters)

    def keep_only(self, uuids: Collection[str]) -> None:
        """Drop those of transforms that are not deployed any more."""
        with self._lock:
            self._counters = {key: value for key, value in self._counters.items() if key[0] in uuids}
