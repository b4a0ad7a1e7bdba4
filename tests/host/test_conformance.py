"""What Redpanda's own tests ask of transforms, asked of this host; docs/conformance.md says which is whose."""

import hashlib
import time
from typing import Any

import pytest

from rpkpy.kafka import client
from tests.cli.harness import Cli
from tests.host import guests
from tests.host.harness import Api, eventually, logged, produce, values, values_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

PARTITIONS = 9


def test_memory_is_limited(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm(guests.ALLOCATE)).status_code == 200
    produce(kafka.settings, source, ["small+", "big!"])
    assert values_of(kafka.settings, target, 1) == ["small+"]
    assert eventually(lambda: api.states("n") == ["errored"])
    assert values(kafka.settings, target) == ["small+"]


def test_a_guest_that_gives_up_at_a_record_gives_up_at_it_again(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = f"n-{source}"  # its log is its own
    assert api.deploy(name, source, [target], guests.wasm(guests.EXIT_ON_MARK)).status_code == 200
    produce(kafka.settings, source, ["a", "bad!", "b"])
    assert eventually(lambda: [body for _, body in logged(kafka.settings, name) if "Next attempt" in body][1:])
    assert all("offset 1" in body for _, body in logged(kafka.settings, name))
    assert values(kafka.settings, target) == ["a"]


def test_transforms_of_one_topic_each_get_every_record(api: Api, kafka: TestKafka) -> None:
    source, targets = kafka.topic(), {"n1": kafka.topic(), "n2": kafka.topic()}
    for name, target in targets.items():
        assert api.deploy(name, source, [target], guests.wasm()).status_code == 200
    assert eventually(lambda: [api.states(name) for name in targets] == [["running"]] * 2)
    produce(kafka.settings, source, ["a", "b"])
    for target in targets.values():
        assert values_of(kafka.settings, target, 2) == ["a", "b"]


def test_stopped_twice_is_stopped_and_started_twice_runs_once(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    for _ in range(2):
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    for _ in range(2):
        assert api.patch("n", is_paused=True).status_code == 200
        assert api.states("n") == ["inactive"]
    numbers = [str(number) for number in range(500)]
    produce(kafka.settings, source, numbers)
    for _ in range(2):
        assert api.patch("n", is_paused=False).status_code == 200
    assert values_of(kafka.settings, target, len(numbers)) == numbers
    assert eventually(lambda: api.committed() == [("n", 0, len(numbers) - 1)])
    assert values(kafka.settings, target) == numbers


def test_a_record_of_which_nothing_is_made_is_done_with(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm(guests.DROP_ON_MARK)).status_code == 200
    for offset, value in enumerate(["a", "left out!", "b"]):
        produce(kafka.settings, source, [value])
        assert eventually(lambda at=offset: api.committed() == [("n", 0, at)])  # type: ignore[misc]
    assert values(kafka.settings, target) == ["a", "b"]


def test_the_lag_is_not_off_by_one(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    assert eventually(lambda: api.states("n") == ["running"])
    assert api.lags("n") == [0]
    produce(kafka.settings, source, ["a"])
    assert values_of(kafka.settings, target, 1) == ["a"]
    assert eventually(lambda: api.lags("n") == [0])
    assert api.patch("n", is_paused=True).status_code == 200
    produce(kafka.settings, source, ["b"])
    assert eventually(lambda: api.lags("n") == [1])


def test_the_lag_does_not_overflow_where_nothing_is_committed(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    assert api.patch("n", is_paused=True).status_code == 200
    produce(kafka.settings, source, ["a"])
    seen: set[int] = set()

    def stands_at(lag: int) -> bool:
        (found,) = api.lags("n")
        seen.add(found)
        return found == lag

    assert eventually(lambda: stands_at(1))
    assert api.patch("n", is_paused=False).status_code == 200
    assert eventually(lambda: api.states("n") == ["running"] and stands_at(0))
    assert values_of(kafka.settings, target, 1) == ["a"]
    assert seen <= {0, 1}


def test_each_output_has_progress_of_its_own(api: Api, kafka: TestKafka) -> None:
    source, small, large = kafka.topic(), kafka.topic(max_message_bytes="2000"), kafka.topic()
    wasm = guests.wasm(*guests.fan_out([small, large]))
    # compressed, so that the broker and not the host refuses; a mess of bytes, so that compression does not help
    assert api.deploy("n", source, [small, large], wasm, compression="lz4").status_code == 200
    produce(kafka.settings, source, ["a"])
    assert eventually(lambda: api.committed() == [("n", 0, 0), ("n", 0, 0)])
    big = "".join(hashlib.sha256(bytes([index])).hexdigest() for index in range(160))
    produce(kafka.settings, source, [big])
    assert eventually(lambda: api.committed() == [("n", 0, 0), ("n", 0, 1)])
    assert (values(kafka.settings, small), values(kafka.settings, large)) == (["a"], ["a", big])
    kafka.configure(small, max_message_bytes="1000000")
    assert eventually(lambda: api.committed() == [("n", 0, 1), ("n", 0, 1)])
    assert values(kafka.settings, small) == values(kafka.settings, large) == ["a", big]


@pytest.mark.parametrize("wait_running", [True, False])
@pytest.mark.parametrize("transactional", [False, True])
def test_identity(api: Api, kafka: TestKafka, transactional: bool, wait_running: bool) -> None:
    source, target = kafka.topic(partitions=PARTITIONS), kafka.topic(partitions=PARTITIONS)
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    if wait_running:
        assert eventually(lambda: api.states("n") == ["running"] * PARTITIONS)
    written = write(kafka, source, transactional)
    for partition, expected in enumerate(written):
        assert values_of(kafka.settings, target, len(expected), partition) == expected


@pytest.mark.parametrize(
    "offset",
    [
        "@9223372036854775807",
        "+NaN",
        "-9223372036854775808",
        "@1790000000000.25",
        "@-10",
        "--10",
        "+-10",
    ],
)
def test_junk_offsets_are_refused(api: Api, topics: tuple[str, str], cli: Cli, offset: str) -> None:
    file = cli.home / "n.wasm"
    file.write_bytes(guests.wasm())
    command = ("transform", "deploy", "--file", str(file), "--name", "n", "-i", topics[0], "-o", topics[1])
    outcome = cli(*command, f"--from-offset={offset}", "-X", f"admin.hosts={api.url.removeprefix('http://')}")
    assert outcome.code != 0
    assert "offset" in outcome.err.lower()
    assert api.listing() == []


@pytest.fixture(scope="module")
def topics(kafka: TestKafka) -> tuple[str, str]:
    return kafka.topic(), kafka.topic()


def write(kafka: TestKafka, topic: str, transactional: bool) -> list[list[str]]:
    """About a megabyte in records of a kilobyte; with `transactional`, every other transaction is aborted.

    Returns what is to be read of each partition.
    """
    identity: dict[str, Any] = {"transactional_id": f"t-{topic}"} if transactional else {}
    producer = client.producer(kafka.settings, **identity)
    kept: list[list[str]] = [[] for _ in range(PARTITIONS)]
    if transactional:
        producer.init_transactions(20)
    for part in range(6):
        aborted = transactional and part % 2 == 0
        if transactional:
            producer.begin_transaction()
        for number in range(20):
            for partition in range(PARTITIONS):
                value = f"{part}.{number} of {partition} ".ljust(1_000, "x")
                producer.produce(topic, value=value, partition=partition)
                kept[partition] += [] if aborted else [value]
        assert producer.flush(20) == 0
        if transactional:
            producer.abort_transaction(20) if aborted else producer.commit_transaction(20)
    return kept


def test_a_patch_reaches_every_partition(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(partitions=PARTITIONS), kafka.topic(partitions=PARTITIONS)
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    assert eventually(lambda: api.states("n") == ["running"] * PARTITIONS)
    assert api.patch("n", is_paused=True).status_code == 200
    assert api.states("n") == ["inactive"] * PARTITIONS
    time.sleep(1)  # some of the host's looks at what is deployed
    assert api.states("n") == ["inactive"] * PARTITIONS
    first = [{"key": "FOO", "value": "bar"}, {"key": "BAZ", "value": "quux"}]
    patches: list[dict[str, Any]] = [
        {"is_paused": False, "env": first},
        {"env": [{"key": "FOO", "value": "bells"}]},
        {"env": []},
    ]
    for patch in patches:
        assert api.patch("n", **patch).status_code == 200
        assert api.entry("n")["environment"] == patch["env"]
        assert eventually(lambda: api.states("n") == ["running"] * PARTITIONS)


def test_offsets_of_every_partition_are_cleaned_up(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(partitions=PARTITIONS), kafka.topic(partitions=PARTITIONS)
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    for partition in range(PARTITIONS):
        produce(kafka.settings, source, ["a"], partition=partition)
    assert eventually(lambda: api.committed() == [("n", partition, 0) for partition in range(PARTITIONS)])
    assert api.http.delete("/v1/transform/n").status_code == 200
    assert api.http.post("/v1/transform/debug/committed_offsets/garbage_collect").status_code == 200
    assert api.http.get("/v1/transform/debug/committed_offsets?show_unknown=true").json() == []


def test_eight_outputs(api: Api, kafka: TestKafka) -> None:
    source, targets = kafka.topic(partitions=3), [kafka.topic(partitions=3) for _ in range(8)]
    assert api.deploy("n", source, targets, guests.wasm(*guests.fan_out(targets))).status_code == 200
    for partition in range(3):
        produce(kafka.settings, source, [f"{partition}-{number}" for number in range(100)], partition=partition)
    for partition in range(3):
        expected = [f"{partition}-{number}" for number in range(100)]
        for target in targets:
            assert values_of(kafka.settings, target, 100, partition) == expected
