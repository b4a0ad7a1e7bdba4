"""What tests with hosts of their own leave behind when they fail: nothing that would be in the way of others."""

import pytest

from tests.host import guests
from tests.host.harness import running_host, state_of
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka


class Broken(Exception):
    """Stands for whatever a test fails of."""


@pytest.mark.xfail(raises=Broken, reason="it is made to fail")
def test_that_fails_with_a_transform_deployed(kafka: TestKafka) -> None:
    source, target = kafka.topic(), kafka.topic()
    with running_host(kafka.settings) as api:
        assert api.deploy("n", source, [target], guests.wasm()).status_code == 200
        raise Broken


def test_nothing_of_it_is_left(kafka: TestKafka) -> None:
    assert all(not records for records in state_of(kafka.settings).values())
