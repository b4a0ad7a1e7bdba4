"""Changes of what is deployed by several hosts: one after the other, whole or not at all, known to all."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

from rpkpy.host.changes import TRANSACTIONAL_ID
from rpkpy.host.journal import MODULES, TRANSFORMS
from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.harness import GROUPS, QUICK, Api, eventually, produce, running_host, state_of, values_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def shared_hosts(kafka: TestKafka) -> Iterator[list[Api]]:
    with ExitStack() as stack:
        yield [stack.enter_context(running_host(kafka.settings, timing=QUICK, node_id=number)) for number in (0, 1)]


@pytest.fixture
def hosts(shared_hosts: list[Api]) -> Iterator[list[Api]]:
    """Two hosts of one Kafka; what a test deploys is deleted after it."""
    yield shared_hosts
    remove_all(shared_hosts[0])


def variable(value: str) -> dict[str, Any]:
    return {"environment": [{"key": "V", "value": value}]}


def test_what_one_host_has_answered_the_other_knows(hosts: list[Api], kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    first, second = hosts
    for _ in range(8):
        assert first.deploy("n", source, [target], guests.wasm()).status_code == 200
        assert second.patch("n", compression="lz4").status_code == 200
        assert first.deploy("n", source, [target], guests.wasm(guests.LOG)).status_code == 200
        assert second.http.delete("/v1/transform/n").status_code == 200
        answer = first.patch("n", is_paused=True)
        assert (answer.status_code, answer.json()["message"]) == (400, "Transform does not exist")
    assert all(not records for records in state_of(kafka.settings).values())


def test_any_host_answers_for_all(hosts: list[Api], kafka: TestKafka) -> None:
    source, target = kafka.topic(partitions=2), kafka.topic(partitions=2)
    assert hosts[0].deploy("n", source, [target], guests.wasm()).status_code == 200
    for partition in (0, 1):
        produce(kafka.settings, source, ["a", "b"], partition=partition)
        assert values_of(kafka.settings, target, 2, partition=partition) == ["a", "b"]
    for api in hosts:
        # one partition each, and each host knows which
        assert eventually(partial(both_run, api))
        assert eventually(partial(committed, api, [("n", 0, 1), ("n", 1, 1)]))


def both_run(api: Api) -> bool:
    (entry,) = api.listing()
    found = entry["status"]
    return [each["status"] for each in found] == ["running"] * 2 and {each["node_id"] for each in found} == {0, 1}


def committed(api: Api, expected: list[tuple[str, int, int]]) -> bool:
    rows = api.http.get("/v1/transform/debug/committed_offsets").json()
    return [(row["transform_name"], row["partition"], row["offset"]) for row in rows] == expected


def test_two_hosts_deploy_the_same_name_at_once(hosts: list[Api], kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    answers = at_once(
        *(
            partial(api.deploy, "n", source, [target], guests.wasm(), **variable(str(number)))
            for number in range(3)
            for api in hosts
        )
    )
    assert [answer.status_code for answer in answers] == [200] * 6
    # the second redeployed what the first had made: one transform, and the same one for both
    ends = [api.listing() for api in hosts]
    assert [entry["environment"] for entry in ends[0]] == [entry["environment"] for entry in ends[1]]
    state = state_of(kafka.settings)
    assert (len(state[TRANSFORMS]), len(state[MODULES])) == (1, 1)
    assert eventually(lambda: len(state_of(kafka.settings)[GROUPS]) == 1)
    produce(kafka.settings, source, ["a"])
    assert values_of(kafka.settings, target, 1) == ["a"]


def test_one_deploys_while_the_other_deletes(hosts: list[Api], kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    for _ in range(4):
        answers = at_once(
            lambda: hosts[0].deploy("n", source, [target], guests.wasm()),
            lambda: hosts[1].http.delete("/v1/transform/n"),
        )
        assert [answer.status_code for answer in answers] == [200, 200]
        names = [[entry["name"] for entry in api.listing()] for api in hosts]
        assert names[0] == names[1]
        assert names[0] in ([], ["n"])
        state = state_of(kafka.settings)
        # a module is there when its transform is, and only then
        assert len(state[TRANSFORMS]) == len(state[MODULES]) == len(names[0])
    remove_all(hosts[0])
    assert eventually(lambda: state_of(kafka.settings)[GROUPS] == {})


DIES = """
import sys
from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka import client
producer = client.producer(KafkaSettings((sys.argv[1],)), transactional_id=sys.argv[2])
producer.init_transactions(20)
producer.begin_transaction()
producer.produce(sys.argv[3], key=b"n", value=None, partition=0)
assert producer.flush(20) == 0
print("in the middle", flush=True)
sys.stdin.read()
"""


def test_a_host_that_dies_in_the_middle_of_a_change_has_changed_nothing(hosts: list[Api], kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert hosts[0].deploy("n", source, [target], guests.wasm()).status_code == 200
    command = [sys.executable, "-c", DIES, kafka.bootstrap, TRANSACTIONAL_ID, TRANSFORMS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as dying:
        assert dying.stdout is not None
        assert dying.stdout.readline() == "in the middle\n"
        dying.kill()
    for api in hosts:
        assert [entry["name"] for entry in api.listing()] == ["n"]
    # it holds nothing up: the next change ends its transaction
    assert hosts[1].deploy("m", source, [target], guests.wasm()).status_code == 200
    assert [entry["name"] for entry in hosts[0].listing()] == ["m", "n"]
    assert hosts[0].patch("n", compression="lz4").status_code == 200


def at_once(*calls: Any) -> list[Any]:
    """Make all `calls` at the same time; what they returned, in order."""
    results: list[Any] = [None] * len(calls)
    barrier = threading.Barrier(len(calls))

    def run(index: int) -> None:
        barrier.wait()
        results[index] = calls[index]()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
