"""A host on the shared Kafka."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.host.harness import Api, running_host
from tests.kafka.fixture import TestKafka


@pytest.fixture(scope="module")
def shared_api(kafka: TestKafka) -> Iterator[Api]:
    """One host for a module's tests."""
    with running_host(kafka.settings) as api:
        yield api


@pytest.fixture
def api(shared_api: Api) -> Iterator[Api]:
    """The module's host; whatever a test deploys is deleted after it."""
    yield shared_api
    remove_all(shared_api)


def remove_all(api: Api) -> None:
    """Delete every transform."""
    for transform in api.listing():
        assert api.http.delete(f"/v1/transform/{quote(transform['name'], safe='')}").status_code == 200
