"""The last minutes of each transform, for charts: a bounded row of figures at equal intervals."""

import threading
from collections import deque
from dataclasses import dataclass
from itertools import pairwise

from rpkpy.host.figures import Figures

EVERY_S = 5.0
KEPT = 120
"""Ten minutes of each transform."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A transform at one moment: `time_s` of the monotonic clock, records of lag, records in and out until then."""

    time_s: float
    lag: int
    records_in: int
    records_out: int


@dataclass(frozen=True, slots=True)
class Rates:
    """A row of values for charts, oldest first: records of lag, records a second in and out."""

    lag: tuple[float, ...]
    records_in: tuple[float, ...]
    records_out: tuple[float, ...]


class History:
    """The moments of every transform that is deployed. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._moments: dict[str, deque[Moment]] = {}

    def note(self, figures: Figures, time_s: float) -> None:
        """Add a moment of each transform; those that are gone are forgotten."""
        with self._lock:
            kept = {item.name: self._moments.get(item.name) or deque(maxlen=KEPT) for item in figures.transforms}
            for item in figures.transforms:
                counters = item.counters
                kept[item.name].append(Moment(time_s, item.lag, counters.records_in, counters.records_out))
            self._moments = kept

    def rates(self, name: str) -> Rates:
        """What is kept of a transform; a counter that fell (a transform made anew) counts as nothing."""
        with self._lock:
            moments = list(self._moments.get(name, ()))
        pairs = list(pairwise(moments))
        return Rates(
            tuple(moment.lag for moment in moments),
            tuple(_rate(before.records_in, after.records_in, before, after) for before, after in pairs),
            tuple(_rate(before.records_out, after.records_out, before, after) for before, after in pairs),
        )


def _rate(first: int, last: int, before: Moment, after: Moment) -> float:
    return max(0, last - first) / max(after.time_s - before.time_s, 1e-3)
