"""What the tests of the commands on deployments share."""

from collections.abc import Iterator

import pytest

from tests.cli.harness import Cli
from tests.cli.transform.planned import Shell, shell_on_a_fake


@pytest.fixture
def planned(cli: Cli) -> Iterator[Shell]:
    """A project folder beside a fake Redpanda that has no transforms."""
    with shell_on_a_fake(cli) as shell:
        yield shell
