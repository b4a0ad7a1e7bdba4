"""`rpkpy transform resume`."""

from tests.cli.harness import Cli
from tests.redpanda.loopback import always, serving


def test_the_project_is_meant_where_no_name_is_given(cli: Cli) -> None:
    (cli.cwd / "transform.yaml").write_text("name: mask\n")
    with serving(always()) as server:
        assert cli("transform", "resume", "-X", f"admin.hosts={server.address}").stdout == "Transform resumed!\n"
        assert (server.asked[0].method, server.asked[0].path) == ("PUT", "/v1/transform/mask/meta")
        assert server.asked[0].body == b'{"is_paused":false}'


def test_no_name_and_no_project(cli: Cli) -> None:
    outcome = cli("transform", "resume")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert "Which transform is meant?" in outcome.err
