"""A person with an account at a cloud that answers on loopback."""

from collections.abc import Iterator

import pytest

from rpkpy.redpanda import http as admin_http
from rpkpy.redpanda.cloud import http
from tests.cli.cloud.account import Account
from tests.cli.harness import Cli
from tests.fakes.cloud import FakeCloud
from tests.redpanda.loopback import serving


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)
    monkeypatch.setattr(admin_http, "_FIRST_PAUSE_S", 0.002)


@pytest.fixture
def account(cli: Cli) -> Iterator[Account]:
    """Nobody is logged in yet."""
    fake = FakeCloud()
    with serving(fake) as server:
        yield Account(cli, fake, server)
