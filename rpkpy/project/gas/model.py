"""Figures of a bench, as data."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles by nearest rank, the largest, and the mean of a quantity of each record."""

    p50: float
    p90: float
    p99: float
    max: float
    mean: float

    @classmethod
    def of(cls, values: Sequence[float], digits: int = 0) -> "Spread":
        """The spread of `values`, of which there is one at least, rounded to so many digits (0: whole numbers)."""
        ranked = sorted(values)

        def rounded(value: float) -> float:
            return round(value, digits) if digits else round(value)

        def rank(percent: int) -> float:
            return rounded(ranked[max(0, -(-len(ranked) * percent // 100) - 1)])

        return cls(rank(50), rank(90), rank(99), rounded(ranked[-1]), rounded(sum(ranked) / len(ranked)))


@dataclass(frozen=True, slots=True)
class Costliest:
    """The record that used most fuel: its offset in the run, which sample it is (from 1), its size in bytes."""

    offset: int
    sample: int
    bytes: int
    fuel: int


@dataclass(frozen=True, slots=True)
class Start:
    """From instantiating to asking for the first batch; `ms` is the median over several instances."""

    fuel: int
    ms: float
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class Memory:
    """The guest's memory: at its peak, and the offset of the record at which it got there (None: at start-up)."""

    peak_bytes: int
    peak_offset: int | None
    limit_bytes: int


@dataclass(frozen=True, slots=True)
class Throughput:
    """Unmetered, in batches, on one core: medians over several turns, with the least and the most of records_per_s.

    Rates are per second of CPU time, megabytes (10**6) are those of keys, values and headers that went in.
    """

    records_per_s: int
    mb_per_s: float
    least_records_per_s: int
    most_records_per_s: int
    clock_records_per_s: int


@dataclass(frozen=True, slots=True)
class Headroom:
    """What is left of the broker's limits, in percent of each: of fuel at start and at the costliest record, of memory
    at its peak, of the size a module may have. Below 0 does not run there."""

    start_fuel: float
    record_fuel: float
    memory: float
    binary: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What one module costs. `cpu_us` is the CPU time of each record (microseconds) while it is metered, which takes a
    microsecond itself."""

    module: str
    sha256: str
    bytes: int
    records_in: int
    records_out: int
    fuel: Spread
    costliest: Costliest
    cpu_us: Spread
    start: Start
    memory: Memory
    throughput: Throughput
    headroom: Headroom


@dataclass(frozen=True, slots=True)
class Ratio:
    """First build over second: the median of the turns' ratios, and the least and the most."""

    median: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The module's figures divided by those of the other one, under the same input: below 1 it is the cheaper one.

    `fuel` is that of all records together, `start_fuel` that of start-up; both are exact, as are memory and size.
    `time` is CPU time, from turns that alternate. `same_output`: both wrote the same records.
    """

    fuel: float
    start_fuel: float
    memory: float
    bytes: float
    time: Ratio
    same_output: bool


@dataclass(frozen=True, slots=True)
class Exceeded:
    """A gate that did not hold: its flag, what it allows, what was found."""

    gate: str
    allowed: int
    found: int
    detail: str


@dataclass(frozen=True, slots=True)
class Result:
    """A bench: `ok` when every gate held. `input` says which records went in, `limits_from` whose limits applied."""

    ok: bool
    input: str
    limits_from: str
    figures: Figures
    other: Figures | None = field(default=None, metadata={"omit_none": True})
    comparison: Comparison | None = field(default=None, metadata={"omit_none": True})
    exceeded: list[Exceeded] = field(default_factory=list)
