"""Metrics, read by Prometheus' own parser; and health."""

import json
import math
import re
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rpkpy.host import metrics
from rpkpy.host.counters import LATENCY_BOUNDS_S, CounterBook, Counters, total
from rpkpy.host.figures import Counted, Figures, PartitionFigures, TransformFigures
from tests.host import guests
from tests.host.harness import Api, eventually, produce, values_of
from tests.kafka.fixture import TestKafka

AWKWARD = 'a"b\\c\n<script>{}'

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Samples:
    """Every sample by its full name and labels; names are as in the text, which the parser moves."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            name = sample.name
            if family.type == "counter" and not re.search(rf"^{family.name}_total[ {{]", text, re.MULTILINE):
                name = name.removesuffix("_total")
            key = name, tuple(sorted(sample.labels.items()))
            assert key not in found
            found[key] = sample.value
    return found


def of(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, tuple(sorted(labels.items()))]


def a_transform(name: str, **changes: Any) -> TransformFigures:
    return replace(
        TransformFigures(name, "in", ("out", "dead"), False, (), Counters(), 0, 0, 0),
        **changes,
    )


def test_every_metric_is_there_with_its_type_and_an_awkward_name_comes_back() -> None:
    text = metrics.exposition(Figures((a_transform(AWKWARD),), 0, True, 2 << 20))
    families = {family.name: family for family in text_string_to_metric_families(text)}
    for metric in metrics.METRICS:
        name = metric.name.removesuffix("_total") if metric.kind == "counter" else metric.name
        assert families[name].type == metric.kind, metric.name
        assert families[name].documentation == metric.help
    names = {sample.labels.get("function_name") for family in families.values() for sample in family.samples}
    assert names == {AWKWARD, None}
    for ending in ("read_bytes", "write_bytes", "failures", "execution_errors"):  # the broker's have no _total
        assert f"# TYPE redpanda_transform_{ending} counter\nredpanda_transform_{ending}{{" in text


def test_numbers_are_whole_and_sums_are_over_partitions() -> None:
    counters = [Counters([7, 1], records_in=123_456_789, fuel=3 << 60, cpu_s=0.25), Counters([1], records_in=1)]
    partitions = (PartitionFigures(0, 1, "running", 5), PartitionFigures(1, 1, "unknown", 6))
    item = a_transform("t", counters=total(counters), partitions=partitions, restarts=3)
    samples = parsed(metrics.exposition(Figures((item,), 4, False, 100)))
    assert of(samples, "rpkpy_transform_records_in_total", function_name="t") == 123_456_790
    assert of(samples, "rpkpy_transform_fuel_total", function_name="t") == 3 << 60
    assert of(samples, "redpanda_wasm_engine_cpu_seconds_total", function_name="t") == 0.25
    for topic, size in (("out", 8), ("dead", 1)):
        assert of(samples, "redpanda_transform_write_bytes", function_name="t", output_topic=topic) == size
        assert of(samples, "redpanda_transform_lag", function_name="t", output_topic=topic) == 11
    states = {
        state: of(samples, "redpanda_transform_state", function_name="t", state=state) for state in metrics.STATES
    }
    assert states == {"running": 1, "inactive": 0, "errored": 0}
    assert of(samples, "rpkpy_transform_partition_lag", function_name="t", partition="1") == 6
    assert of(samples, "rpkpy_transform_restarts_total", function_name="t") == 3
    assert of(samples, "redpanda_wasm_engine_max_memory", function_name="t") == 100
    assert of(samples, "rpkpy_host_rebalances_total") == 4
    assert of(samples, "rpkpy_host_kafka_reachable") == 0


def test_the_latency_histogram_is_cumulative_and_records_of_a_feed_share_its_time() -> None:
    counters = Counters()
    counters.took(1_000, 0.1)  # 100 µs each
    counters.took(1, 3.0)
    counters.took(1, 60.0)
    counters.took(0, 1.0)
    text = metrics.exposition(Figures((a_transform("t", counters=counters),), 0, True, 0))
    samples = parsed(text)
    name = "redpanda_transform_execution_latency_sec"
    buckets = {
        float(dict(labels)["le"]): value for (sample, labels), value in samples.items() if sample == f"{name}_bucket"
    }
    assert list(buckets) == [*LATENCY_BOUNDS_S, math.inf]
    assert list(buckets.values()) == sorted(buckets.values())
    assert (buckets[LATENCY_BOUNDS_S[0]], buckets[LATENCY_BOUNDS_S[-1]], buckets[math.inf]) == (1_000, 1_001, 1_002)
    assert of(samples, f"{name}_count", function_name="t") == 1_002
    assert of(samples, f"{name}_sum", function_name="t") == pytest.approx(63.1)


def test_what_a_process_counted_passes_through_json() -> None:
    book = CounterBook()
    counters = book.of("u", 3, 2)
    counters.bytes_out[1] += 10
    counters.took(4, 0.001)
    counters.fuel = 1 << 62
    before = Counted(book.all(), {AWKWARD: 2}, {AWKWARD: 1}, 7)
    assert Counted.of_data(json.loads(json.dumps(before.to_data()))) == before
    wrong: list[Any] = [None, [], {}, {"partitions": [{}]}, {"partitions": [{"uuid": "u", "partition": 1, "x": 2}]}]
    for data in wrong:
        with pytest.raises(ValueError, match="no counters"):
            Counted.of_data(data)


def test_counters_outlive_a_processor_and_go_with_the_transform() -> None:
    book = CounterBook()
    book.of("u", 0, 1).records_in = 5
    book.of("gone", 0, 1)
    book.keep_only({"u"})
    assert book.of("u", 0, 1).records_in == 5
    assert list(book.all()) == [("u", 0)]


def scrape(api: Api) -> Samples:
    answer = api.http.get("/public_metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return parsed(answer.text)


@pytest.mark.kafka
def test_a_host_counts_what_it_does(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(2), kafka.topic(2)
    assert api.deploy("count", source, [target], guests.wasm(guests.LOG)).status_code == 200
    produce(kafka.settings, source, ["a" * 10] * 5, partition=0)
    produce(kafka.settings, source, ["b" * 10] * 3, partition=1)
    assert len(values_of(kafka.settings, target, 5)) == 5
    assert len(values_of(kafka.settings, target, 3, partition=1)) == 3

    def settled() -> Samples | None:
        samples = scrape(api)
        return samples if of(samples, "rpkpy_transform_records_in_total", function_name="count") == 8 else None

    samples = eventually(settled)
    assert samples is not None
    mine = {"function_name": "count"}
    assert of(samples, "rpkpy_transform_records_out_total", **mine) == 8
    assert of(samples, "redpanda_transform_read_bytes", **mine) >= 80
    assert of(samples, "redpanda_transform_write_bytes", **mine, output_topic=target) >= 80
    assert of(samples, "redpanda_transform_execution_latency_sec_count", **mine) == 8
    assert of(samples, "redpanda_data_transforms_logger_events_total", **mine) == 16
    assert 2 <= of(samples, "rpkpy_transform_batches_total", **mine) <= 8
    assert of(samples, "rpkpy_transform_fuel_per_record", **mine) > 10
    assert of(samples, "redpanda_wasm_engine_cpu_seconds_total", **mine) > 0
    assert of(samples, "redpanda_wasm_engine_memory_usage", **mine) == 2 * 8 * 65_536
    assert of(samples, "rpkpy_transform_commits_total", **mine) >= 2
    assert of(samples, "redpanda_transform_state", **mine, state="running") == 2
    assert of(samples, "rpkpy_host_kafka_reachable") == 1
    assert of(samples, "process_resident_memory_bytes") > 10_000_000

    api.patch("count", is_paused=True)
    samples = scrape(api)
    assert of(samples, "rpkpy_transform_records_in_total", **mine) == 8, "a pause takes nothing back"
    assert of(samples, "rpkpy_transform_paused", **mine) == 1
    assert of(samples, "redpanda_transform_state", **mine, state="inactive") == 2


@pytest.mark.kafka
def test_failures_and_restarts_are_counted(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("fails", source, [target], guests.wasm(guests.TRAP_ON_MARK)).status_code == 200
    produce(kafka.settings, source, ["fine", "fine", "bad!"])
    mine = {"function_name": "fails"}
    assert eventually(lambda: of(scrape(api), "rpkpy_transform_restarts_total", **mine) >= 2)
    samples = scrape(api)
    assert of(samples, "redpanda_transform_failures", **mine) >= 2
    assert of(samples, "redpanda_transform_execution_errors", **mine) >= 2
    assert of(samples, "rpkpy_transform_records_out_total", **mine) == 2
    assert of(samples, "rpkpy_transform_records_in_total", **mine) in (2, 3), "with it, where it came with others"


@pytest.mark.kafka
def test_lag_grows_as_input_comes_whatever_the_state(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()

    def lag() -> int:
        (item,) = (item for item in api.listing() if item["name"] == "lags")
        lag: int = item["status"][0]["lag"]
        return lag

    assert api.deploy("lags", source, [target], guests.wasm(guests.TRAP_ON_MARK)).status_code == 200
    api.patch("lags", is_paused=True)
    produce(kafka.settings, source, ["a"] * 4)
    assert eventually(lambda: lag() == 4)
    produce(kafka.settings, source, ["bad!", "b"])
    assert eventually(lambda: lag() == 6)
    api.patch("lags", is_paused=False)
    assert eventually(lambda: lag() == 2), "what comes before the failing record is done with"
    produce(kafka.settings, source, ["c"] * 3)
    assert eventually(lambda: lag() == 5)
    assert api.states("lags") == ["errored"]


@pytest.mark.kafka
def test_health(api: Api) -> None:
    live, ready = api.http.get("/health/live"), api.http.get("/health/ready")
    assert (live.status_code, live.json()) == (200, {"status": "alive"})
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "checks": {"state": "read", "kafka": "reachable"}},
    )
