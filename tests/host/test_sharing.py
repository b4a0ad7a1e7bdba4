"""Several hosts and workers share the partitions of a transform, come and go under load, and nothing is lost."""

import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from rpkpy.kafka import client
from tests.cli.harness import Cli
from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.harness import QUICK, Api, consume, eventually, produce, running_host, values_of
from tests.host.processes import host_process
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

PARTITIONS = 6
COMMIT_S = 0.2
QUICK_COMMIT = ("--set", f"data_transforms_commit_interval_ms={int(COMMIT_S * 1_000)}")
PER_SECOND = 500  # records, in each partition


class Load:
    """Records with sequence numbers into every partition of a topic, at a steady pace, until `stop`."""

    def __init__(self, kafka: TestKafka, topic: str) -> None:
        self._kafka = kafka
        self._topic = topic
        self._stopping = threading.Event()
        self.sent = 0
        """Of each partition."""
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        producer = client.producer(self._kafka.settings, linger_ms=5)
        while not self._stopping.wait(0.02):
            for number in range(self.sent, self.sent + PER_SECOND // 50):
                for partition in range(PARTITIONS):
                    producer.produce(self._topic, value=b"%d" % number, partition=partition)
            self.sent += PER_SECOND // 50
            producer.poll(0)
        assert producer.flush(20) == 0

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()


def assert_all_there(kafka: TestKafka, topic: str, sent: int) -> int:
    """Every number is in every partition; how many of all are there more than once."""
    repeated = 0
    for partition in range(PARTITIONS):
        seen: Counter[int] = Counter()

        def whole(partition: int = partition, seen: "Counter[int]" = seen) -> bool:
            seen.clear()
            seen.update(int(record.value or b"-1") for record in consume(kafka.settings, topic, partition))
            return len(seen) == sent

        assert eventually(whole), f"partition {partition}: {sent - len(seen)} of {sent} are missing"
        assert set(seen) == set(range(sent))
        repeated += seen.total() - sent
    return repeated


def nodes(api: Api) -> Counter[int]:
    """How many partitions run on each host."""
    (entry,) = api.listing()
    return Counter(each["node_id"] for each in entry["status"] if each["status"] == "running")


def shares(api: Api, *expected: int) -> Callable[[], bool]:
    return lambda: sorted(nodes(api).values()) == sorted(expected)


@pytest.mark.slow
def test_partitions_move_from_one_host_to_three_to_two_under_load(kafka: TestKafka, tmp_path: Path) -> None:
    source, target = kafka.topic(partitions=PARTITIONS), kafka.topic(partitions=PARTITIONS)
    with ExitStack() as stack:

        def host(number: int) -> tuple[object, Api]:
            args = ("--node-id", str(number), *QUICK_COMMIT)
            return stack.enter_context(host_process(kafka, tmp_path / str(number), *args))

        _, api = host(0)
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        assert eventually(shares(api, 6))
        with Load(kafka, source) as load:
            began = time.monotonic()
            killed, _ = host(1)
            host(2)
            assert eventually(shares(api, 2, 2, 2))
            moved_s, before = time.monotonic() - began, load.sent
            assert eventually(lambda: load.sent > before + PER_SECOND // 2)
            killed.kill()  # type: ignore[attr-defined]
            began = time.monotonic()
            assert eventually(lambda: set(nodes(api)) == {0, 2} and shares(api, 3, 3)())
            taken_s, before = time.monotonic() - began, load.sent
            assert eventually(lambda: load.sent > before + PER_SECOND // 2)
            load.stop()
            repeated = assert_all_there(kafka, target, load.sent)
        print(f"1 -> 3 in {moved_s:.1f} s, 3 -> 2 in {taken_s:.1f} s, {repeated} repeated of {load.sent * PARTITIONS}")
        # two partitions were killed: what a commit interval and the work under way then hold
        assert repeated <= 2 * PER_SECOND * (COMMIT_S + 1.5)
        assert taken_s < 15
        remove_all(api)


@pytest.mark.slow
def test_a_rolling_restart_repeats_nothing_and_leaves_no_gap(kafka: TestKafka, tmp_path: Path) -> None:
    source, target = kafka.topic(partitions=PARTITIONS), kafka.topic(partitions=PARTITIONS)
    with ExitStack() as stack:
        first, api = stack.enter_context(host_process(kafka, tmp_path / "a", "--node-id", "0"))
        second, _ = stack.enter_context(host_process(kafka, tmp_path / "b", "--node-id", "1"))
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        assert eventually(shares(api, 3, 3))
        with Load(kafka, source) as load:
            for old, number in ((first, 2), (second, 3)):
                old.send_signal(signal.SIGTERM)
                assert old.wait(15) == 0
                folder = tmp_path / str(number)
                _, api = stack.enter_context(host_process(kafka, folder, "--node-id", str(number)))
                assert eventually(shares(api, 3, 3))
            load.stop()
            assert assert_all_there(kafka, target, load.sent) == 0
        times = [record.timestamp_ms for record in consume(kafka.settings, target)]
        gap_ms = max(b - a for a, b in pairwise(times))
        print(f"longest gap {gap_ms} ms")
        assert gap_ms < 6_000  # heartbeats are two seconds apart, and a move takes two rounds
        remove_all(api)


@pytest.mark.slow
def test_a_stop_while_a_rebalance_waits_for_a_dead_member_repeats_nothing(kafka: TestKafka, tmp_path: Path) -> None:
    """Kafka answers no commit of a member whose join it holds back, and then the commit's generation is over."""
    source, target = kafka.topic(partitions=PARTITIONS), kafka.topic(partitions=PARTITIONS)
    never = ("--set", "data_transforms_commit_interval_ms=600000")
    with ExitStack() as stack:
        stopped, api = stack.enter_context(host_process(kafka, tmp_path / "a", "--node-id", "0", *never))
        paused, _ = stack.enter_context(host_process(kafka, tmp_path / "b", "--node-id", "1", *never))
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        assert eventually(shares(api, 3, 3))
        for partition in range(PARTITIONS):
            produce(kafka.settings, source, ["a", "b"], partition=partition)
            assert values_of(kafka.settings, target, 2, partition) == ["a", "b"]
        before = {each["partition"] for each in api.entry("n")["status"] if each["node_id"] == 0}
        paused.send_signal(signal.SIGSTOP)
        _, other = stack.enter_context(host_process(kafka, tmp_path / "c", "--node-id", "2", *never))
        time.sleep(2.5)  # a heartbeat, by which the first one learns that it has to join again
        stopped.send_signal(signal.SIGTERM)
        assert stopped.wait(20) == 0
        paused.kill()
        assert eventually(shares(other, 6))
        produce(kafka.settings, source, ["c"], partition=min(before))
        assert values_of(kafka.settings, target, 3, min(before)) == ["a", "b", "c"]
        for partition in before:
            assert [each for each in values_of(kafka.settings, target, 2, partition) if each != "c"] == ["a", "b"]
        remove_all(other)


@pytest.mark.slow
def test_workers_are_started_anew_and_share_the_work(kafka: TestKafka, tmp_path: Path, cli: Cli) -> None:
    source, target = kafka.topic(partitions=PARTITIONS), kafka.topic(partitions=PARTITIONS)

    def status() -> dict[str, list[dict[str, object]]]:
        outcome = cli("host", "status", "-X", f"brokers={kafka.bootstrap}", "--format", "json")
        assert outcome.code == 0, outcome.err
        found: dict[str, list[dict[str, object]]] = json.loads(outcome.stdout)
        return found

    def working() -> dict[object, object]:
        return {each["worker"]: each["pid"] for each in status()["workers"] if each["partitions"]}

    with host_process(kafka, tmp_path / "a", "--workers", "2", "--memory", "1GiB", *QUICK_COMMIT) as (process, api):
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        assert eventually(lambda: len(working()) == 2)
        assert eventually(lambda: api.states("n") == ["running"] * PARTITIONS)
        before = working()
        assert process.pid not in before.values()
        with Load(kafka, source) as load:
            assert eventually(lambda: load.sent > PER_SECOND // 2)
            killed = next(iter(before.values()))
            assert isinstance(killed, int)
            os.kill(killed, signal.SIGKILL)
            assert eventually(lambda: len(working()) == 2 and killed not in working().values())
            assert eventually(lambda: api.states("n") == ["running"] * PARTITIONS)
            load.stop()
            assert_all_there(kafka, target, load.sent)
        text = cli("host", "status", "-X", f"brokers={kafka.bootstrap}").stdout
        assert "WORKER" in text and "TRANSFORM" in text
        assert max(map(len, text.splitlines())) <= 80
        remove_all(api)
        children = list(working().values()) or [each["pid"] for each in status()["workers"]]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert eventually(lambda: not any(alive(pid) for pid in children))
        assert status()["workers"] == []


def test_workers_end_with_a_host_that_is_killed(kafka: TestKafka, tmp_path: Path) -> None:
    with host_process(kafka, tmp_path / "a", "--workers", "2") as (process, _):
        children = eventually(lambda: found if len(found := workers_of(process.pid)) >= 2 else [])
        assert children
        process.kill()
        process.wait(10)
        assert eventually(lambda: not any(alive(pid) for pid in children))


def workers_of(pid: int) -> list[int]:
    """The children of all of a process's threads."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(each) for text in texts for each in text.split()]


def alive(pid: object) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def two_hosts(kafka: TestKafka) -> Iterator[list[Api]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running_host(kafka.settings, timing=QUICK, node_id=number)) for number in (0, 1)]


def test_added_partitions_are_shared(kafka: TestKafka) -> None:
    from confluent_kafka.admin import NewPartitions

    source, target = kafka.topic(), kafka.topic()
    with two_hosts(kafka) as hosts:
        assert hosts[0].deploy("n", source, [target], guests.wasm()).status_code == 200
        assert eventually(lambda: hosts[0].states("n") == ["running"])
        admin = client.admin(kafka.settings)
        for future in admin.raw.create_partitions([NewPartitions(source, 4)]).values():
            admin.wait(future)
        assert eventually(shares(hosts[1], 2, 2))
        for partition in range(4):
            produce(kafka.settings, source, [f"p{partition}"], partition=partition)
        assert sorted(values_of(kafka.settings, target, 4)) == ["p0", "p1", "p2", "p3"]
        remove_all(hosts[1])


def test_what_one_host_has_no_memory_for_another_does(kafka: TestKafka) -> None:
    from rpkpy.host.reservation import CLIENTS_BYTES
    from rpkpy.wasm.limits import BROKER

    source, target = kafka.topic(partitions=4), kafka.topic(partitions=4)
    two = 2 * (CLIENTS_BYTES + BROKER.memory_bytes)
    with running_host(kafka.settings, timing=QUICK, node_id=0, memory_bytes=two) as first:
        assert first.deploy("n", source, [target], guests.wasm()).status_code == 200
        assert eventually(lambda: sorted(first.states("n")) == ["errored", "errored", "running", "running"])
        with running_host(kafka.settings, timing=QUICK, node_id=1, memory_bytes=two):
            assert eventually(shares(first, 2, 2))
        assert eventually(lambda: sorted(first.states("n")) == ["errored", "errored", "running", "running"])
        remove_all(first)


def test_a_long_backlog_does_not_fill_the_memory(kafka: TestKafka, tmp_path: Path) -> None:
    source, target = kafka.topic(), kafka.topic()
    produce_bytes(kafka, source, 120_000_000)
    with host_process(kafka, tmp_path / "a") as (process, api):
        offset = {"format": "from_start", "value": 0}
        assert api.deploy("n", source, [target], guests.wasm(), offset=offset).status_code == 200
        assert eventually(
            lambda: [each["lag"] for each in api.listing()[0]["status"]] == [0] and api.states("n") == ["running"], 30
        )
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak_mib = int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) // 1024
        print(f"peak {peak_mib} MiB")
        assert peak_mib < 300
        remove_all(api)


def produce_bytes(kafka: TestKafka, topic: str, size: int) -> None:
    producer = client.producer(kafka.settings, linger_ms=20)
    for _ in range(size // 10_000):
        producer.produce(topic, value=b"x" * 10_000, partition=0)
        producer.poll(0)
    assert producer.flush(60) == 0
