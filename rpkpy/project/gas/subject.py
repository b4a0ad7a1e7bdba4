"""A module under measurement: what each record of a workload costs it, and how fast it is when nobody looks."""

import hashlib
import statistics
import time
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rpkpy.errors import InvalidError
from rpkpy.project.gas.model import Costliest, Figures, Headroom, Memory, Spread, Start, Throughput
from rpkpy.project.gas.workload import Workload, size_of
from rpkpy.project.run import Plan
from rpkpy.wasm.deploy_rules import stored_size
from rpkpy.wasm.limits import Limits

if TYPE_CHECKING:
    from rpkpy.engine import Engine, Instance
    from rpkpy.engine.schema_registry import SchemaRegistry

_STARTS = 5
_NS_PER_US = 1_000
_NS_PER_S = 1_000_000_000


class _Meter:
    """Keeps the fuel and the CPU time (ns) of each record, and when the guest's memory grew."""

    def __init__(self) -> None:
        self.fuel = array("q")
        self.cpu_ns = array("q")
        self.peak_bytes = 0
        self.peak_offset: int | None = None
        self.instance: Instance | None = None
        self._began = 0

    def begin(self) -> None:
        self._began = time.thread_time_ns()

    def end(self, fuel: int) -> None:
        self.cpu_ns.append(time.thread_time_ns() - self._began)
        if self.instance is not None and (size := self.instance.memory_bytes) > self.peak_bytes:
            self.peak_bytes, self.peak_offset = size, len(self.fuel)
        self.fuel.append(fuel)


@dataclass(frozen=True, slots=True)
class Turn:
    """Some goes of the unmetered form: records, their bytes, CPU and clock time (ns)."""

    records: int
    bytes: int
    cpu_ns: int
    clock_ns: int

    @property
    def records_per_s(self) -> float:
        """Records per second of CPU time."""
        return self.records * _NS_PER_S / max(self.cpu_ns, 1)


@dataclass(frozen=True, slots=True)
class Metered:
    """What the metered form found: all that is exact, and the records' CPU times. `output` is a digest of what was
    written, topic by topic (keys, values, headers, not the time of writing)."""

    start: Start
    fuel: "array[int]"
    cpu_ns: "array[int]"
    memory: Memory
    records_out: int
    output: str


class Subject:
    """The module of `plan`, called `name`, in `engine`."""

    def __init__(
        self, name: str, plan: Plan, wasm: bytes, engine: "Engine", schema_registry: "SchemaRegistry | None" = None
    ) -> None:
        self.name = name
        self.wasm = wasm
        self._plan = plan
        self._registry = schema_registry
        self._module = engine.compile(wasm)

    def _instance(self, meter: _Meter | None) -> "Instance":
        from rpkpy.engine import Instance

        return Instance(
            self._module,
            name=self._plan.name,
            input_topic=self._plan.input_topic,
            output_topics=self._plan.output_topics,
            env=self._plan.env,
            schema_registry=self._registry,
            metered=meter is not None,
            meter=meter,
            check_crcs=False,
            clock=lambda: 0,
        )

    def metered(self, workload: Workload) -> Metered:
        """Pass the workload once, counting. Raises GuestTrap, and InvalidError for a module that does not fit."""
        start_ms = [self._start_ms() for _ in range(_STARTS - 1)]
        meter = _Meter()
        began = time.perf_counter_ns()
        with self._instance(meter) as instance:
            started = instance.start().stats
            start_ms.append((time.perf_counter_ns() - began) / 1e6)
            meter.instance = instance
            meter.peak_bytes = instance.memory_bytes
            digests = [hashlib.sha256() for _ in self._plan.output_topics]
            written = 0
            for batch in workload.batches():
                output = instance.process(batch)
                written += output.stats.records_out
                for digest, payloads in zip(digests, output.payloads, strict=True):
                    for payload in payloads:
                        digest.update(b"%d:" % len(payload) + payload)
        if not meter.fuel:
            raise InvalidError(f"{self.name} reads no records.", fix="Its main function must register a callback.")
        return Metered(
            Start(started.fuel_used, round(statistics.median(start_ms), 3), started.memory_bytes),
            meter.fuel,
            meter.cpu_ns,
            Memory(meter.peak_bytes, meter.peak_offset, self._plan.limits.memory_bytes),
            written,
            " ".join(digest.hexdigest() for digest in digests),
        )

    def _start_ms(self) -> float:
        began = time.perf_counter_ns()
        with self._instance(_Meter()) as instance:
            instance.start()
            return (time.perf_counter_ns() - began) / 1e6

    def started(self) -> "Instance":
        """An instance in the form that a host runs: not metered, ready for records. The caller closes it."""
        instance = self._instance(None)
        instance.start()
        return instance

    def figures(self, workload: Workload, metered: Metered, turns: list[Turn]) -> Figures:
        """Everything about this module."""
        most = max(metered.fuel)
        offset = metered.fuel.index(most)
        sample = workload.sample_at(offset)
        costliest = Costliest(offset, sample + 1, size_of(workload.samples[sample]), most)
        cpu_us = [nanoseconds / _NS_PER_US for nanoseconds in metered.cpu_ns]
        return Figures(
            module=self.name,
            sha256=hashlib.sha256(self.wasm).hexdigest(),
            bytes=len(self.wasm),
            records_in=len(metered.fuel),
            records_out=metered.records_out,
            fuel=Spread.of(metered.fuel),
            costliest=costliest,
            cpu_us=Spread.of(cpu_us, digits=1),
            start=metered.start,
            memory=metered.memory,
            throughput=_throughput(turns),
            headroom=_headroom(metered.start.fuel, most, metered.memory.peak_bytes, len(self.wasm), self._plan.limits),
        )


def turn(instance: "Instance", feed: tuple[bytes, int, int], least_ns: int) -> Turn:
    """Pass the feed again and again until so much time has gone by."""
    data, records, size = feed
    goes = 0
    cpu, clock = time.thread_time_ns(), time.perf_counter_ns()
    while True:
        _ = instance.process(data).batches
        goes += 1
        clock_ns = time.perf_counter_ns() - clock
        if clock_ns >= least_ns:
            return Turn(goes * records, goes * size, time.thread_time_ns() - cpu, clock_ns)


def _throughput(turns: list[Turn]) -> Throughput:
    rates = [turn.records_per_s for turn in turns]
    return Throughput(
        records_per_s=round(statistics.median(rates)),
        mb_per_s=round(statistics.median(turn.bytes * 1_000 / max(turn.cpu_ns, 1) for turn in turns), 3),
        least_records_per_s=round(min(rates)),
        most_records_per_s=round(max(rates)),
        clock_records_per_s=round(statistics.median(turn.records * _NS_PER_S / turn.clock_ns for turn in turns)),
    )


def _headroom(start_fuel: int, record_fuel: int, memory_bytes: int, size: int, limits: Limits) -> Headroom:
    def left(used: int, of: int) -> float:
        return round(100 * (1 - used / of), 6)

    return Headroom(
        left(start_fuel, limits.fuel),
        left(record_fuel, limits.fuel),
        left(memory_bytes, limits.memory_bytes),
        left(stored_size(size), limits.binary_bytes),
    )
