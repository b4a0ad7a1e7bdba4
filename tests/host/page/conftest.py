"""A host whose page can be signed in to."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.host.conftest import remove_all
from tests.host.harness import Api, running_host
from tests.host.page.browsing import TOKEN, Visitor
from tests.kafka.fixture import TestKafka


@pytest.fixture(scope="module")
def shared_api(kafka: TestKafka) -> Iterator[Api]:
    """One host for a module's tests."""
    with running_host(kafka.settings, page_token=TOKEN) as api:
        yield api


@pytest.fixture
def api(shared_api: Api) -> Iterator[Api]:
    """The module's host; whatever a test deploys is deleted after it."""
    yield shared_api
    remove_all(shared_api)


@pytest.fixture
def visitor(api: Api) -> Iterator[Visitor]:
    """Somebody who is not signed in."""
    with closing(Visitor(api.url)) as visitor:
        yield visitor
