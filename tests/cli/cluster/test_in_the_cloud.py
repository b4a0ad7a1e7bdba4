"""`rpkpy cluster` with a profile for a cluster of Redpanda Cloud."""

import pytest

from tests.cli.cloud.account import PROFILE
from tests.cli.harness import Cli
from tests.fakes.cluster_config import FakeClusterConfig


@pytest.fixture
def in_cloud(cli: Cli) -> Cli:
    folder = cli.home / ".config" / "rpk"
    folder.mkdir(parents=True, mode=0o700)
    profile = PROFILE.format(kind="sso", type="TYPE_DEDICATED", url="http://127.0.0.1:1")
    (folder / "rpk.yaml").write_text(f"version: 6\ncurrent_profile: rpk-cloud\nprofiles:\n{profile}")
    (folder / "rpk.yaml").chmod(0o600)
    return cli


@pytest.mark.parametrize("command", [("health",), ("config", "list"), ("config", "set", "a", "b")])
def test_what_the_cloud_does_itself_is_refused(in_cloud: Cli, command: tuple[str, ...]) -> None:
    outcome = in_cloud("cluster", *command)
    assert (outcome.code, outcome.out) == (2, b"")
    assert "Redpanda Cloud looks after" in outcome.err and "'mycluster'" in outcome.err


def test_an_admin_api_that_is_known_is_asked(in_cloud: Cli, fake: FakeClusterConfig) -> None:
    assert in_cloud("cluster", "health").code == 0
