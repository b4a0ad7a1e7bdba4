"""Prometheus metrics of a host: the broker's names and labels (its /public_metrics), and `rpkpy_` for what it has not.

The text is written here, and read by Prometheus' own parser in the tests: prometheus_client appends `_total` to every
counter, and half of the broker's have no such ending.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from rpkpy.host.counters import LATENCY_BOUNDS_S, Counters
from rpkpy.host.figures import Figures, TransformFigures
from rpkpy.host.process_metrics import process_figures
from rpkpy.version import __version__

Labels = dict[str, str]
Sample = tuple[str, Labels, float]
"""What follows the metric's name (a histogram's `_bucket`), the labels, the value."""

STATES = ("running", "inactive", "errored")
"""The broker counts processors in these; one in no state (`unknown`) is in none."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its full name, Prometheus' type, what it says, and its samples."""

    name: str
    kind: str
    help: str
    samples: Callable[[Figures], Iterable[Sample]]


def exposition(figures: Figures) -> str:
    """All metrics in Prometheus' text format, version 0.0.4."""
    lines: list[str] = []
    for metric in METRICS:
        lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
        for ending, labels, value in metric.samples(figures):
            lines.append(f"{metric.name}{ending}{_labels(labels)} {_number(value)}")
    return "\n".join(lines) + "\n"


def _each(value: Callable[[TransformFigures], float]) -> Callable[[Figures], Iterator[Sample]]:
    return lambda figures: (("", {"function_name": item.name}, value(item)) for item in figures.transforms)


def _sum(value: Callable[[Counters], float]) -> Callable[[Figures], Iterator[Sample]]:
    return _each(lambda item: value(item.counters))


def _one(value: Callable[[Figures], float], **labels: str) -> Callable[[Figures], Iterator[Sample]]:
    return lambda figures: iter([("", labels, value(figures))])


def _written(figures: Figures) -> Iterator[Sample]:
    for item in figures.transforms:
        sizes = item.counters.bytes_out
        for index, topic in enumerate(item.output_topics):
            labels = {"function_name": item.name, "output_topic": topic}
            yield "", labels, sizes[index] if index < len(sizes) else 0


def _lag(figures: Figures) -> Iterator[Sample]:
    for item in figures.transforms:
        for topic in item.output_topics:
            yield "", {"function_name": item.name, "output_topic": topic}, item.lag


def _partition_lag(figures: Figures) -> Iterator[Sample]:
    for item in figures.transforms:
        for partition in item.partitions:
            yield "", {"function_name": item.name, "partition": str(partition.partition)}, partition.lag


def _states(figures: Figures) -> Iterator[Sample]:
    for item in figures.transforms:
        for state in STATES:
            yield "", {"function_name": item.name, "state": state}, item.in_state(state)


def _latency(figures: Figures) -> Iterator[Sample]:
    for item in figures.transforms:
        name = {"function_name": item.name}
        counts = list(accumulate(item.counters.latency))
        for bound, count in zip((*LATENCY_BOUNDS_S, math.inf), counts, strict=True):
            yield "_bucket", name | {"le": _number(bound)}, count
        yield "_sum", name, item.counters.latency_s
        yield "_count", name, counts[-1]


def _fuel_per_record(item: TransformFigures) -> float:
    return item.counters.fuel / item.counters.records_in if item.counters.records_in else 0


METRICS = (
    Metric(
        "redpanda_transform_read_bytes",
        "counter",
        "Bytes of record batches read from input topics",
        _sum(lambda counters: counters.bytes_in),
    ),
    Metric("redpanda_transform_write_bytes", "counter", "Bytes written to output topics", _written),
    Metric("redpanda_transform_lag", "gauge", "Records in the input that are not done with", _lag),
    Metric(
        "redpanda_transform_failures",
        "counter",
        "Failed attempts of processors",
        _sum(lambda counters: counters.failures),
    ),
    Metric("redpanda_transform_state", "gauge", "Processors in a state", _states),
    Metric(
        "redpanda_transform_execution_latency_sec",
        "histogram",
        "Seconds to transform a record; records handed over together share their time",
        _latency,
    ),
    Metric(
        "redpanda_transform_execution_errors",
        "counter",
        "Times that a guest failed",
        _sum(lambda counters: counters.guest_failures),
    ),
    Metric(
        "redpanda_wasm_engine_cpu_seconds_total",
        "counter",
        "CPU seconds inside guests",
        _sum(lambda counters: counters.cpu_s),
    ),
    Metric(
        "redpanda_wasm_engine_memory_usage",
        "gauge",
        "Bytes of memory of guests",
        _sum(lambda counters: counters.memory_bytes),
    ),
    Metric(
        "redpanda_wasm_engine_max_memory",
        "gauge",
        "Bytes of memory that the guests may have",
        lambda figures: (
            ("", {"function_name": item.name}, figures.max_memory_bytes * item.in_state("running"))
            for item in figures.transforms
        ),
    ),
    Metric(
        "redpanda_data_transforms_logger_events_total",
        "counter",
        "Log events of guests",
        _each(lambda item: item.log_events),
    ),
    Metric(
        "redpanda_data_transforms_logger_events_dropped_total",
        "counter",
        "Log events dropped",
        _each(lambda item: item.log_events_dropped),
    ),
    Metric(
        "rpkpy_transform_records_in_total",
        "counter",
        "Records given to guests",
        _sum(lambda counters: counters.records_in),
    ),
    Metric(
        "rpkpy_transform_records_out_total",
        "counter",
        "Records made by guests",
        _sum(lambda counters: counters.records_out),
    ),
    Metric(
        "rpkpy_transform_batches_total",
        "counter",
        "Runs of record batches given to guests",
        _sum(lambda counters: counters.feeds),
    ),
    Metric("rpkpy_transform_fuel_total", "counter", "Fuel used by guests", _sum(lambda counters: counters.fuel)),
    Metric(
        "rpkpy_transform_fuel_per_record",
        "gauge",
        "Fuel used for a record, on average since the host started",
        _each(_fuel_per_record),
    ),
    Metric(
        "rpkpy_transform_commits_total",
        "counter",
        "Times that progress was noted",
        _sum(lambda counters: counters.commits),
    ),
    Metric(
        "rpkpy_transform_restarts_total",
        "counter",
        "Attempts of processors after their first",
        _each(lambda item: item.restarts),
    ),
    Metric(
        "rpkpy_transform_skipped_total",
        "counter",
        "Records left out by the error policy",
        _sum(lambda counters: counters.skipped),
    ),
    Metric(
        "rpkpy_transform_dead_lettered_total",
        "counter",
        "Records sent to a dead-letter topic",
        _sum(lambda counters: counters.dead_lettered),
    ),
    Metric("rpkpy_transform_partition_lag", "gauge", "Records of one partition not done with", _partition_lag),
    Metric("rpkpy_transform_paused", "gauge", "1 where a transform is paused", _each(lambda item: item.paused)),
    Metric("rpkpy_host_transforms", "gauge", "Transforms deployed", _one(lambda figures: len(figures.transforms))),
    Metric(
        "rpkpy_host_rebalances_total",
        "counter",
        "Times that partitions moved between hosts",
        _one(lambda figures: figures.rebalances),
    ),
    Metric(
        "rpkpy_host_kafka_reachable",
        "gauge",
        "1 where Kafka answered when it was last asked",
        _one(lambda figures: figures.kafka_reachable),
    ),
    Metric("rpkpy_host_info", "gauge", "1, with the version", _one(lambda _: 1, version=__version__)),
    *(
        Metric(name, kind, said, _one(lambda _, read=read: read()))  # type: ignore[misc]
        for name, kind, said, read in process_figures()
    ),
)
"""Every metric that a host exposes, in the order of its answer."""


def _labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items()) + "}"


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if math.isinf(value):
        return "+Inf"
    return str(int(value)) if value == int(value) else repr(float(value))
