"""`rpkpy profile`: rpk's words on rpk's file."""

import json
from pathlib import Path

from tests.cli.harness import Cli


def test_list(cli: Cli, file: Path) -> None:
    outcome = cli("profile", "list")
    assert (outcome.code, outcome.stdout, outcome.err) == (0, "NAME  DESCRIPTION\np1*   desc\np2\n", "")
    assert cli("profile", "ls").stdout == outcome.stdout
    assert json.loads(cli("profile", "list", "--format", "json").stdout) == [
        {"name": "p1", "description": "desc", "current": True},
        {"name": "p2", "description": "", "current": False},
    ]


def test_without_a_file(cli: Cli) -> None:
    assert cli("profile", "list").stdout == "NAME  DESCRIPTION\n"
    assert cli("profile", "current").stdout == "\n"
    assert cli("profile", "print").code == 2
    assert not (cli.home / ".config").exists()


def test_use_and_current(cli: Cli, file: Path) -> None:
    assert cli("profile", "current").stdout == "p1\n"
    assert cli("profile", "use", "p2").stdout == 'Set current profile to "p2".\n'
    assert cli("profile", "current", "-n").stdout == "p2"
    assert cli("profile", "current", "--profile", "p1").stdout == "p1\n"
    assert cli("profile", "current", env={"RPK_PROFILE": "p1"}).stdout == "p1\n"
    missing = cli("profile", "use", "zz")
    assert (missing.code, missing.stdout) == (2, "")
    assert 'profile "zz" does not exist' in missing.err
    assert "p1, p2" in missing.err


def test_print_masks_secrets(cli: Cli, file: Path) -> None:
    outcome = cli("profile", "print", "p2")
    assert outcome.code == 0
    assert "hush" not in outcome.stdout
    assert "[REDACTED]" in outcome.stdout
    assert "user: u" in outcome.stdout
    assert "hush" in cli("profile", "print", "p2", "--show-secrets").stdout
    assert cli("profile", "print").stdout.startswith("name: p1\n")
    assert cli("profile", "print", "--profile", "p2").stdout == outcome.stdout


def test_another_file(cli: Cli, file: Path) -> None:
    (cli.cwd / "other.yaml").write_text("current_profile: q\nprofiles: [{name: q}]\n")
    assert cli("profile", "list", "--config", "other.yaml").stdout == "NAME  DESCRIPTION\nq*\n"
    assert cli("--config", "other.yaml", "profile", "current").stdout == "q\n"


def test_x_list_and_help_answer_anywhere(cli: Cli) -> None:
    for args in (["-X", "list"], ["profile", "use", "-X", "list"], ["transform", "list", "-X", "list"]):
        outcome = cli(*args)
        assert outcome.code == 0
        assert "admin.hosts=localhost:9644,rp.example.com:9644\n" in outcome.stdout
    assert "RPK_ADMIN_HOSTS or REDPANDA_API_ADMIN_ADDRS" in cli("-X", "help").stdout


def test_a_file_others_may_read_is_warned_about(cli: Cli, file: Path) -> None:
    file.chmod(0o644)
    outcome = cli("transform", "list", "-X", "admin.hosts=127.0.0.1:1", "-X", "globals.command_timeout=1s")
    assert outcome.code == 5
    assert outcome.err.count("Warning: ") == 1
    assert f"chmod 600 {file}" in outcome.err
    assert "hush" not in outcome.err
