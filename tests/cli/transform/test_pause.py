"""`rpkpy transform pause`: the name, given or the project's."""

from tests.cli.harness import Cli
from tests.redpanda.loopback import always, serving


def test_the_project_is_meant_where_no_name_is_given(cli: Cli) -> None:
    (cli.cwd / "transform.yaml").write_text("name: mask\n")
    with serving(always()) as server:
        assert cli("transform", "pause", "-X", f"admin.hosts={server.address}").stdout == "Transform paused!\n"
        assert server.asked[0].path == "/v1/transform/mask/meta"
        assert server.asked[0].body == b'{"is_paused":true}'
        assert cli("transform", "pause", "other", "-X", f"admin.hosts={server.address}").code == 0
        assert server.asked[1].path == "/v1/transform/other/meta"


def test_a_broken_project_says_so(cli: Cli) -> None:
    (cli.cwd / "transform.yaml").write_text("input-topic: x\n")
    outcome = cli("transform", "pause")
    assert outcome.code == 2
    assert "`name` is missing" in outcome.err


def test_an_unknown_transform(cli: Cli) -> None:
    with serving(always(400, {"message": "Transform does not exist", "code": 400})) as server:
        outcome = cli("transform", "pause", "nope", "-X", f"admin.hosts={server.address}")
    assert outcome.code == 6
    assert "Fix: rpkpy transform list" in outcome.err


def test_an_empty_name(cli: Cli) -> None:
    assert cli("transform", "pause", "").code == 2
