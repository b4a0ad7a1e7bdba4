"""A command line whose settings name the session's broker."""

import pytest

from tests.cli.harness import Cli
from tests.kafka.fixture import TestKafka


@pytest.fixture
def on_kafka(cli: Cli, kafka: TestKafka) -> Cli:
    """The command line on the real broker, by RPK_BROKERS as scripts set it."""
    cli.env["RPK_BROKERS"] = kafka.bootstrap
    return cli
