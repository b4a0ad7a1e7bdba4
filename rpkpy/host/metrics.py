"""Prometheus text of a host, under the broker's metric names (its /public_metrics)."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from rpkpy.host.processor import State

if TYPE_CHECKING:
    from rpkpy.host.controller import Controller
    from rpkpy.host.log_topic import LogTopic

Sample = tuple[dict[str, str], float]


def exposition(controller: "Controller", logs: "LogTopic") -> str:
    """All metrics in Prometheus' text format, version 0.0.4. Counters begin at 0 when a processor is made anew."""
    processors = controller.supervisor.processors()
    read: defaultdict[str, float] = defaultdict(float)
    written: defaultdict[tuple[str, str], float] = defaultdict(float)
    failures: defaultdict[str, float] = defaultdict(float)
    for item in processors:
        name = item.transform.name
        read[name] += item.read_bytes
        failures[name] += item.failures
        for topic, size in zip(item.transform.output_topics, item.written_bytes, strict=True):
            written[name, topic] += size
    lag: defaultdict[tuple[str, str], float] = defaultdict(float)
    states: defaultdict[tuple[str, str], float] = defaultdict(float)
    for transform in controller.listing():
        for state in (State.RUNNING, State.INACTIVE, State.ERRORED):
            count = sum(1 for status in transform.status or () if status.status == state.value)
            states[transform.name, state.value] = count
        for topic in transform.output_topics or ():
            lag[transform.name, topic] = transform.lag
    lines: list[str] = []
    for metric, kind, help_text, samples in (
        ("transform_read_bytes", "counter", "Bytes read from input topics", _by_name(read)),
        ("transform_write_bytes", "counter", "Bytes written to output topics", _by_pair(written, "output_topic")),
        ("transform_lag", "gauge", "Records not processed yet", _by_pair(lag, "output_topic")),
        ("transform_failures", "counter", "Failed attempts of processors", _by_name(failures)),
        ("transform_state", "gauge", "Processors in a state", _by_pair(states, "state")),
        ("data_transforms_logger_events_total", "counter", "Log events of guests", _by_name(logs.written)),
        ("data_transforms_logger_events_dropped_total", "counter", "Log events dropped", _by_name(logs.dropped)),
    ):
        full = f"redpanda_{metric}"
        lines += [f"# HELP {full} {help_text}", f"# TYPE {full} {kind}"]
        lines += [f"{full}{{{_labels(labels)}}} {value:g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _by_name(values: dict[str, int] | dict[str, float]) -> Iterable[Sample]:
    return [({"function_name": name}, value) for name, value in sorted(values.items())]


def _by_pair(values: dict[tuple[str, str], float], label: str) -> Iterable[Sample]:
    return [({"function_name": name, label: other}, value) for (name, other), value in sorted(values.items())]


def _labels(labels: dict[str, str]) -> str:
    return ",".join(f'{name}="{_escape(value)}"' for name, value in labels.items())


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
