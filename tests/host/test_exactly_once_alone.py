"""Exactly once with hosts of the tests' own: killed, stopped and waking up again. No other host may share the work."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.host.conftest import remove_all
from tests.host.harness import eventually, running_host, steadily_written, values_of
from tests.host.processes import host_process
from tests.host.test_durability import end_of
from tests.host.test_exactly_once import ONCE, deploy, fill, numbers
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


def test_a_restart_goes_on_where_the_group_stands(kafka: TestKafka, record_path: str) -> None:
    source, target = kafka.topic(), kafka.topic()
    fill(kafka, source, 1_000)
    for count in (1_000, 1_500):
        with running_host(kafka.settings, record_path=record_path) as api:
            if count == 1_000:
                deploy(api, "n", source, [target], rpkpy=ONCE)
            else:
                fill(kafka, source, 500, first=1_000)
            assert len(values_of(kafka.settings, target, count)) == count
            assert numbers(kafka, target) == list(range(count))
            if count == 1_500:
                remove_all(api)


def test_a_zombie_that_wakes_up_writes_nothing_more(kafka: TestKafka, record_path: str, tmp_path: Path) -> None:
    """A host that stood still while another took over: what it had under way is fenced."""
    source, target = kafka.topic(), kafka.topic()
    count = 60_000
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with (
        steadily_written(kafka.settings, source, count),
        host_process(kafka, tmp_path / "first") as (zombie, api),
    ):
        deploy(api, "n", source, [target], rpkpy=ONCE)
        assert eventually(lambda: end_of(kafka, target) > count // 20)
        zombie.send_signal(signal.SIGSTOP)
        try:
            time.sleep(0.5)  # what it had sent is answered
            stood = end_of(kafka, target)
            assert stood < count, "stopped too late to show anything"
            with host_process(kafka, tmp_path / "second") as (other, api):
                assert eventually(lambda: end_of(kafka, target) > stood)
                zombie.send_signal(signal.SIGCONT)
                fenced = tmp_path / "first" / "host.stderr"
                # By Kafka's transactions, or first by the group that it has fallen out of.
                said = ("Another host has taken over", "lost partitions")
                assert eventually(lambda: any(each in fenced.read_text() for each in said))
                time.sleep(1)
                zombie.kill()
                assert eventually(lambda: len(numbers(kafka, target)) >= count, 60)
                remove_all(api)
                other.send_signal(signal.SIGTERM)
                assert other.wait(20) == 0
        finally:
            os.kill(zombie.pid, signal.SIGKILL) if zombie.poll() is None else None
    assert numbers(kafka, target) == list(range(count))


@pytest.mark.slow
def test_at_least_once_goes_on_where_a_killed_transaction_ends(kafka: TestKafka, tmp_path: Path) -> None:
    """What the dead host left open takes nothing with it. Readers see the rest when Kafka has ended it."""
    source, target = kafka.topic(), kafka.topic()
    count = 60_000
    with steadily_written(kafka.settings, source, count):
        with host_process(kafka, tmp_path) as (process, api):
            deploy(api, "n", source, [target], rpkpy=ONCE)
            assert eventually(lambda: end_of(kafka, target) > count // 20)
            process.kill()
        assert end_of(kafka, target) < count, "killed too late to show anything"
        with host_process(kafka, tmp_path) as (process, api):
            assert api.patch("n", rpkpy={"guarantee": "at-least-once"}).status_code == 200
            assert eventually(lambda: set(numbers(kafka, target)) == set(range(count)), 120)
            seen = numbers(kafka, target)
            remove_all(api)
    first = dict.fromkeys(seen)
    assert list(first) == sorted(first)


@pytest.mark.slow
def test_kill_9_at_random_points(kafka: TestKafka, tmp_path: Path) -> None:
    partitions, count = 2, 60_000
    source, target = kafka.topic(partitions=partitions), kafka.topic(partitions=partitions)
    moments = random.Random(8)  # noqa: S311
    kills = under_way = 0
    # A killed host's partitions are given to the next one when its session ends, six seconds later.
    with steadily_written(kafka.settings, source, count, partitions, lasting_s=30):
        while True:
            with host_process(kafka, tmp_path) as (process, api):
                if kills == 0:
                    deploy(api, "n", source, [target], rpkpy=ONCE)
                if kills == 4:
                    for partition in range(partitions):
                        assert eventually(lambda at=partition: len(numbers(kafka, target, at)) >= count, 90)  # type: ignore[misc]
                    remove_all(api)
                    break
                grown = end_of(kafka, target)
                assert eventually(lambda before=grown: end_of(kafka, target) > before)  # type: ignore[misc]
                time.sleep(moments.uniform(0, 0.6))
                process.kill()
                kills += 1
                under_way += end_of(kafka, target) < count
    assert under_way >= 2, "killed too late to show anything"
    for partition in range(partitions):
        assert numbers(kafka, target, partition) == list(range(count))
