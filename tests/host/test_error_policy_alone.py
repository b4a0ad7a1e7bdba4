"""Error policies under limits that are not those of the module's host, which must not share the work."""

import pytest

from tests.host import guests
from tests.host.conftest import remove_all
from tests.host.harness import limits, produce, running_host, values_of
from tests.host.test_error_policy import deploy
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


def test_out_of_fuel_is_the_records_fault_too(kafka: TestKafka, record_path: str) -> None:
    source, target = kafka.topic(), kafka.topic()
    produce(kafka.settings, source, ["a", "!", "b"])
    with running_host(kafka.settings, limits=limits(runtime_ms=100), record_path=record_path) as api:
        deploy(api, source, target, guests.SPIN_ON_MARK, on_error="skip")
        assert values_of(kafka.settings, target, 2) == ["a", "b"]
        remove_all(api)
