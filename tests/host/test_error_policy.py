"""What becomes of a record that fails: tried for ever, left out, or put into the dead-letter topic."""

import hashlib
import time
from typing import Any

import pytest

from rpkpy.batches.record import Record
from tests.host import guests
from tests.host.harness import (
    Api,
    consume,
    eventually,
    logged,
    produce,
    values,
    values_of,
)
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

FROM_START = {"format": "from_start", "value": 0}
MESS = b"".join(hashlib.sha256(bytes([index])).digest() for index in range(160))
"""5,120 bytes that no compression makes smaller."""


@pytest.fixture(params=["at-least-once", "exactly-once"])
def guarantee(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def deploy(api: Api, source: str, target: str, body: str, **options: Any) -> str:
    """Deploy a guest over all of `source`; the transform's name, which no other test uses."""
    name = f"n-{source}"
    compression = options.pop("compression", "none")
    answer = api.deploy(
        name, source, [target], guests.wasm(body), offset=FROM_START, compression=compression, rpkpy=options
    )
    assert answer.status_code == 200, answer.text
    return name


def counted(api: Api, name: str) -> dict[str, float]:
    """The metrics of a transform that have no further label."""
    lines = [
        line for line in api.http.get("/public_metrics").text.splitlines() if f'{{function_name="{name}"}}' in line
    ]
    return {line.split("{")[0].removeprefix("redpanda_transform_"): float(line.split()[-1]) for line in lines}


@pytest.mark.parametrize("exit", ["(unreachable)", "(call $exit (i32.const 3))"])
def test_skip_leaves_the_record_out_and_says_so(api: Api, kafka: TestKafka, guarantee: str, exit: str) -> None:
    source, target = kafka.topic(), kafka.topic()
    produce(kafka.settings, source, ["a", "bad!", "b", "worse!", "worst!", "c"])
    body = guests.on_mark(exit)
    name = deploy(api, source, target, body, on_error="skip", guarantee=guarantee)
    assert values_of(kafka.settings, target, 3) == ["a", "b", "c"]
    assert eventually(lambda: api.states(name) == ["running"])

    def said() -> list[str]:
        return [body for _, body in logged(kafka.settings, name) if "left out after 2 attempts" in body]

    assert eventually(lambda: len(said()) == 3)
    assert [body.partition("offset ")[2].split()[0] for body in said()] == ["1", "3", "4"]
    assert all(body.startswith("rpkpy host: partition 0: The record at offset") for body in said())
    assert eventually(lambda: api.entry(name)["status"][0]["lag"] == 0)
    assert counted(api, name)["failures"] == 0  # nobody waited for a backoff


def test_dlq_keeps_every_byte_and_says_where_from(api: Api, kafka: TestKafka, guarantee: str) -> None:
    source, target = kafka.topic(partitions=2), kafka.topic()
    letters = kafka.topic(partitions=3)
    headers = [("h", b"\x00\xff"), ("h", None), ("", b"")]
    produce(kafka.settings, source, ["fine"], partition=1)
    produce(
        kafka.settings, source, ["\x00bad!\xff".encode("latin-1")], 1, key=b"\xfe", headers=headers, timestamp=7_000
    )
    produce(kafka.settings, source, [b"!"], 1, key=None)
    began_ms = time.time() * 1000
    name = deploy(
        api, source, target, guests.TRAP_ON_MARK, on_error="dlq", dead_letter_topic=letters, guarantee=guarantee
    )
    eventually(lambda: len(consume(kafka.settings, letters, 1)) == 2)
    first, second = consume(kafka.settings, letters, 1)  # the input's partition
    assert (first.key, first.value) == (b"\xfe", b"\x00bad!\xff")
    assert first.headers[:3] == ((b"h", b"\x00\xff"), (b"h", None), (b"", b""))
    said = told(first)
    assert said.pop("error").startswith(f"The transform failed at the record with offset 1 of {source}, partition 1: ")
    assert said == {
        "topic": source,
        "partition": "1",
        "offset": "1",
        "timestamp": "7000",
        "transform": name,
        "attempt": "2",
    }
    assert first.timestamp_ms >= began_ms
    assert (second.key, second.value, told(second)["offset"]) == (None, b"!", "2")
    assert values(kafka.settings, target) == ["fine"]


def told(letter: Record) -> dict[str, str]:
    """What the host's headers of a dead letter say."""
    return {
        key.decode().removeprefix("rpkpy."): (value or b"").decode()
        for key, value in letter.headers
        if key.startswith(b"rpkpy.")
    }


def test_the_dead_letter_topic_has_a_name_by_default(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    refused = api.deploy("n", source, [target], guests.wasm(), rpkpy={"on_error": "dlq"})
    assert (refused.status_code, refused.json()["message"]) == (400, f"Dead-letter topic {source}.dlq does not exist")
    make_topic(kafka, f"{source}.dlq")
    produce(kafka.settings, source, ["bad!"])
    name = deploy(api, source, target, guests.TRAP_ON_MARK, on_error="dlq")
    assert api.entry(name)["rpkpy"] == {
        "on_error": "dlq",
        "dead_letter_topic": f"{source}.dlq",
        "guarantee": "at-least-once",
        "partitioner": "input",
        "timestamps": "append",
    }
    assert values_of(kafka.settings, f"{source}.dlq", 1) == ["bad!"]


def test_a_record_too_large_for_its_output_is_found_among_a_thousand(
    api: Api, kafka: TestKafka, guarantee: str
) -> None:
    source, target, letters = kafka.topic(), kafka.topic(max_message_bytes="50000"), kafka.topic()
    many = [f"{number}" for number in range(1_500)]
    produce(kafka.settings, source, [*many[:1_100], "big!", *many[1_100:]])
    deploy(api, source, target, guests.GROW_ON_MARK, on_error="dlq", dead_letter_topic=letters, guarantee=guarantee)
    assert values_of(kafka.settings, target, len(many)) == many
    (letter,) = consume(kafka.settings, letters)
    assert (letter.value, told(letter)["offset"]) == (b"big!", "1100")
    assert "max.message.bytes of the topic is 50000" in told(letter)["error"]


def test_a_record_that_the_broker_refuses_is_found_among_others(api: Api, kafka: TestKafka, guarantee: str) -> None:
    """Compressed, so that it is known only after the write: exactly once its transaction has to be begun anew."""
    source, target, letters = kafka.topic(), kafka.topic(max_message_bytes="4000"), kafka.topic()
    many = [f"{number}" for number in range(300)]
    produce(kafka.settings, source, [*many[:200], MESS, *many[200:]])
    deploy(
        api,
        source,
        target,
        guests.IDENTITY,
        compression="lz4",
        on_error="dlq",
        dead_letter_topic=letters,
        guarantee=guarantee,
    )
    # at least once, what went out beside the refused record is sent once more
    assert eventually(lambda: list(dict.fromkeys(values(kafka.settings, target))) == many)
    if guarantee == "exactly-once":
        assert values(kafka.settings, target) == many
    (letter,) = consume(kafka.settings, letters)
    assert (letter.value, told(letter)["offset"]) == (MESS, "200")
    assert "MESSAGE_TOO_LARGE" in told(letter)["error"]


def test_a_record_without_a_key_for_a_compacted_topic_is_left_out(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic(cleanup_policy="compact")
    produce(kafka.settings, source, ["a"], key=b"k")
    produce(kafka.settings, source, ["no key"])
    produce(kafka.settings, source, ["b"], key=b"k")
    name = deploy(api, source, target, guests.IDENTITY, on_error="skip")
    assert eventually(lambda: values(kafka.settings, target)[-1:] == ["b"])
    assert "no key" not in values(kafka.settings, target)
    assert eventually(lambda: api.states(name) == ["running"])


def test_a_dead_letter_topic_that_is_gone_is_no_way_out(api: Api, kafka: TestKafka, guarantee: str) -> None:
    """A policy swallows no failure of the cluster: without its topic, the record waits."""
    source, target, letters = kafka.topic(), kafka.topic(), kafka.topic()
    name = deploy(
        api, source, target, guests.TRAP_ON_MARK, on_error="dlq", dead_letter_topic=letters, guarantee=guarantee
    )
    delete_topic(kafka, letters)
    time.sleep(1)  # the host looks at topics every 0.3 s
    produce(kafka.settings, source, ["a", "bad!", "b"])
    assert eventually(lambda: api.states(name) == ["errored"])
    assert eventually(
        lambda: any(
            f"The dead-letter topic {letters} does not exist." in body for _, body in logged(kafka.settings, name)
        )
    )
    assert "b" not in values(kafka.settings, target)
    make_topic(kafka, letters)
    assert values_of(kafka.settings, target, 2) == ["a", "b"]
    assert values_of(kafka.settings, letters, 1) == ["bad!"]


def test_a_letter_too_large_for_its_topic_is_tried_for_ever(api: Api, kafka: TestKafka) -> None:
    source, target, letters = kafka.topic(), kafka.topic(), kafka.topic(max_message_bytes="1000")
    produce(kafka.settings, source, ["a", "!" * 2_000, "b"])
    name = deploy(api, source, target, guests.TRAP_ON_MARK, on_error="dlq", dead_letter_topic=letters)
    assert eventually(lambda: api.states(name) == ["errored"])
    assert eventually(
        lambda: any(f"nor to the dead-letter topic {letters}" in body for _, body in logged(kafka.settings, name))
    )
    assert values(kafka.settings, target) == ["a"]
    assert api.patch(name, rpkpy={"on_error": "skip", "dead_letter_topic": letters}).status_code == 400
    assert api.patch(name, rpkpy={"on_error": "skip"}).status_code == 200
    assert values_of(kafka.settings, target, 2) == ["a", "b"]
    assert api.entry(name)["rpkpy"]["dead_letter_topic"] is None


def test_an_output_that_is_gone_is_no_records_fault(api: Api, kafka: TestKafka, guarantee: str) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = deploy(api, source, target, guests.IDENTITY, on_error="skip", guarantee=guarantee)
    assert eventually(lambda: api.states(name) == ["running"])
    delete_topic(kafka, target)
    time.sleep(1)
    produce(kafka.settings, source, ["a", "b"])
    assert eventually(lambda: api.states(name) == ["errored"])
    make_topic(kafka, target)
    assert values_of(kafka.settings, target, 2) == ["a", "b"]


def test_a_patch_changes_the_policy_and_the_record_goes(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    produce(kafka.settings, source, ["a", "bad!", "b"])
    name = deploy(api, source, target, guests.TRAP_ON_MARK)
    assert eventually(lambda: api.states(name) == ["errored"])
    assert api.patch(name, rpkpy={"on_error": "skip"}).status_code == 200
    assert values_of(kafka.settings, target, 2) == ["a", "b"]
    assert api.entry(name)["rpkpy"]["on_error"] == "skip"


def make_topic(kafka: TestKafka, name: str) -> None:
    from rpkpy.kafka import client, topics

    (made,) = topics.create(client.admin(kafka.settings), [name], partitions=1, replicas=1, config={})
    assert made.ok, made


def delete_topic(kafka: TestKafka, name: str) -> None:
    from rpkpy.kafka import client

    admin = client.admin(kafka.settings)
    admin.wait(admin.raw.delete_topics([name])[name])
