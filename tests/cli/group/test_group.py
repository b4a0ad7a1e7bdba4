"""`rpkpy group`."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from rpkpy.kafka import client
from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka

if TYPE_CHECKING:
    from confluent_kafka import Consumer

pytestmark = pytest.mark.kafka


@pytest.fixture
def filled(kafka: TestKafka) -> str:
    """A topic of two partitions, ten records in the first, five in the second, a second apart."""
    topic = kafka.topic(partitions=2, retention_ms="-1")
    producer = client.producer(kafka.settings)
    for partition, count in ((0, 10), (1, 5)):
        for number in range(count):
            producer.produce(topic, value=b"v", partition=partition, timestamp=1_600_000_000_000 + 1000 * number)
    assert producer.flush(20) == 0
    return topic


def commit(kafka: TestKafka, group: str, topic: str, *offsets: int) -> None:
    from confluent_kafka import TopicPartition

    consumer = client.consumer(kafka.settings, group_id=group)
    places = [TopicPartition(topic, number, offset) for number, offset in enumerate(offsets)]
    consumer.commit(offsets=places, asynchronous=False)
    consumer.close()


@pytest.fixture
def group(kafka: TestKafka, filled: str) -> str:
    """An empty group that has committed 4 and 5 of `filled`."""
    name = f"group-{filled}"
    commit(kafka, name, filled, 4, 5)
    return name


@pytest.fixture
def member(kafka: TestKafka, filled: str, group: str) -> "Iterator[Consumer]":
    """A member of `group` that has both partitions of `filled`."""
    consumer = client.consumer(kafka.settings, group_id=group, client_id="the-member", enable_auto_commit=False)
    consumer.subscribe([filled])
    while not consumer.assignment():
        consumer.poll(0.1)
    yield consumer
    consumer.close()


def commits(cli: Cli, group: str) -> dict[tuple[str, int], int]:
    (found,) = json.loads(cli("group", "describe", group, "--format", "json").stdout)
    return {(each["topic"], each["partition"]): each["current_offset"] for each in found["partitions"]}


def test_list_has_the_coordinator_and_the_state(on_kafka: Cli, group: str) -> None:
    lines = [line.split() for line in on_kafka("g", "ls").stdout.splitlines()]
    assert lines[0] == ["BROKER", "GROUP", "STATE"]
    assert ["1", group, "Empty"] in lines
    assert group in on_kafka("group", "list", "-s", "empty").stdout
    assert group not in on_kafka("group", "list", "--states", "Stable,Dead").stdout


def test_describe_an_empty_group(on_kafka: Cli, group: str, filled: str) -> None:
    assert on_kafka("group", "describe", group).stdout == (
        f"GROUP             {group}\nCOORDINATOR-NODE  1\nSTATE             Empty\nBALANCER          \n".replace(
            "          \n", "\n"
        )
        + "MEMBERS           0\n"
        "TOTAL-LAG         6\n"
        "\n"
        f"{'TOPIC':<{len(filled)}}  PARTITION  CURRENT-OFFSET  LOG-START-OFFSET  LOG-END-OFFSET  LAG  MEMBER-ID"
        "  CLIENT-ID  HOST\n"
        f"{filled}  0          4               0                 10              6\n"
        f"{filled}  1          5               0                 5               0\n"
    )


def test_describe_sections(on_kafka: Cli, group: str, filled: str) -> None:
    summary = on_kafka("group", "describe", group, "-s").stdout
    partitions = on_kafka("group", "describe", group, "-c").stdout
    assert "TOTAL-LAG" in summary and filled + "  0" not in summary
    assert "TOTAL-LAG" not in partitions and filled in partitions
    by_topic = on_kafka("group", "describe", group, "-t").stdout
    assert [filled, "6"] in [line.split() for line in by_topic.splitlines()]
    assert "INSTANCE-ID" in on_kafka("group", "describe", group, "-c", "-i").stdout
    assert on_kafka("group", "describe", group, "-c", "-s").code == 2


def test_describe_members(on_kafka: Cli, group: str, member: "Consumer") -> None:
    (found,) = json.loads(on_kafka("group", "describe", group, "--format", "json").stdout)
    assert (found["state"], found["members"], found["total_lag"]) == ("Stable", 1, 6)
    assert {each["client_id"] for each in found["partitions"]} == {"the-member"}
    assert found["partitions"][0]["member_id"].startswith("the-member-")


def test_describe_by_expression_and_what_is_not_there(on_kafka: Cli, group: str) -> None:
    found = json.loads(on_kafka("group", "describe", "-r", f"{group[:-1]}.", "--format", "json").stdout)
    assert group in [each["group"] for each in found]
    missing = on_kafka("group", "describe", "never-there")
    assert (missing.code, missing.err.splitlines()[0]) == (6, 'Error: The group "never-there" does not exist.')
    assert on_kafka("group", "describe", "-r", "(").code == 2
    assert on_kafka("group", "describe", "-r", "never-.*").stdout == ""


def test_a_deleted_topic_stays_in_the_table_without_offsets(on_kafka: Cli, kafka: TestKafka) -> None:
    topic = kafka.topic()
    commit(kafka, f"g-{topic}", topic, 0)
    described: list[Any] = json.loads(on_kafka("group", "describe", f"g-{topic}", "--format", "json").stdout)
    assert described[0]["partitions"][0]["lag"] == 0
    assert on_kafka("topic", "delete", topic).code == 0
    outcome = on_kafka("group", "describe", f"g-{topic}")
    assert outcome.code in (0, 6)  # a broker may have dropped the commit with the topic, and the group with it
    assert outcome.code == 6 or "UNKNOWN_TOPIC_OR_PARTITION" in outcome.stdout or "TOTAL-LAG" in outcome.stdout


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (("--to", "start"), (0, 0)),
        (("--to", "end"), (10, 5)),
        (("--to", "1600000002"), (2, 2)),
        (("--to", "1600000007000"), (7, 5)),
        (("--to", "1600000003000000000"), (3, 3)),
        (("--to", "@1600000001000"), (1, 1)),
    ],
)
def test_seek_to(on_kafka: Cli, group: str, filled: str, flags: tuple[str, ...], expected: tuple[int, int]) -> None:
    outcome = on_kafka("group", "seek", group, *flags)
    rows = [line.split() for line in outcome.stdout.splitlines()]
    assert rows[0] == ["TOPIC", "PARTITION", "PRIOR-OFFSET", "CURRENT-OFFSET"], outcome.err
    assert rows[1:] == [[filled, "0", "4", str(expected[0])], [filled, "1", "5", str(expected[1])]]
    assert commits(on_kafka, group) == {(filled, 0): expected[0], (filled, 1): expected[1]}


def test_seek_in_new_topics_only_when_allowed(on_kafka: Cli, kafka: TestKafka, group: str, filled: str) -> None:
    new = kafka.topic()
    refused = on_kafka("group", "seek", group, "--to", "start", "--topics", f"{filled},{new}")
    assert (refused.code, "--allow-new-topics" in refused.err) == (2, True)
    assert on_kafka("group", "seek", group, "--to", "start", "--topics", new, "--allow-new-topics").code == 0
    assert commits(on_kafka, group) == {(filled, 0): 4, (filled, 1): 5, (new, 0): 0}


def test_seek_to_another_group_and_to_a_file(on_kafka: Cli, kafka: TestKafka, group: str, filled: str) -> None:
    commit(kafka, f"other-{filled}", filled, 1, 2)
    assert on_kafka("group", "seek", group, "--to-group", f"other-{filled}").code == 0
    assert commits(on_kafka, group) == {(filled, 0): 1, (filled, 1): 2}
    (on_kafka.cwd / "to.txt").write_text(f"{filled} 1 3\n")
    outcome = on_kafka("group", "seek", group, "--to-file", "to.txt", "--format", "json")
    assert json.loads(outcome.stdout) == [{"topic": filled, "partition": 1, "prior_offset": 2, "current_offset": 3}]
    assert on_kafka("group", "seek", group, "--to-file", "to.txt", "--topics", "other").code == 2
    assert on_kafka("group", "seek", group, "--to-group", "never-there").code == 6
    assert on_kafka("group", "seek", "never-there", "--to", "start").code == 6


def test_seek_makes_a_group(on_kafka: Cli, filled: str) -> None:
    new = f"new-{filled}"
    assert on_kafka("group", "seek", new, "--to", "end", "--topics", filled, "--allow-new-topics").code == 0
    assert commits(on_kafka, new) == {(filled, 0): 10, (filled, 1): 5}


def test_a_group_with_members_is_not_moved_nor_deleted(on_kafka: Cli, group: str, member: "Consumer") -> None:
    outcome = on_kafka("group", "seek", group, "--to", "start")
    assert outcome.code == 6
    assert "has members" in outcome.err
    refused = on_kafka("group", "delete", group)
    assert (refused.code, "NON_EMPTY_GROUP" in refused.stdout) == (6, True)


def test_delete(on_kafka: Cli, group: str) -> None:
    outcome = on_kafka("group", "delete", group, "never-there", "--format", "json")
    assert outcome.code == 6
    by_group = {each["group"]: each["status"] for each in json.loads(outcome.stdout)}
    assert (by_group[group], by_group["never-there"].partition(":")[0]) == ("OK", "GROUP_ID_NOT_FOUND")
    assert group not in on_kafka("group", "list").stdout


@pytest.mark.parametrize(
    "flags", [(), ("--to", "start", "--to-group", "g"), ("--to", "160000"), ("--to", "@1:2"), ("--to-file", "none")]
)
def test_where_to_seek_must_be_clear(cli: Cli, flags: tuple[str, ...]) -> None:
    assert cli("group", "seek", "g", *flags).code == 2


def test_offset_delete_says_what_to_do(cli: Cli) -> None:
    outcome = cli("group", "offset-delete", "g", "-t", "foo:0")
    assert (outcome.code, "rpkpy group delete g" in outcome.err) == (2, True)
