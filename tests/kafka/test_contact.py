"""Clients that are kept for long are made anew once they have lost their cluster, and only then."""

import json
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from rpkpy.errors import UnreachableError
from rpkpy.kafka import client, contact
from rpkpy.kafka.contact import Contact, Kept
from tests.kafka.fixture import TestKafka, running_kafka


def report(seconds: float, *states: str) -> str:
    """Statistics as librdkafka gives them, with a broker in each of `states`."""
    brokers = {f"b{number}": {"nodeid": number, "state": state} for number, state in enumerate(states)}
    return json.dumps({"name": "c", "ts": int(seconds * 1e6), "brokers": brokers, "cgrp": {"state": "up"}})


def test_a_client_is_lost_after_some_time_without_any_connection() -> None:
    watched = Contact(patience_s=10)
    watched.check()
    for seconds, states in ((100, ["UP", "INIT"]), (102, ["DOWN"]), (109, []), (110, ["TRY_CONNECT"])):
        watched.take(report(seconds, *states))
        watched.check()
    watched.take(report(110.1))
    with pytest.raises(UnreachableError):
        watched.check()


def test_a_connection_in_between_begins_the_time_anew() -> None:
    watched = Contact(patience_s=10)
    for seconds, states in ((100, ["UP"]), (109, []), (111, ["UP", "DOWN"]), (120, [])):
        watched.take(report(seconds, *states))
        watched.check()


def test_time_without_reports_is_no_time_without_a_connection() -> None:
    watched = Contact(patience_s=10)
    watched.take(report(100, "UP"))
    watched.take(report(500, "UP"))  # the process stood still
    assert not watched.lost
    watched.take("no statistics")
    assert not watched.lost


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports come ten times a second."""
    monkeypatch.setattr(contact, "_INTERVAL_MS", 100)


def same_for(seconds: float, kept: Kept[Any]) -> Any:
    first = kept.get()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert kept.get() is first
        time.sleep(0.02)
    return first


MAKERS: Mapping[str, Callable[[TestKafka, Mapping[str, Any]], Any]] = {
    "admin": lambda kafka, more: client.admin(kafka.settings, **more).raw,
    "producer": lambda kafka, more: client.producer(kafka.settings, **more),
}


@pytest.mark.kafka
@pytest.mark.parametrize("kind", MAKERS)
def test_a_client_with_a_connection_stays(kafka: TestKafka, kind: str, often: None) -> None:
    same_for(1.5, Kept(partial(MAKERS[kind], kafka), patience_s=0.5))


@pytest.mark.slow
@pytest.mark.kafka
def test_clients_of_a_cluster_that_was_away_are_made_anew(tmp_path: Path, often: None) -> None:
    with running_kafka(tmp_path / "broker") as kafka:
        kinds = [Kept(partial(make, kafka), patience_s=0.5) for make in MAKERS.values()]
        before = [kept.get() for kept in kinds]
        watched = Contact(patience_s=0.5)
        consumer = client.consumer(kafka.settings, group_id="g", **watched.configuration)
        try:
            consumer.poll(0.5)
            watched.check()
            kafka.broker.stop()
            deadline = time.monotonic() + 20
            while not watched.lost and time.monotonic() < deadline:
                consumer.poll(0.1)
            assert watched.lost
        finally:
            consumer.close()
        for kept in kinds:
            with pytest.raises(UnreachableError):
                while time.monotonic() < deadline:
                    kept.get()
        kafka.broker.start()
        after = [kept.get() for kept in kinds]
        assert not {*map(id, before)} & {*map(id, after)}
        same_for(1.0, kinds[0])
        assert kinds[0].get().list_topics(timeout=5).brokers
