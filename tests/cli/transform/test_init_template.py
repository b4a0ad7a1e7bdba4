"""`rpkpy transform init --template` and `patterns --template`: templates that are not rpkpy's."""

import json
from pathlib import Path

import pytest

from tests.cli.harness import Cli
from tests.project.scaffold.repository import Repository
from tests.project.scaffold.written import TOML, template

VALUES = """
[values.team]
description = "Whose transform it is"
pattern = "[a-z]+"
[values.size]
type = "integer"
choices = [3, 5]
default = 3
[values.note]
default = ""
"""


@pytest.fixture
def mine(cli: Cli) -> Path:
    """A template with values, in the shell's folder."""
    return template(
        cli.home / "mine",
        {"project/team.txt.j2": "{{ values.team }} {{ values.size }}{{ values.note }}"},
        TOML + VALUES,
    )


def test_values_by_flags_and_by_file(cli: Cli, mine: Path) -> None:
    outcome = cli("transform", "init", "d", "--template", "./mine", "--set", "team=billing", "--set", "size=5")
    assert outcome.code == 0, outcome.err
    assert "team.txt" in outcome.stdout
    assert (cli.home / "d/team.txt").read_text() == "billing 5"
    (cli.home / "values.toml").write_text('team = "ops"\nsize = 5\n')
    assert cli("transform", "init", "e", "--template", "mine", "--values", "values.toml", "--set", "size=3").code == 0
    assert (cli.home / "e/team.txt").read_text() == "ops 3"
    again = cli("transform", "init", "f", "--template", "mine", "--values", "e/.rpkpy-template.toml")
    assert again.code == 0, again.err
    assert (cli.home / "f/team.txt").read_text() == "ops 3"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "needs a value for `team`"),
        (["--set", "team"], '--set "team" is no value'),
        (["--set", "tem=x"], "Did you mean `team`?"),
        (["--set", "team=X"], "does not match [a-z]+"),
        (["--values", "nowhere.toml"], "The file nowhere.toml cannot be read"),
        (["--values", "list.toml"], "must be a table"),
        (["--set", "team=a", "-l", "rust"], 'no template for "rust"'),
        (["--set", "team=a", "-p", "masking"], 'no pattern "masking"'),
    ],
)
def test_what_cannot_be_meant(cli: Cli, mine: Path, arguments: list[str], words: str) -> None:
    (cli.home / "list.toml").write_text("values = [1]\n")
    outcome = cli("transform", "init", "d", "--template", "mine", *arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert not (cli.home / "d").exists()


def test_our_own_templates_ask_for_nothing(cli: Cli) -> None:
    outcome = cli("transform", "init", "d", "-l", "c", "--set", "x=1")
    assert outcome.code == 2 and "It asks for none." in outcome.err


def test_a_branch_is_said_and_its_commit_is_in_the_json(cli: Cli) -> None:
    repository = Repository(cli.home / "repository")
    template(repository.root / "mine", {})
    commit = repository.commit()
    outcome = cli("transform", "init", "d", "--template", f"{repository.url}#mine", "--format", "json")
    assert outcome.code == 0, outcome.err
    origin = {"template": f"{repository.url}@{commit}#mine", "ref": "main", "commit": commit}
    assert json.loads(outcome.stdout)["origin"] == origin
    assert f"Warning: main is a branch, which moves on; it is at {commit} now." in outcome.err
    pinned = cli("transform", "init", "e", "--template", origin["template"])
    assert pinned.code == 0 and "Warning" not in pinned.err


def test_commands_are_said_and_not_run(cli: Cli) -> None:
    ran = cli.home / "ran"
    template(cli.home / "mine", {}, TOML + f'install = [["touch", "{ran}", "\\u001b[31m"]]\n')
    outcome = cli("transform", "init", "d", "--template", "mine", "--install-deps", "true")
    assert outcome.code == 0
    assert not ran.exists()
    assert f"Warning: The template names commands to run in the project; rpkpy does not:\n  touch {ran}" in outcome.err
    assert "\x1b" not in outcome.err + outcome.stdout


def test_its_text_cannot_steer_the_terminal(cli: Cli) -> None:
    escape = "\\u001b]0;x\\u0007"
    toml = TOML.replace("Mine", f"Mine{escape}").replace("a compiler", f"a compiler{escape}")
    described = f'summary = "Count{escape}"\npicture = "in{escape}"\n'
    template(cli.home / "mine", {f"patterns/{name}/pattern.toml": described for name in ("a", "b")}, toml)
    for arguments in (["init", "d", "-p", "a"], ["init", "d", "-p", "c"], ["patterns"], ["patterns", "--format=wide"]):
        outcome = cli("transform", *arguments, "--template", "mine")
        assert "\x1b" not in outcome.err + outcome.stdout
        assert "\\x1b" in outcome.err + outcome.stdout


def test_patterns_of_its_own(cli: Cli) -> None:
    described = 'summary = "Count"\npicture = "in -> out"\n'
    template(cli.home / "mine", {f"patterns/{name}/pattern.toml": described for name in ("count", "sum")})
    listed = json.loads(cli("transform", "patterns", "--template", "mine", "--format", "json").stdout)
    assert [(offer["name"], offer["languages"]) for offer in listed] == [("count", ["c"]), ("sum", ["c"])]
    outcome = cli("transform", "init", "d", "--template", "mine")
    assert outcome.code == 2 and "--pattern with one of count, sum" in outcome.err
    assert cli("transform", "init", "d", "--template", "mine", "-p", "sum").code == 0
    assert not (cli.home / "d/pattern.toml").exists()


def test_patterns_of_a_template_that_has_none(cli: Cli, mine: Path) -> None:
    outcome = cli("transform", "patterns", "--template", "mine")
    assert (outcome.code, outcome.stdout) == (0, "") and "has no patterns" in outcome.err
    assert cli("transform", "patterns", "--template", "mine", "--format", "json").stdout == "[]\n"


def test_questions_on_a_terminal(cli: Cli, mine: Path) -> None:
    shell = cli.terminal("transform", "init", "d", "--template", "mine")
    shell.expect("Whose transform it is\r\nteam: ")
    shell.sendline("B1")
    shell.expect("cannot be 'B1'")
    shell.expect("team: ")
    shell.sendline("billing")
    shell.expect(r"size \(3, 5\) \[3\]: ")
    shell.sendline("")
    shell.expect_exact('note [""]: ')
    shell.sendline("")
    shell.expect("Created d, a transform in Mine.")
    shell.expect("\r\n$|rpkpy transform deploy")
    shell.wait()
    assert (cli.home / "d/team.txt").read_text() == "billing 3"
