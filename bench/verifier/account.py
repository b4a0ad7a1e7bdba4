"""What is found in an output: which records are missing, which are there twice, which are none of ours."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from bench.verifier.load import number

Window = tuple[float, float]
"""Begin and end, in seconds since the epoch."""

_GAP_S = 0.3
"""Records come every 0.05 s: an attempt that wrote none for so long stood still, or had none."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Records one after the other that an earlier attempt had written between `first_s` and `last_s` already.

    In the `gaps` between those times it wrote nothing.
    """

    partition: int
    records: int
    first_s: float
    last_s: float
    gaps: tuple[Window, ...] = ()

    @classmethod
    def of(cls, partition: int, times: Iterable[float]) -> "Repeat":
        """Of the times at which its records were written before."""
        at = sorted(times)
        gaps = tuple((a, b) for a, b in pairwise(at) if b - a > _GAP_S)
        return cls(partition, len(at), at[0], at[-1], gaps)

    def worked_s(self, standstills: Iterable[Window]) -> float:
        """How long the work took that was repeated, without the gaps as far as they fall into `standstills`.

        What somebody else's standstill does not keep from working has no gap, and no excuse.
        """
        merged = _merged(standstills)
        still = sum(max(0.0, min(b, d) - max(a, c)) for a, b in self.gaps for c, d in merged)
        return self.last_s - self.first_s - still


@dataclass(slots=True)
class Account:
    """One output partition, read from its beginning; `take` its records in order."""

    partition: int
    times: dict[int, float] = field(default_factory=dict)
    """Of each record that was found, when it was last written, in seconds since the epoch."""
    first_times: list[float] = field(default_factory=list)
    """When each was written for the first time."""
    invalid: int = 0
    duplicates: int = 0
    disordered: int = 0
    """Records that came for the first time although one before them had not come yet."""
    repeats: list[Repeat] = field(default_factory=list)
    _last: int = -1
    _run: list[float] = field(default_factory=list)

    def take(self, value: bytes | None, time_s: float) -> None:
        """The next record."""
        found = number(self.partition, value)
        if found is None:
            self.invalid += 1
            return
        if found != self._last + 1:
            self._end_run()
        if found in self.times:
            self.duplicates += 1
            self._run.append(self.times[found])
        else:
            self._end_run()
            self.disordered += found != len(self.times)
            self.first_times.append(time_s)
        self.times[found] = time_s
        self._last = found

    def end(self) -> None:
        """There are no more."""
        self._end_run()

    def missing(self, count: int) -> int:
        """How many of the `count` records that were written to the input have not come."""
        return count - sum(each < count for each in self.times)

    def unwritten(self, count: int) -> int:
        """How many there are that nobody wrote."""
        return sum(each >= count for each in self.times)

    def _end_run(self) -> None:
        if self._run:
            self.repeats.append(Repeat.of(self.partition, self._run))
            self._run = []


def _merged(windows: Iterable[Window]) -> list[Window]:
    """The same time, in windows that do not overlap."""
    merged: list[Window] = []
    for begin, end in sorted(windows):
        if merged and begin <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((begin, end))
    return merged
