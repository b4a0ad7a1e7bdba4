"""A command line with a local cluster of its own, ended after the test."""

from collections.abc import Iterator

import pytest

from tests.cli.harness import Cli
from tests.kafka.fixture import shared_cache


@pytest.fixture
def local(cli: Cli) -> Iterator[Cli]:
    """The command line in a home of its own, with the jars that all tests share."""
    cli.env["RPKPY_CACHE_DIR"] = str(shared_cache())
    yield cli
    assert cli("local", "purge", "--no-confirm").code == 0
