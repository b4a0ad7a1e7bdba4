"""`rpkpy profile set`, `rename-to`, `delete`, `clear` and the globals commands."""

from pathlib import Path

import pytest

from tests.cli.harness import Cli


def test_set_as_rpk_was_recorded(cli: Cli, file: Path) -> None:
    args = ["user=u", "pass=p", "sasl.mechanism=SCRAM-SHA-256", "admin.tls.insecure_skip_verify=true"]
    outcome = cli("profile", "set", *args)
    assert (outcome.code, outcome.stdout, outcome.err) == (0, 'Profile "p1" updated successfully.\n', "")
    text = cli("profile", "print", "--show-secrets").stdout
    assert all(word in text for word in ("user: u", "password: p", "SCRAM-SHA-256", "insecure_skip_verify: true"))
    wrong = cli("profile", "set", "nope=1")
    assert (wrong.code, 'unable to find field "nope"' in wrong.err) == (2, True)


def test_set_is_whole_or_not_at_all(cli: Cli, file: Path) -> None:
    before = file.read_bytes()
    assert cli("profile", "set", "user=x", "nope=1").code == 2
    assert file.read_bytes() == before


def test_set_of_another_profile(cli: Cli, file: Path) -> None:
    assert cli("profile", "set", "pass", "n=w", "--profile", "p2").stdout == 'Profile "p2" updated successfully.\n'
    assert "n=w" in cli("profile", "print", "p2", "--show-secrets").stdout
    assert cli("profile", "current").stdout == "p1\n"
    assert cli("profile", "set", "user=x", env={"RPK_PROFILE": "zz"}).code == 2


@pytest.mark.parametrize(
    "args", [["set", "user=u"], ["rename-to", "x"], ["delete", "x"], ["use", "x"], ["edit"], ["print"]]
)
def test_without_a_file_nothing_is_made(cli: Cli, args: list[str]) -> None:
    outcome = cli("profile", *args)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert not (cli.home / ".config").exists()


def test_rename(cli: Cli, file: Path) -> None:
    assert cli("profile", "rename-to", "p9").stdout == 'Renamed current profile to "p9".\n'
    assert cli("profile", "current").stdout == "p9\n"
    assert cli("profile", "rename", "p8", "--profile", "p2").stdout == 'Renamed profile "p2" to "p8".\n'
    assert cli("profile", "current").stdout == "p9\n"
    taken = cli("profile", "rename-to", "p8")
    assert (taken.code, 'destination profile "p8" already exists' in taken.err) == (2, True)
    assert cli("profile", "rename-to", "").code == 2


def test_delete(cli: Cli, file: Path) -> None:
    missing = cli("profile", "delete", "zz")
    assert (missing.code, 'profile "zz" does not exist' in missing.err) == (2, True)
    assert cli("profile", "delete", "p2").stdout == 'Deleted profile "p2".\n'
    assert "hush" not in file.read_text()
    first, second = cli("profile", "delete", "p1").stdout.splitlines()
    assert first == 'Deleted profile "p1".'
    assert second.startswith("This was the selected profile")
    assert cli("profile", "current").stdout == "\n"


def test_clear_is_silent(cli: Cli, file: Path) -> None:
    for _ in range(2):
        outcome = cli("profile", "clear")
        assert (outcome.code, outcome.stdout, outcome.err) == (0, "", "")
    assert cli("profile", "current").stdout == "\n"


def test_clear_makes_no_file(cli: Cli) -> None:
    assert cli("profile", "clear").code == 0
    assert not (cli.home / ".config").exists()


ZERO = """\
prompt: ''
no_default_cluster: false
command_timeout: 0s
dial_timeout: 0s
request_timeout_overhead: 0s
retry_timeout: 0s
fetch_max_wait: 0s
kafka_protocol_request_client_id: ''

"""


def test_globals(cli: Cli) -> None:
    assert cli("profile", "print-globals").stdout == ZERO
    args = ["globals.dial_timeout=5s", "globals.no_default_cluster=true"]
    assert cli("profile", "set-globals", *args).stdout == "rpk.yaml updated successfully.\n"
    shown = ZERO.replace("dial_timeout: 0s", "dial_timeout: 5s").replace("cluster: false", "cluster: true")
    assert cli("profile", "print-globals").stdout == shown
    given = cli("profile", "print-globals", "-X", "globals.dial_timeout=1s", env={"RPK_GLOBALS_PROMPT": "red"}).stdout
    assert "dial_timeout: 1s\n" in given
    assert "prompt: red\n" in given


@pytest.mark.parametrize("text", ["prompt=x", "user=u", "globals.dial_timeout=5", "globals.no_default_cluster=maybe"])
def test_what_is_no_global(cli: Cli, text: str) -> None:
    assert cli("profile", "set-globals", text).code == 2
    assert not (cli.home / ".config").exists()


def test_a_prompt_is_silent_unless_validated(cli: Cli) -> None:
    assert cli("profile", "prompt").code == 0
    assert cli("profile", "prompt", "--validate").code == 2
    cli("profile", "create", "p")
    assert cli("profile", "prompt").stdout == ""
    cli("profile", "set-globals", 'globals.prompt=bold "%n"')
    assert cli("profile", "prompt").stdout == "\x1b[1mp\x1b[0m"
    assert cli("profile", "prompt", "-X", "globals.prompt=red").stdout == "\x1b[31mp\x1b[0m"
    assert cli("profile", "prompt", "--validate").stdout == "Prompt ok! Output:\nvvv\n\x1b[1mp\x1b[0m\n^^^\n"
    cli("profile", "set", "prompt=purple")
    outcome = cli("profile", "prompt")
    assert (outcome.code, outcome.stdout, outcome.err) == (0, "", "")
    wrong = cli("profile", "prompt", "--validate")
    assert (wrong.code, 'invalid color or attribute "purple"' in wrong.err) == (2, True)
