"""Topics against a real broker."""

import pytest

from rpkpy.errors import RefusedError, UsageError
from rpkpy.kafka import client, topics
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


def test_a_topics_life(kafka: TestKafka) -> None:
    admin = client.admin(kafka.settings)
    name = kafka.topic(partitions=2, cleanup_policy="compact")
    topic = topics.describe(admin, name)
    assert (topic.partitions, topic.replicas, topic.internal) == (2, 1, False)
    assert [each.leader for each in topic.partition_details] == [1, 1]
    settings = {each.key: each for each in topics.configs(admin, name)}
    assert (settings["cleanup.policy"].value, settings["cleanup.policy"].source) == ("compact", "DYNAMIC_TOPIC_CONFIG")
    assert settings["segment.ms"].source == "DEFAULT_CONFIG"
    assert topics.offsets(admin, name, [0, 1]) == [topics.Offsets(0, 0, 0, 0), topics.Offsets(1, 0, 0, 0)]
    assert [outcome.status for outcome in topics.delete(admin, [name])] == ["OK"]
    with pytest.raises(RefusedError, match="does not exist"):
        topics.describe(admin, name)


def test_outcomes_are_by_topic(kafka: TestKafka) -> None:
    admin = client.admin(kafka.settings)
    there = kafka.topic()
    created = topics.create(admin, [there, "bad/name"])
    by_name = {outcome.topic: outcome for outcome in created}
    assert by_name[there].exists and not by_name[there].ok
    assert by_name["bad/name"].status.startswith("INVALID_TOPIC_EXCEPTION: ")
    (gone,) = topics.delete(admin, ["never-made"])
    assert gone.status.startswith("UNKNOWN_TOPIC_OR_PARTITION: ")


def test_validate_only_makes_nothing(kafka: TestKafka) -> None:
    admin = client.admin(kafka.settings)
    (outcome,) = topics.create(admin, ["only-asked"], validate_only=True)
    assert outcome.ok
    assert "only-asked" not in {topic.name for topic in topics.list_topics(admin)}


def test_expressions_match_whole_names_and_no_internal_topics(kafka: TestKafka) -> None:
    def topic(name: str) -> topics.Topic:
        return topics.Topic(name, 1, 1, topics.is_internal(name), ())

    known = [topic("foo"), topic("foobar"), topic("__consumer_offsets")]
    assert [each.name for each in topics.matching(known, ["foo"], regex=True)] == ["foo"]
    assert [each.name for each in topics.matching(known, [".*"], regex=True)] == ["foo", "foobar"]
    with pytest.raises(UsageError, match="not a regular expression"):
        topics.matching(known, ["("], regex=True)
    with pytest.raises(RefusedError):
        topics.matching(known, ["fo"], regex=False)
