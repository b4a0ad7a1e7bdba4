"""A record that one output refuses, while others take it."""

import pytest

from tests.host import guests
from tests.host.harness import Api, eventually, produce, values_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("guarantee", ["at-least-once", "exactly-once"])
def test_a_record_that_one_of_two_outputs_refuses_is_left_out(api: Api, kafka: TestKafka, guarantee: str) -> None:
    """Three refused records in a row: what was decided of the first stays when the second fails the transaction."""
    source, compact, plain = kafka.topic(), kafka.topic(cleanup_policy="compact"), kafka.topic()
    produce(kafka.settings, source, ["a"], key=b"k")
    produce(kafka.settings, source, ["no key"] * 3)
    produce(kafka.settings, source, ["b"], key=b"k")
    name = f"n-{source}"
    answer = api.deploy(
        name,
        source,
        [compact, plain],
        guests.wasm(*guests.fan_out([compact, plain])),
        offset={"format": "from_start", "value": 0},
        rpkpy={"on_error": "skip", "guarantee": guarantee},
    )
    assert answer.status_code == 200, answer.text
    assert values_of(kafka.settings, compact, 2) == ["a", "b"]
    assert eventually(lambda: api.entry(name)["status"][0]["lag"] == 0)
