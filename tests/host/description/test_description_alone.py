"""The host's description of its Admin API, and the host held against it. It deletes what others deployed."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpkpy.host import openapi
from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.description.exploring import explore
from tests.host.harness import Api, eventually, produce, running_host, values_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def host(kafka: TestKafka) -> Iterator[Api]:
    with running_host(kafka.settings) as api:
        yield api
        remove_all(api)


def test_answers_are_as_described_whatever_is_asked(
    host: Api, kafka: TestKafka, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source, target = kafka.topic(), kafka.topic()
    assert host.deploy("n", source, [target], guests.wasm()).status_code == 200
    with caplog.at_level(logging.ERROR):
        found = explore(host.url, (source, target), tmp_path, examples=6, seed=1)
    assert found.ok, found.report
    assert [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR] == []
    described = {
        f"{method.upper()} {path}"
        for path, methods in openapi.document()["paths"].items()
        for method in methods
        if path != "/openapi.json"  # is read, not called
    }
    assert {call for call, status in found.answers if status == 200} == described, "each was answered well once"
    assert found.answers["POST /v1/transform/deploy", 400] >= 3
    # It works as before.
    remove_all(host)
    assert host.deploy("after", source, [target], guests.wasm()).status_code == 200
    produce(kafka.settings, source, ["a"])
    assert values_of(kafka.settings, target, 1)[-1] == "a"
    assert eventually(lambda: host.http.get("/health/ready").status_code == 200)
