"""What a processor tells of itself: numbers for metrics, records for who looks, spans for a tracer."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rpkpy.batches.record import Record
from rpkpy.host.counters import CounterBook, Counters
from rpkpy.host.samples import Sampler

if TYPE_CHECKING:
    from rpkpy.engine import GuestTrap, Output
    from rpkpy.host.model import Transform
    from rpkpy.host.record_path import Feed

OpenSpan = Callable[["Transform", int, "Feed"], AbstractContextManager[Any]]
"""Opens a span for a feed of a transform's input partition."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What the processors of a process share: the counters' book, and what opens a span for each feed, if anything."""

    counters: CounterBook = field(default_factory=CounterBook)
    open_span: OpenSpan | None = None


class Observed:
    """One processor's numbers (`counters`) and records (`sampler`); written by its thread, read by any.

    What a feed took is counted here; what became of it, the attempt counts.
    """

    def __init__(self, observation: Observation, transform: "Transform", partition: int) -> None:
        self.counters = observation.counters.of(transform.uuid, partition, len(transform.output_topics))
        self.sampler = Sampler()
        self._open_span = observation.open_span
        self._transform = transform
        self._partition = partition
        self._alone = False
        """Whether the feed at hand was read with one record, to be shown."""

    def wants_one(self) -> bool:
        """Whether the next feed should be of one record, because somebody looks. Asked before each feed is read."""
        self._alone = self.sampler.due()
        return self._alone

    def feeding(self, feed: "Feed") -> "_Feeding":
        """To be entered around the guest's call with `feed`."""
        span = None if self._open_span is None else self._open_span(self._transform, self._partition, feed)
        return _Feeding(self.counters, span)

    def done(
        self, feed: "Feed", took_s: float, output: "Output", memory_bytes: int, record: Callable[[], Record]
    ) -> None:
        """The guest is through with `feed`, in `took_s`; `record` gives the one record of a feed of one."""
        self.counters.memory_bytes = memory_bytes
        self.counters.took(output.stats.records_in, took_s)
        if self._alone and feed.records == 1:
            made = zip(self._transform.output_topics, output.records, strict=True)
            self.sampler.take(
                record(), [(topic, each) for topic, records in made for each in records], output.stats.fuel_used
            )

    def failed(self, feed: "Feed", trap: "GuestTrap", record: Callable[[], Record]) -> None:
        """The guest failed at `feed`."""
        self.counters.memory_bytes = 0
        if self._alone and feed.records == 1:
            self.sampler.take(record(), [], trap.fuel_used, error=trap.message)


class _Feeding:
    """A call of the guest; `took_s` is how long it took, once it is over. A class: generators are slower."""

    __slots__ = ("_counters", "_cpu_s", "_span", "took_s")

    def __init__(self, counters: Counters, span: AbstractContextManager[Any] | None) -> None:
        self._counters = counters
        self._span = span
        self._cpu_s = self.took_s = 0.0

    def __enter__(self) -> "_Feeding":
        if self._span is not None:
            self._span.__enter__()
        self.took_s, self._cpu_s = time.perf_counter(), time.thread_time()
        return self

    def __exit__(self, *raised: Any) -> None:
        self._counters.cpu_s += time.thread_time() - self._cpu_s
        self.took_s = time.perf_counter() - self.took_s
        if self._span is not None:
            self._span.__exit__(*raised)
