"""What the profile tests share."""

from pathlib import Path

import pytest

from rpkpy.config import profiles
from tests.cli.harness import Cli


@pytest.fixture
def file(cli: Cli) -> Path:
    """rpk.yaml with two profiles, p1 current; p2 has a password."""
    config = cli.home / ".config"
    profiles.upsert(config, "p1", brokers=["h1:9092"], admin=["127.0.0.1:9999"], description="desc", select=True)
    path = profiles.upsert(config, "p2", brokers=["h2:9092"], admin=[])
    path.write_text(path.read_text() + "          sasl: {user: u, password: hush}\n")
    return path
