"""What guests print, as records of the log topic."""

import json
import time

import pytest

from rpkpy.redpanda import transform_logs
from tests.host import guests
from tests.host.harness import Api, consume, eventually, logged, produce
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


def test_each_write_becomes_a_record_in_the_brokers_format(api: Api, kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    name = f"n-{source}"
    assert api.deploy(name, source, [target], guests.wasm(guests.LOG)).status_code == 200
    began_ns = time.time_ns()
    produce(kafka.settings, source, ["a", "b"])
    assert eventually(lambda: len(logged(kafka.settings, name)) == 4)
    assert logged(kafka.settings, name) == [(9, "hello\n"), (13, "uh-oh")] * 2
    record = next(item for item in consume(kafka.settings, transform_logs.TOPIC) if item.key == name.encode())
    assert record.value is not None
    event = json.loads(record.value)
    assert began_ns < event["timeUnixNano"] < time.time_ns()
    head, attributes = record.value.decode().split(',"attributes":')
    assert head == f'{{"body":{{"stringValue":"hello\\n"}},"timeUnixNano":{event["timeUnixNano"]},"severityNumber":9'
    assert attributes == (
        f'[{{"key":"transform_name","value":{{"stringValue":"{name}"}}}},{{"key":"node","value":{{"intValue":0}}}}]}}'
    )
    assert record.headers == ()


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
