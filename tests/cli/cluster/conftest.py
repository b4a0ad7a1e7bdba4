"""A command line whose settings name an Admin API on loopback."""

from collections.abc import Iterator

import pytest

from tests.cli.harness import Cli
from tests.cli.topic.conftest import on_kafka
from tests.fakes.cluster_config import FakeClusterConfig
from tests.redpanda.loopback import serving

__all__ = ["on_kafka"]


@pytest.fixture
def fake(cli: Cli) -> Iterator[FakeClusterConfig]:
    """The cluster that `cli` talks to."""
    fake = FakeClusterConfig()
    with serving(fake) as server:
        cli.env["RPK_ADMIN_HOSTS"] = server.address
        yield fake
