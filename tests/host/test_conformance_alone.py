"""What Redpanda's own tests ask of a backoff, with hosts that wait longer or shorter than a module's."""

import threading
import time
from dataclasses import replace

import pytest

from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.harness import (
    QUICK,
    Api,
    eventually,
    logged,
    produce,
    running_host,
    state_of,
    values,
    values_of,
)
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

PATIENT = replace(QUICK, backoff_first_s=600, backoff_max_s=600)
"""Waits longer than any test: what goes on does so because the wait was ended."""


def fails(api: Api, kafka: TestKafka, name: str) -> tuple[str, str]:
    """Deploy what fails at its second record, and wait until it does; its topics."""
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy(name, source, [target], guests.wasm(guests.TRAP_ON_MARK)).status_code == 200
    produce(kafka.settings, source, ["a", "bad!"])
    assert eventually(lambda: api.states(name) == ["errored"])
    return source, target


def test_a_redeploy_ends_the_backoff(kafka: TestKafka) -> None:
    with running_host(kafka.settings, timing=PATIENT) as api:
        source, target = fails(api, kafka, "n")
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        assert values_of(kafka.settings, target, 2) == ["a", "bad!"]
        assert api.states("n") == ["running"]
        remove_all(api)


def test_a_delete_ends_the_backoff(kafka: TestKafka) -> None:
    with running_host(kafka.settings, timing=PATIENT) as api:
        _, target = fails(api, kafka, "n")
        assert processors_of("n") == 1
        assert api.http.delete("/v1/transform/n").status_code == 200
        assert eventually(lambda: processors_of("n") == 0, 20)
        assert api.listing() == []
        assert eventually(lambda: all(not records for records in state_of(kafka.settings).values()))
        assert values(kafka.settings, target) == ["a"]


def test_a_partition_that_moves_during_its_backoff(kafka: TestKafka) -> None:
    """Who had it forgets it; who gets it begins at once, and the other partition's wait goes on."""
    source, target = kafka.topic(partitions=2), kafka.topic(partitions=2, max_message_bytes="50000")
    with running_host(kafka.settings, timing=PATIENT, node_id=0) as api:
        assert api.deploy("n", source, [target], guests.wasm(guests.GROW_ON_MARK)).status_code == 200
        for partition in range(2):
            produce(kafka.settings, source, ["big!"], partition=partition)
        assert eventually(lambda: api.states("n") == ["errored"] * 2)
        kafka.configure(target, max_message_bytes="1000000")
        with running_host(kafka.settings, timing=QUICK, node_id=1):
            assert eventually(lambda: sorted(each["node_id"] for each in api.entry("n")["status"]) == [0, 1])
            (moved,) = [each["partition"] for each in api.entry("n")["status"] if each["node_id"] == 1]
            assert len(values_of(kafka.settings, target, 1, moved)) == 1
            assert eventually(lambda: api.states("n")[moved] == "running")
            assert api.states("n")[1 - moved] == "errored"
            assert processors_of("n") == 2
            assert values(kafka.settings, target, 1 - moved) == []
            remove_all(api)


def test_the_backoff_begins_anew_after_some_time_of_running(kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic(max_message_bytes="50000")
    name = f"n-{source}"  # its log is its own

    def waits() -> list[str]:
        said = [body.partition("Next attempt in ") for _, body in logged(kafka.settings, name)]
        return [wait.strip() for _, found, wait in said if found]

    with running_host(kafka.settings, timing=replace(QUICK, backoff_reset_s=1)) as api:
        assert api.deploy(name, source, [target], guests.wasm(guests.GROW_ON_MARK)).status_code == 200
        produce(kafka.settings, source, ["big!"])
        assert eventually(lambda: waits()[:3] == ["0.2 s.", "0.4 s.", "0.8 s."])
        kafka.configure(target, max_message_bytes="1000000")
        assert len(values_of(kafka.settings, target, 1)) == 1
        before = len(waits())
        time.sleep(1.5)  # longer than the second after which it counts as running
        kafka.configure(target, max_message_bytes="50000")
        produce(kafka.settings, source, ["big!"])
        assert eventually(lambda: waits()[before : before + 2] == ["0.2 s.", "0.4 s."])
        remove_all(api)


def processors_of(name: str) -> int:
    """How many processors of a transform run in this process."""
    return sum(thread.name.startswith(f"rpkpy-{name}-") for thread in threading.enumerate())
