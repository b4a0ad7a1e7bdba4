"""Start offsets on a real partition: what a deploy with each of them reads."""

import time

import pytest

from rpkpy.redpanda.cluster import StartOffset
from tests.host import guests
from tests.host.harness import Api, produce, values, values_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

# Ten records, one a second, the last ten seconds ago; then `new` after the deploy.
FIRST_MS = int(time.time() * 1_000) - 19_000


@pytest.mark.parametrize(
    ("text", "first_read"),
    [
        (None, 10),
        ("+0", 0),
        ("+4", 4),
        ("+10", 9),
        ("+99", 9),
        ("-0", 10),
        ("-1", 9),
        ("-4", 6),
        ("-10", 1),
        ("-99", 1),
        ("@0", 0),
        (f"@{FIRST_MS}", 0),
        (f"@{FIRST_MS + 3_001}", 4),
        (f"@{FIRST_MS + 9_000}", 9),
        (f"@{FIRST_MS + 9_001}", 10),
        ("@33276193569000", 10),
    ],
)
def test_start_positions(api: Api, kafka: TestKafka, text: str | None, first_read: int) -> None:
    source, target = kafka.topic(retention_ms="-1"), kafka.topic()
    for index in range(10):
        produce_at(kafka, source, index)
    more = {}
    if text is not None:
        start = StartOffset.parse(text)
        more["offset"] = {"format": start.format, "value": start.value}
    assert api.deploy("n", source, [target], guests.wasm(), **more).status_code == 200
    produce(kafka.settings, source, ["new"])
    expected = [*map(str, range(first_read, 10)), "new"]
    assert values_of(kafka.settings, target, len(expected)) == expected


def test_start_positions_in_an_empty_partition(api: Api, kafka: TestKafka) -> None:
    for index, text in enumerate(["+0", "+5", "-0", "-5", "@0"]):
        source, target = kafka.topic(), kafka.topic()
        start = StartOffset.parse(text)
        offset = {"format": start.format, "value": start.value}
        assert api.deploy(f"n{index}", source, [target], guests.wasm(), offset=offset).status_code == 200
        produce(kafka.settings, source, ["new"])
        assert values_of(kafka.settings, target, 1) == ["new"]


def test_a_redeploy_does_not_go_back(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
    produce(kafka.settings, source, ["a"])
    assert values_of(kafka.settings, target, 1) == ["a"]
    offset = {"format": "from_start", "value": 0}
    assert api.deploy("n", source, [target], guests.wasm(guests.LOG), offset=offset).status_code == 200
    produce(kafka.settings, source, ["b"])
    assert values_of(kafka.settings, target, 2) == ["a", "b"]
    assert values(kafka.settings, target) == ["a", "b"]


def produce_at(kafka: TestKafka, topic: str, index: int) -> None:
    produce(kafka.settings, topic, [str(index)], timestamp=FIRST_MS + index * 1_000)
