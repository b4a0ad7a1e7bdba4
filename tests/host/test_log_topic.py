"""What guests print, as records of the log topic."""

import json
import time

import pytest

from rpkpy.redpanda import transform_logs
from tests.host import guests
from tests.host.harness import Api, consume, eventually, log_records, logged, produce
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def record_path() -> str:
    """Nothing here depends on the way of records."""
    return "auto"


@pytest.fixture(scope="module", autouse=True)
def topic(kafka: TestKafka) -> str:
    """The topic with three partitions, before the module's host first looks at it."""
    return kafka.log_topic()


def test_each_write_becomes_a_record_in_the_brokers_format(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = f"n-{source}"
    assert api.deploy(name, source, [target], guests.wasm(guests.LOG)).status_code == 200
    began_ns = time.time_ns()
    produce(kafka.settings, source, ["a", "b"])
    assert eventually(lambda: len(logged(kafka.settings, name)) == 4)
    assert logged(kafka.settings, name) == [(9, "hello\n"), (13, "uh-oh")] * 2
    record = next(item for item in log_records(kafka.settings) if item.key == name.encode())
    assert record.value is not None
    event = json.loads(record.value)
    assert began_ns < event["timeUnixNano"] < time.time_ns()
    head, attributes = record.value.decode().split(',"attributes":')
    assert head == f'{{"body":{{"stringValue":"hello\\n"}},"timeUnixNano":{event["timeUnixNano"]},"severityNumber":9'
    assert attributes == (
        f'[{{"key":"transform_name","value":{{"stringValue":"{name}"}}}},{{"key":"node","value":{{"intValue":0}}}}]}}'
    )
    assert record.headers == ()


def test_a_transforms_records_are_in_the_partition_of_its_name(api: Api, kafka: TestKafka, topic: str) -> None:
    source, target = kafka.topic(), kafka.topic()
    names = [f"p{number}-{source}" for number in range(6)]
    for name in names:
        assert api.deploy(name, source, [target], guests.wasm(guests.LOG)).status_code == 200
    produce(kafka.settings, source, ["a"])
    assert eventually(lambda: all(len(logged(kafka.settings, name)) == 2 for name in names))
    for name in names:
        own = [
            partition
            for partition in range(3)
            for record in consume(kafka.settings, topic, partition)
            if record.key == name.encode()
        ]
        assert own == [transform_logs.partition(name, 3)] * 2


def test_a_thousand_logs_are_all_there_in_order(api: Api, kafka: TestKafka, topic: str) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = f"n-{source}"
    assert api.deploy(name, source, [target], guests.wasm(guests.LOG_VALUE)).status_code == 200
    numbers = [str(number) for number in range(1_000)]
    produce(kafka.settings, source, numbers)
    partition = transform_logs.partition(name, 3)

    def bodies() -> list[str]:
        own = [record for record in consume(kafka.settings, topic, partition) if record.key == name.encode()]
        return [transform_logs.decode(record.value or b"").body for record in own]

    assert eventually(lambda: len(bodies()) >= len(numbers))
    assert bodies() == numbers


def test_the_host_says_why_a_partition_stands_still_in_words_fit_for_the_topic(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = f"n-{source}"
    wasm = guests.wasm(extra_import='(import "redpanda_transform" "a\\1b[31m\\0ab" (func))')
    assert api.deploy(name, source, [target], wasm).status_code == 200
    assert eventually(lambda: logged(kafka.settings, name))
    ((severity, body),) = logged(kafka.settings, name)
    assert severity == 13
    assert body.startswith("rpkpy host: partition 0: ")
    assert body.endswith("\n")
    assert body[:-1].isprintable()
