"""`rpkpy transform init`."""

import json
from pathlib import Path

import pexpect
import pytest

from rpkpy.project import manifest
from tests.cli.harness import Cli


def test_in_a_new_folder(cli: Cli) -> None:
    outcome = cli("transform", "init", "mask-it", "--language", "c", "--pattern", "masking")
    assert outcome.code == 0
    assert outcome.stdout.splitlines()[0] == "mask-it/"
    assert "    input.jsonl" in outcome.stdout.splitlines()
    assert "  cd mask-it\n  rpkpy transform build\n" in outcome.err
    assert manifest.load(cli.home / "mask-it" / "transform.yaml").name == "mask-it"


def test_in_this_folder_as_rpk_does(cli: Cli) -> None:
    cli.cwd = cli.home / "my transform!"
    cli.cwd.mkdir()
    (cli.cwd / ".git").mkdir()
    outcome = cli("transform", "init", "-l", "cpp", "--install-deps=false")
    assert outcome.code == 0, outcome.err
    assert manifest.load(cli.cwd / "transform.yaml").name == "my-transform"
    assert "cd " not in outcome.err
    again = cli("transform", "init", "-l", "cpp")
    assert again.code == 2
    assert "There is a transform in this folder already" in again.err
    assert cli("transform", "init", "-l", "cpp", "--force", "--name", "other").code == 0
    assert manifest.load(cli.cwd / "transform.yaml").name == "other"


@pytest.mark.parametrize(("alias", "key"), [("tinygo", "tinygo-no-goroutines"), ("C++", "cpp"), ("C", "c")])
def test_aliases_are_written_as_rpk_knows_them(cli: Cli, alias: str, key: str) -> None:
    assert cli("transform", "init", "d", "--lang", alias, "-p", "IDENTITY").code == 0
    assert manifest.load(cli.home / "d" / "transform.yaml").language == key


def test_json(cli: Cli) -> None:
    outcome = cli("transform", "init", "d", "-l", "c", "--format", "json")
    made = json.loads(outcome.stdout)
    assert (made["name"], made["language"], made["pattern"]) == ("d", "c", "identity")
    assert "transform.c" in made["files"]
    assert outcome.err == ""
    assert "files: [" in cli("transform", "init", "--format", "help").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Language is needed."),
        (["-l", "cobol"], 'There is no template for "cobol".'),
        (["-l", "c", "-p", "nothing"], 'C has no pattern "nothing".'),
        (["-l", "c", "--name", "a/b"], "cannot be a transform's name"),
        (["-l", "c", "--name", ""], "cannot be a transform's name"),
        (["-l", "c", "--install-deps", "maybe"], '--install-deps cannot be "maybe".'),
        (["-l", "c", "--format", "xml"], '--format "xml" is not supported.'),
    ],
)
def test_what_cannot_be_meant(cli: Cli, arguments: list[str], words: str) -> None:
    outcome = cli("transform", "init", "d", *arguments)
    assert outcome.code == 2
    assert words in outcome.err
    assert not (cli.home / "d").exists()


def test_a_file_in_the_way(cli: Cli) -> None:
    (cli.home / "d").mkdir()
    (cli.home / "d" / "README.md").write_text("mine")
    outcome = cli("transform", "init", "d", "-l", "c")
    assert outcome.code == 2
    assert "Cause: README.md" in outcome.err
    assert [path.name for path in (cli.home / "d").iterdir()] == ["README.md"]


def test_dependencies_are_fetched_when_asked_for(cli: Cli) -> None:
    tools = cli.home / "bin"
    tools.mkdir()
    (tools / "cargo").write_text('#!/bin/sh\necho "$@" > fetched\n')
    (tools / "cargo").chmod(0o755)
    env = {"PATH": f"{tools}:/usr/bin:/bin"}
    assert cli("transform", "init", "a", "-l", "rust", env=env).code == 0
    assert not (cli.home / "a" / "fetched").exists()
    assert cli("transform", "init", "b", "-l", "rust", "--install-deps", "true", env=env).code == 0
    assert (cli.home / "b" / "fetched").read_text().startswith("fetch")
    (tools / "cargo").unlink()
    outcome = cli("transform", "init", "c", "-l", "rust", "--install-deps=true", env={"PATH": str(tools)})
    assert outcome.code == 7
    assert (cli.home / "c" / "transform.yaml").exists()


def test_the_next_steps_can_be_pasted(cli: Cli) -> None:
    outcome = cli("transform", "init", "my folder", "-l", "c")
    assert "\n  cd 'my folder'\n" in outcome.err


def test_questions_on_a_terminal(tmp_path: Path) -> None:
    import os
    import sys

    env = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm"}
    env.pop("CI", None)
    shell = pexpect.spawn(sys.executable, ["-m", "rpkpy", "transform", "init", "d"], cwd=str(tmp_path), env=env)
    shell.expect("Language: ")
    assert b"tinygo-with-goroutines" in shell.before
    assert max(map(len, shell.before.splitlines())) <= 80
    shell.sendline("c")
    shell.expect(r"Pattern \[identity\]: ")
    shell.sendline("masking")
    shell.expect("Created d, a transform in C.")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 0
    assert (tmp_path / "d" / "mask.c").exists()
