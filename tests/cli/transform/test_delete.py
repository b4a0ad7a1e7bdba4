"""`rpkpy transform delete`: nothing goes without a yes."""

import io
from pathlib import Path

import pytest

from rpkpy.cli.context import Context
from rpkpy.cli.main import main
from tests.cli.harness import Cli
from tests.redpanda.loopback import always, serving


def test_without_a_terminal_the_flag_is_needed(cli: Cli) -> None:
    with serving(always()) as server:
        outcome = cli("transform", "delete", "up", "-X", f"admin.hosts={server.address}", stdin=b"y\n")
        assert (outcome.code, outcome.stdout) == (2, "")
        assert "--no-confirm" in outcome.err
        assert server.asked == []


def test_the_project_is_meant_where_no_name_is_given(cli: Cli) -> None:
    (cli.cwd / "transform.yaml").write_text("name: mask\n")
    with serving(always()) as server:
        outcome = cli("transform", "delete", "--no-confirm", "-X", f"admin.hosts={server.address}")
        assert outcome.stdout == "Delete successful!\n"
        assert (server.asked[0].method, server.asked[0].path) == ("DELETE", "/v1/transform/mask")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("answer", "code", "deleted"), [("y\n", 0, True), ("YES\n", 0, True), ("n\n", 1, False), ("\n", 1, False)]
)
def test_on_a_terminal_it_asks(cli: Cli, tmp_path: Path, answer: str, code: int, deleted: bool) -> None:
    stdout, stderr = Terminal(), Terminal()
    context = Context(stdin=Terminal(answer), stdout=stdout, stderr=stderr, environ=cli.env, cwd=tmp_path)
    with serving(always()) as server:
        args = ["transform", "delete", "up", "-X", f"admin.hosts={server.address}"]
        assert main(args, context) == code
        assert [asked.path for asked in server.asked] == (["/v1/transform/up"] if deleted else [])
    assert 'Confirm deletion of transform "up"?' in stderr.getvalue()
    assert stdout.getvalue() == ("Delete successful!\n" if deleted else "")
