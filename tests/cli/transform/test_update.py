"""`rpkpy transform update`: the patch, and what it leaves alone."""

import json

import pytest

from tests.cli.transform.planned import Shell


def test_the_other_variables_stay(planned: Shell) -> None:
    assert planned("deploy").code == 0
    outcome = planned("update", "mask", "--var", "FIELDS=a,b", "--var", "NEW=x=y", "--no-confirm")
    assert (outcome.code, outcome.stdout) == (0, 'transform "mask" updated.\n'), outcome.err
    assert "~ env.FIELDS  ssn → a,b" in outcome.err
    asked = planned.node.asked[-1]
    assert (asked.method, asked.path) == ("PUT", "/v1/transform/mask/meta")
    assert json.loads(asked.body) == {
        "env": [
            {"key": "FIELDS", "value": "a,b"},
            {"key": "KEEP", "value": "1"},
            {"key": "NEW", "value": "x=y"},
        ]
    }


def test_only_what_changes_is_sent(planned: Shell) -> None:
    assert planned("deploy").code == 0
    assert planned("update", "--compression", "ZSTD", "--var", "KEEP=1", "--no-confirm").code == 0
    assert json.loads(planned.node.asked[-1].body) == {"compression": "zstd"}
    assert planned("update", "--unset", "KEEP", "--unset", "FIELDS", "--no-confirm").code == 0
    assert json.loads(planned.node.asked[-1].body) == {"env": []}


def test_what_is_so_already_is_not_sent(planned: Shell) -> None:
    assert planned("deploy").code == 0
    outcome = planned("update", "--var", "KEEP=1", "--compression", "gzip")
    assert (outcome.code, outcome.stdout) == (0, 'transform "mask" is so already: no change.\n')
    assert len(planned.changes()) == 1


def test_an_update_from_here_is_no_drift(planned: Shell) -> None:
    assert planned("deploy").code == 0
    assert planned("update", "--var", "KEEP=2", "--no-confirm").code == 0
    assert planned.json("diff", "--var", "KEEP=2")["action"] == "none"
    assert planned("deploy", "--strict", "--dry-run").code == 0


def test_an_update_of_what_somebody_else_changed_makes_it_nobodys(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.set_variables(FIELDS="theirs", KEEP="1")
    assert planned("update", "--var", "KEEP=2", "--no-confirm").code == 0
    assert planned.json("diff")["module"]["known_from"] == "nobody"
    assert planned("deploy", "--strict").code == 8


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ([], 2, "Nothing is to be changed"),
        (["--var", "A=1", "--unset", "A"], 2, "say the opposite"),
        (["--unset", "NONE"], 2, "It has FIELDS, KEEP."),
        (["--compression", "brotli"], 2, "none, gzip"),
        (["--var", "REDPANDA_X=1"], 2, "REDPANDA_"),
        (["--var", "A"], 2, "missing value"),
        (["other", "--var", "A=1"], 6, "These are deployed: mask."),
        (["--var", "A=1"], 2, "Pass --no-confirm"),
    ],
)
def test_what_cannot_be_meant(planned: Shell, args: list[str], code: int, said: str) -> None:
    assert planned("deploy").code == 0
    outcome = planned("update", *args)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert said in outcome.err
    assert len(planned.changes()) == 1


def test_too_many_variables(planned: Shell) -> None:
    assert planned("deploy").code == 0
    planned.set_variables(**{f"K{number}": "v" for number in range(128)})
    outcome = planned("update", "--var", "MORE=1", "--no-confirm")
    assert outcome.code == 2
    assert "at most 128" in outcome.err


def test_on_a_terminal_it_is_confirmed(planned: Shell) -> None:
    assert planned("deploy").code == 0
    code, stdout, shown = planned.typed("n\n", "update", "mask", "--var", "A=1")
    assert (code, stdout) == (1, "")
    assert "+ env.A  1" in shown
    assert len(planned.changes()) == 1
    assert planned.typed("y\n", "update", "mask", "--var", "A=1")[0] == 0
    assert len(planned.changes()) == 2
