"""A host on the shared Kafka; and nothing is left there by a test that fails."""

from collections.abc import Generator, Iterator
from urllib.parse import quote

import pytest

from tests.host.harness import RECORD_PATHS, Api, running_host
from tests.kafka.fixture import TestKafka

_FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep for the fixtures whether the test ended by an error, expected or not."""
    if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
        item.stash[_FAILED] = True
    return (yield)


@pytest.fixture(autouse=True)
def nothing_left_by_a_failure(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hosts of the test's own are gone when it has failed; what they had deployed would be in the way of the next."""
    kafka: TestKafka | None = request.getfixturevalue("kafka") if "kafka" in request.fixturenames else None
    yield
    if kafka is not None and request.node.stash.get(_FAILED, False):
        with running_host(kafka.settings) as api:
            remove_all(api)


@pytest.fixture(scope="module", params=RECORD_PATHS)
def record_path(request: pytest.FixtureRequest) -> str:
    """Each of the ways of records."""
    return str(request.param)


@pytest.fixture(scope="module")
def shared_api(kafka: TestKafka, record_path: str) -> Iterator[Api]:
    """One host for a module's tests, for each of the ways of records."""
    with running_host(kafka.settings, record_path=record_path) as api:
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
