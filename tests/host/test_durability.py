"""What survives: restarts, kill -9, a broker that goes away; and what is left when nothing is deployed."""

import signal
import threading
import time
import uuid
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from confluent_kafka import TopicPartition  # noqa: TID253

from rpkpy.host.settings import Timing
from rpkpy.kafka import client
from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.harness import (
    GROUPS,
    QUICK,
    consume,
    eventually,
    limits,
    logged,
    produce,
    running_host,
    state_of,
    steadily_written,
    values_of,
)
from tests.host.processes import host_process
from tests.kafka.fixture import TestKafka, running_kafka

pytestmark = pytest.mark.kafka


def test_deployments_survive_a_restart(kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    with running_host(kafka.settings) as api:
        variables = [{"key": "A", "value": "1"}]
        wasm = guests.wasm()
        assert api.deploy("n", source, [target], wasm, environment=variables, compression="gzip").status_code == 200
        assert api.deploy("paused", source, [target], wasm).status_code == 200
        assert api.patch("paused", is_paused=True).status_code == 200
        produce(kafka.settings, source, ["a"])
        assert values_of(kafka.settings, target, 1) == ["a"]
        before = api.listing()
    produce(kafka.settings, source, ["b"])
    with running_host(kafka.settings) as api:
        assert values_of(kafka.settings, target, 2) == ["a", "b"]
        assert eventually(lambda: api.states("n") == ["running"])
        assert api.states("paused") == ["inactive"]
        after = api.listing()
        for entry in before + after:
            del entry["status"]
        assert after == before
        remove_all(api)


def test_what_an_interrupted_deletion_left_is_removed_at_the_next_start(kafka: TestKafka) -> None:
    group = f"rpkpy.gone.{uuid.uuid4()}"
    consumer = client.consumer(kafka.settings, group_id=group)
    consumer.commit(offsets=[TopicPartition(kafka.topic(), 0, 5)], asynchronous=False)
    consumer.close()
    assert group.encode() in state_of(kafka.settings)[GROUPS]
    with running_host(kafka.settings):
        assert eventually(lambda: all(not records for records in state_of(kafka.settings).values()))


def test_a_state_record_of_a_newer_version_is_left_alone(kafka: TestKafka) -> None:
    with running_host(kafka.settings) as api:
        assert api.listing() == []
    produce(kafka.settings, "_rpkpy.transforms", ['{"version":99}'], key=b"newer")
    group = f"rpkpy.newer.{uuid.uuid4()}"
    consumer = client.consumer(kafka.settings, group_id=group)
    consumer.commit(offsets=[TopicPartition(kafka.topic(), 0, 5)], asynchronous=False)
    consumer.close()
    with running_host(kafka.settings) as api:
        assert api.listing() == []
        assert api.http.post("/v1/transform/debug/committed_offsets/garbage_collect").status_code == 200
        state = state_of(kafka.settings)
        assert (len(state["_rpkpy.transforms"]), list(state[GROUPS])) == (1, [group.encode()])
    produce(kafka.settings, "_rpkpy.transforms", [None], key=b"newer")


def test_a_guest_that_never_ends_runs_out_of_fuel(kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = f"n-{source}"  # its log is its own
    with running_host(kafka.settings, limits=limits(runtime_ms=100)) as api:
        assert api.deploy(name, source, [target], guests.wasm(guests.SPIN_ON_MARK)).status_code == 200
        produce(kafka.settings, source, ["a", "!"])
        assert values_of(kafka.settings, target, 1) == ["a"]
        assert eventually(lambda: api.states(name) == ["errored"])
        assert eventually(lambda: any("fuel" in body for _, body in logged(kafka.settings, name)))
        remove_all(api)


def test_a_guest_that_does_not_end_is_ended(kafka: TestKafka) -> None:
    """A delete, and a stop of the host, wait for a spinning guest for a while and then end it at its record."""
    source, target = kafka.topic(), kafka.topic()
    timing = Timing(stop_s=0.2, refresh_s=0.3)
    with running_host(kafka.settings, timing=timing, limits=limits(runtime_ms=3_600_000)) as api:
        for name in ("spins", "spins-too"):
            assert api.deploy(name, source, [target], guests.wasm(guests.SPIN_ON_MARK)).status_code == 200
        produce(kafka.settings, source, ["a", "!"])
        assert len(values_of(kafka.settings, target, 2)) == 2
        assert len(_processors_alive()) == 2
        assert api.http.delete("/v1/transform/spins").status_code == 200
        assert eventually(lambda: len(_processors_alive()) == 1)
    assert _processors_alive() == []
    with running_host(kafka.settings, timing=timing) as api:
        remove_all(api)


def _processors_alive() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("rpkpy-spins")]


def test_the_log_buffer_is_bounded_and_drops_are_counted(kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    slow = Timing(commit_s=0.2, log_flush_s=3.0, refresh_s=0.3)
    with running_host(kafka.settings, timing=slow, log_buffer_bytes=2_000) as api:
        assert api.deploy("n", source, [target], guests.wasm(guests.LOG)).status_code == 200
        produce(kafka.settings, source, ["x"] * 500)
        assert len(values_of(kafka.settings, target, 500)) == 500
        text = api.http.get("/public_metrics").text
        counts = {line.split("{")[0]: float(line.split()[-1]) for line in text.splitlines() if line[0] != "#"}
        assert counts["redpanda_data_transforms_logger_events_total"] == 1_000
        assert 0 < counts["redpanda_data_transforms_logger_events_dropped_total"] < 1_000
        remove_all(api)


@pytest.mark.slow
def test_kill_9_in_the_middle_loses_nothing_and_keeps_the_order(kafka: TestKafka, tmp_path: Path) -> None:
    count = 100_000
    source, target = kafka.topic(), kafka.topic()
    offset = {"format": "from_start", "value": 0}
    with steadily_written(kafka.settings, source, count):
        with host_process(kafka, tmp_path) as (process, api):
            assert api.deploy("n", source, [target], guests.wasm(), offset=offset).status_code == 200
            eventually(lambda: end_of(kafka, target) > count // 4)
            process.kill()
        assert count // 4 < end_of(kafka, target) < count, "killed too late to show anything"
        with host_process(kafka, tmp_path, "--set", "data_transforms_commit_interval_ms=100") as (process, api):
            grown = end_of(kafka, target)
            eventually(lambda: end_of(kafka, target) > grown + count // 4)
            time.sleep(0.5)  # some commit intervals: catching up takes less than one
            process.kill()
    kills = 2
    with host_process(kafka, tmp_path) as (process, api):
        assert eventually(lambda: [s["lag"] for s in api.listing()[0]["status"]] == [0], 60)
        assert eventually(lambda: api.states("n") == ["running"])
        eventually(lambda: last_value(kafka, target) == count - 1, 60)
        remove_all(api)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    seen = Counter(int((record.value or b"")[:8]) for record in consume(kafka.settings, target))
    assert set(seen) == set(range(count))
    print(f"{kills} kills: {seen.total() - count} duplicates of {count}")
    # in order but for the places where a killed host's successor went back
    numbers = [int((record.value or b"")[:8]) for record in consume(kafka.settings, target)]
    steps_back = [(a, b) for a, b in pairwise(numbers) if b != a + 1]
    assert len(steps_back) <= kills
    assert all(b <= a for a, b in steps_back)
    resumed_at = [b for _, b in steps_back]
    assert sorted(set(resumed_at)) == resumed_at, "progress was committed under load"


def test_sigterm_drains_commits_and_ends_with_0(kafka: TestKafka, tmp_path: Path) -> None:
    source, target = kafka.topic(), kafka.topic()
    with host_process(kafka, tmp_path, "--set", "data_transforms_commit_interval_ms=600000") as (process, api):
        assert api.http.get("/v1/status/ready").json() == {"status": "ready"}
        assert api.http.get("/v1/cluster_config").json()["data_transforms_commit_interval_ms"] == 600_000
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        produce(kafka.settings, source, ["a", "b"])
        assert values_of(kafka.settings, target, 2) == ["a", "b"]
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert time.monotonic() - began < 10
    with running_host(kafka.settings) as api:
        rows = api.http.get("/v1/transform/debug/committed_offsets").json()
        assert rows == [{"transform_name": "n", "partition": 0, "offset": 1}]
        remove_all(api)


@pytest.mark.slow
def test_a_broker_that_goes_away_and_comes_back(tmp_path: Path) -> None:
    with running_kafka(tmp_path / "broker") as kafka, running_host(kafka.settings, timing=QUICK) as api:
        source, target = kafka.topic(), kafka.topic()
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        produce(kafka.settings, source, ["a"])
        assert values_of(kafka.settings, target, 1) == ["a"]
        offsets = "/v1/transform/debug/committed_offsets"
        assert eventually(lambda: [row["offset"] for row in api.http.get(offsets).json()] == [0])
        kafka.broker.stop()
        time.sleep(2)
        assert api.http.get("/v1/transform").status_code == 200
        kafka.broker.start()
        produce(kafka.settings, source, ["b"])
        assert values_of(kafka.settings, target, 2)[-1] == "b"
        assert eventually(lambda: api.states("n") == ["running"])
        assert api.patch("n", is_paused=True).status_code == 200
        # what was asked of the group's coordinator before is answered again
        assert eventually(lambda: [row["offset"] for row in api.http.get(offsets).json()] == [1])
        remove_all(api)
        assert eventually(lambda: all(not records for records in state_of(kafka.settings).values()))


@pytest.mark.slow
def test_without_a_broker_changes_are_refused_and_a_stop_takes_seconds(tmp_path: Path) -> None:
    with running_kafka(tmp_path / "broker") as kafka:
        source, target = kafka.topic(), kafka.topic()
        with host_process(kafka, tmp_path, "--set", "data_transforms_commit_interval_ms=600000") as (process, api):
            assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
            produce(kafka.settings, source, ["a"])
            assert values_of(kafka.settings, target, 1) == ["a"]
            kafka.broker.stop()
            refused = api.patch("n", is_paused=True)
            assert refused.status_code == 503, refused.text
            assert refused.json()["message"].startswith("Service unavailable (")
            assert len(api.listing()) == 1
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            assert time.monotonic() - began < 14  # what `rpkpy local stop` waits
            assert b"Traceback" not in (tmp_path / "host.stderr").read_bytes()


def test_a_second_signal_ends_it_at_once(kafka: TestKafka, tmp_path: Path) -> None:
    source, target = kafka.topic(), kafka.topic()
    with host_process(kafka, tmp_path) as (process, api):
        assert api.deploy("n", source, [target], guests.wasm(guests.SPIN_ON_MARK)).status_code == 200
        produce(kafka.settings, source, ["!"])
        time.sleep(0.7)  # the guest spins for a second or so, a stop has to wait for it
        process.send_signal(signal.SIGINT)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(5) in (0, 128 + signal.SIGINT)
    with running_host(kafka.settings, limits=limits(runtime_ms=100)) as api:
        remove_all(api)


def end_of(kafka: TestKafka, topic: str) -> int:
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import OffsetSpec

    admin = client.admin(kafka.settings)
    (future,) = admin.raw.list_offsets({TopicPartition(topic, 0): OffsetSpec.latest()}).values()
    offset: int = admin.wait(future).offset
    return offset


def last_value(kafka: TestKafka, topic: str) -> int:
    from confluent_kafka import TopicPartition

    consumer = client.consumer(kafka.settings, group_id="reader")
    try:
        consumer.assign([TopicPartition(topic, 0, end_of(kafka, topic) - 1)])
        message = consumer.poll(10)
        assert message is not None
        return int((message.value() or b"-1")[:8])
    finally:
        consumer.close()
