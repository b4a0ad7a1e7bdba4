"""Fixtures that every test may use."""

from pathlib import Path

import pytest

from tests.cli.harness import Cli


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """The command line with a home folder of its own; nothing of this machine's user is read."""
    home = tmp_path / "home"
    home.mkdir()
    return Cli(home)
