"""Records through deployed transforms, topic to topic: order, routing, failure, pause, deletion."""

import hashlib
import time

import pytest

from rpkpy.host.journal import TRANSFORMS
from rpkpy.kafka import client
from tests.host import guests
from tests.host.harness import GROUPS, Api, consume, eventually, logged, produce, state_of, values, values_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


def test_records_after_the_deploys_answer_are_processed(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    produce(kafka.settings, source, ["before"])
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    produce(kafka.settings, source, [str(i) for i in range(2_500)])
    assert values_of(kafka.settings, target, 2_500) == [str(i) for i in range(2_500)]


def test_keys_nulls_and_headers_pass_and_time_is_that_of_the_write(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    began_ms = int(time.time() * 1000)
    produce(kafka.settings, source, [None], key=b"k", timestamp=1_000_000, headers=[("a", b"1"), ("a", None)])
    produce(kafka.settings, source, [""])
    eventually(lambda: len(consume(kafka.settings, target)) == 2)
    first, second = consume(kafka.settings, target)
    assert (first.key, first.value, first.headers) == (b"k", None, ((b"a", b"1"), (b"a", None)))
    assert (second.key, second.value, second.headers) == (None, b"", ())
    assert first.timestamp_ms >= began_ms


@pytest.mark.parametrize("compression", ["gzip", "snappy", "lz4", "zstd"])
def test_compression(api: Api, kafka: TestKafka, compression: str) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm(), compression=compression).status_code == 200
    produce(kafka.settings, source, ["x" * 10_000] * 20)
    assert values_of(kafka.settings, target, 20) == ["x" * 10_000] * 20


def test_output_partition_follows_the_input_partition(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(partitions=5), kafka.topic(partitions=2)
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    for partition in range(5):
        produce(kafka.settings, source, [f"p{partition}"], partition=partition)
    eventually(lambda: len(values(kafka.settings, target)) + len(values(kafka.settings, target, 1)) == 5)
    assert sorted(values(kafka.settings, target, 0)) == ["p0", "p2", "p4"]
    assert sorted(values(kafka.settings, target, 1)) == ["p1", "p3"]


def test_several_outputs(api: Api, kafka: TestKafka) -> None:
    source, targets = kafka.topic(), [kafka.topic(), kafka.topic(), kafka.topic()]
    assert api.deploy("n", source, targets, guests.wasm(*guests.fan_out(targets[1:]))).status_code == 200
    produce(kafka.settings, source, ["a", "b"])
    assert values_of(kafka.settings, targets[1], 2) == ["a", "b"]
    assert values_of(kafka.settings, targets[2], 2) == ["a", "b"]
    assert values(kafka.settings, targets[0]) == []


def test_a_chain_of_transforms(api: Api, kafka: TestKafka) -> None:
    chain = [kafka.topic(partitions=9) for _ in range(4)]
    for index in range(3):
        assert api.deploy(f"n{index}", chain[index], [chain[index + 1]], guests.wasm()).status_code == 200
    for partition in range(9):
        produce(kafka.settings, chain[0], [f"{partition}-{number}" for number in range(20)], partition=partition)
    for partition in range(9):
        expected = [f"{partition}-{number}" for number in range(20)]
        assert values_of(kafka.settings, chain[3], 20, partition=partition) == expected


def test_aborted_transactions_are_not_seen_and_markers_are_passed(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    producer = client.producer(kafka.settings, transactional_id="t-" + source)
    producer.init_transactions(20)
    for value, commit in (("aborted", False), ("committed", True)):
        producer.begin_transaction()
        producer.produce(source, value=value)
        producer.flush(20)
        producer.commit_transaction(20) if commit else producer.abort_transaction(20)
    assert values_of(kafka.settings, target, 1) == ["committed"]
    # two records and two markers: progress stands at the last marker, and nothing is left to do
    assert eventually(lambda: api.committed() == [("n", 0, 3)])
    assert [status["lag"] for status in api.listing()[0]["status"]] == [0]


def test_pause_keeps_the_place(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    produce(kafka.settings, source, ["a"])
    assert values_of(kafka.settings, target, 1) == ["a"]
    assert api.patch("n", is_paused=True).status_code == 200
    assert api.states("n") == ["inactive"]
    produce(kafka.settings, source, ["b", "c"])
    time.sleep(0.5)
    assert values(kafka.settings, target) == ["a"]
    assert api.patch("n", is_paused=False).status_code == 200
    assert values_of(kafka.settings, target, 3) == ["a", "b", "c"]


def test_pauses_under_load_lose_and_repeat_nothing(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    numbers = [str(number) for number in range(100_000)]
    produce(kafka.settings, source, numbers)
    offset = {"format": "from_start", "value": 0}
    assert api.deploy("n", source, [target], guests.wasm(), offset=offset).status_code == 200
    for _ in range(12):
        assert eventually(lambda: api.states("n") == ["running"])
        assert api.patch("n", is_paused=True).status_code == 200
        assert api.states("n") == ["inactive"]
        assert api.patch("n", is_paused=False).status_code == 200
    assert values_of(kafka.settings, target, len(numbers)) == numbers


def test_a_trap_is_retried_and_never_skipped(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(partitions=2), kafka.topic(partitions=2)
    name = f"n-{source}"  # its log is its own
    assert api.deploy(name, source, [target], guests.wasm(guests.TRAP_ON_MARK)).status_code == 200
    produce(kafka.settings, source, ["a", "b", "bad!", "c"])
    produce(kafka.settings, source, ["other"], partition=1)
    assert values_of(kafka.settings, target, 2) == ["a", "b"]
    assert values_of(kafka.settings, target, 1, partition=1) == ["other"]
    assert eventually(lambda: api.states(name) == ["errored", "running"])

    def words() -> list[str]:
        return [body for severity, body in logged(kafka.settings, name) if severity == 13]

    assert eventually(lambda: len(words()) >= 3)
    assert all(body.startswith("rpkpy host: partition 0: ") and "offset 2" in body for body in words())
    assert [body.partition("Next attempt in ")[2] for body in words()[:3]] == ["0.2 s.\n", "0.4 s.\n", "0.8 s.\n"]
    assert values(kafka.settings, target) == ["a", "b"]  # once, however often it was tried
    # a redeploy during backoff takes over at the failing record
    assert api.deploy(name, source, [target], guests.wasm()).status_code == 200
    assert values_of(kafka.settings, target, 4) == ["a", "b", "bad!", "c"]


def test_a_guest_that_fails_at_its_start_is_errored(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm(start="(unreachable)")).status_code == 200
    assert eventually(lambda: api.states("n") == ["errored"])


@pytest.mark.parametrize("changes", [{"pages": 33}, {"extra_import": '(import "redpanda_transform" "nope" (func))'}])
def test_a_module_that_cannot_be_made_to_run_stays_unknown(
    api: Api, kafka: TestKafka, changes: dict[str, int | str]
) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = f"n-{source}"  # its log is its own
    assert api.deploy(name, source, [target], guests.wasm(**changes)).status_code == 200
    assert eventually(lambda: api.states(name) == ["unknown"])
    assert eventually(lambda: any("Next attempt in 30 s" in body for _, body in logged(kafka.settings, name)))


def test_a_record_too_large_for_its_topic_blocks_and_loses_nothing(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic(max_message_bytes="50000")
    name = f"n-{source}"  # its log is its own
    produce(kafka.settings, source, ["a", "b", "big!", "c"])
    offset = {"format": "from_start", "value": 0}
    assert api.deploy(name, source, [target], guests.wasm(guests.GROW_ON_MARK), offset=offset).status_code == 200
    assert values_of(kafka.settings, target, 2) == ["a", "b"]
    assert eventually(lambda: api.states(name) == ["errored"])
    assert eventually(lambda: any("max.message.bytes" in body for _, body in logged(kafka.settings, name)))
    assert api.deploy(name, source, [target], guests.wasm()).status_code == 200
    assert values_of(kafka.settings, target, 4) == ["a", "b", "big!", "c"]


def test_one_blocked_output_does_not_repeat_what_the_others_have(api: Api, kafka: TestKafka) -> None:
    """Outputs commit separately: on a retry those that were ahead leave out what they had."""
    source, small, large = kafka.topic(), kafka.topic(max_message_bytes="2000"), kafka.topic()
    name = f"n-{source}"  # its log is its own
    wasm = guests.wasm(*guests.fan_out([small, large]))
    # compressed, so that the broker and not the host refuses; a mess of bytes, so that compression does not help
    assert api.deploy(name, source, [small, large], wasm, compression="lz4").status_code == 200
    big = b"".join(hashlib.sha256(bytes([index])).digest() for index in range(160))
    produce(kafka.settings, source, ["a", big, "b"])
    assert values_of(kafka.settings, small, 1)[:1] == ["a"]
    assert eventually(lambda: len([body for _, body in logged(kafka.settings, name) if "Next attempt" in body]) >= 3)
    written = [record.value for record in consume(kafka.settings, large)]
    assert written.count(big) == 1


def test_a_deleted_name_begins_anew_and_leaves_nothing(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    offset = {"format": "from_start", "value": 0}
    produce(kafka.settings, source, ["a"])
    for count in (1, 2):
        assert api.deploy("n", source, [target], guests.wasm(), offset=offset).status_code == 200
        assert values_of(kafka.settings, target, count) == ["a"] * count
        assert eventually(lambda: api.committed() == [("n", 0, 0)])
        assert api.http.delete("/v1/transform/n").status_code == 200
        assert api.http.get("/v1/transform/debug/committed_offsets?show_unknown=true").json() == []
        assert all(not records for records in state_of(kafka.settings).values())
    assert api.http.post("/v1/transform/debug/committed_offsets/garbage_collect").status_code == 200


def test_transforms_share_a_module_until_the_last_is_deleted(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    for name in ("n1", "n2"):
        assert api.deploy(name, source, [target], guests.wasm()).status_code == 200
    assert api.http.delete("/v1/transform/n1").status_code == 200
    produce(kafka.settings, source, ["a"])
    assert values_of(kafka.settings, target, 1) == ["a"]


def test_a_module_of_many_chunks(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    data = f'(data "{"x" * 1_500_000}")'  # passive: it takes no memory
    wasm = guests.wasm(guests.IDENTITY, data)
    assert api.deploy("n", source, [target], wasm).status_code == 200
    produce(kafka.settings, source, ["a"])
    assert values_of(kafka.settings, target, 1) == ["a"]
    assert len(state_of(kafka.settings)["_rpkpy.modules"]) == 3


def test_added_partitions_are_picked_up_from_their_beginning(api: Api, kafka: TestKafka) -> None:
    from confluent_kafka.admin import NewPartitions

    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    admin = client.admin(kafka.settings)
    for future in admin.raw.create_partitions([NewPartitions(source, 3)]).values():
        admin.wait(future)
    produce(kafka.settings, source, ["new"], partition=2)
    assert values_of(kafka.settings, target, 1) == ["new"]
    assert eventually(lambda: api.states("n") == ["running"] * 3)


def test_a_deleted_input_is_errored_and_a_new_one_is_read_from_its_beginning(api: Api, kafka: TestKafka) -> None:
    from confluent_kafka.admin import NewTopic

    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    produce(kafka.settings, source, ["a", "b"])
    assert values_of(kafka.settings, target, 2) == ["a", "b"]
    admin = client.admin(kafka.settings)
    admin.wait(admin.raw.delete_topics([source])[source])
    assert eventually(lambda: api.states("n") == ["errored"])
    admin.wait(admin.raw.create_topics([NewTopic(source, 1, 1)])[source])
    produce(kafka.settings, source, ["c"])
    assert values_of(kafka.settings, target, 3) == ["a", "b", "c"]
    assert eventually(lambda: api.states("n") == ["running"])


def test_a_deleted_output_is_errored_and_recovers(api: Api, kafka: TestKafka) -> None:
    from confluent_kafka.admin import NewTopic

    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    assert eventually(lambda: api.states("n") == ["running"])
    admin = client.admin(kafka.settings)
    admin.wait(admin.raw.delete_topics([target])[target])
    time.sleep(1)  # the host looks at topics every 0.3 s
    produce(kafka.settings, source, ["a"])
    assert eventually(lambda: api.states("n") == ["errored"])
    admin.wait(admin.raw.create_topics([NewTopic(target, 1, 1)])[target])
    assert values_of(kafka.settings, target, 1) == ["a"]


def test_two_deploys_of_one_name_at_once_end_in_one_of_them(api: Api, kafka: TestKafka) -> None:
    import threading

    source, target = kafka.topic(), kafka.topic()
    answers: list[int] = []
    threads = [
        threading.Thread(
            target=lambda value: answers.append(
                api.deploy("n", source, [target], guests.wasm(), environment=[{"key": "V", "value": value}]).status_code
            ),
            args=(str(index),),
        )
        for index in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    assert len(api.listing()) == 1
    assert len(state_of(kafka.settings)[TRANSFORMS]) == 1
    produce(kafka.settings, source, ["a"])
    assert values_of(kafka.settings, target, 1) == ["a"]
    assert len(state_of(kafka.settings)[GROUPS]) == 1
