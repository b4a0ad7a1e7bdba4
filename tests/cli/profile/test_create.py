"""`rpkpy profile create`."""

import stat
from pathlib import Path

import pytest

from tests.cli.harness import Cli


def printed(cli: Cli, name: str) -> str:
    return cli("profile", "print", name, "--show-secrets").stdout


def test_as_rpk_was_recorded(cli: Cli) -> None:
    """reference/wire/cfg_profile_create, _dup, _list, _prompt."""
    flags = ["-s", "admin.hosts=127.0.0.1:9999", "-s", "brokers=h1:9092,h2", "-s", 'prompt=hi-red "[%p]"']
    outcome = cli("profile", "create", "p1", *flags, "-d", "desc")
    assert (outcome.code, outcome.stdout, outcome.err) == (0, 'Created and switched to new profile "p1".\n', "")
    assert cli("profile", "list").stdout == "NAME  DESCRIPTION\np1*   desc\n"
    assert cli("profile", "prompt").stdout == "\x1b[91m[p1]\x1b[0m"
    path = cli.home / ".config" / "rpk" / "rpk.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    clash = cli("profile", "create", "p1")
    assert (clash.code, clash.stdout) == (2, "")
    assert "rpkpy profile use p1" in clash.err
    assert path.read_bytes() == before


def test_nothing_is_made_of_what_cannot_be_set(cli: Cli) -> None:
    outcome = cli("profile", "create", "p", "-s", "nope=1")
    assert (outcome.code, 'unable to find field "nope"' in outcome.err) == (2, True)
    assert not (cli.home / ".config" / "rpk" / "rpk.yaml").exists()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ([], "name cannot be empty"),
        (["p", "-s", "hunter2"], "not a key=value"),
        (["p", "--from-profile", "a", "--from-redpanda", "b"], "exclude each other"),
        (["p", "--from-profile", "zz"], 'unable to find profile "zz"'),
        (["p", "--from-redpanda", "zz.yaml"], "zz.yaml does not exist"),
        (["p", "--from-redpanda", "current"], "No redpanda.yaml was found"),
        (["--from-rpk-container"], "rpkpy local start"),
    ],
)
def test_refused(cli: Cli, monkeypatch: pytest.MonkeyPatch, args: list[str], said: str) -> None:
    from rpkpy.config import load

    monkeypatch.setattr(load, "SYSTEM_REDPANDA_YAML", cli.home / "none.yaml")
    outcome = cli("profile", "create", *args)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert said in outcome.err
    assert "hunter2" not in outcome.err


def test_from_a_profile(cli: Cli, file: Path) -> None:
    assert cli("profile", "create", "p3", "--from-profile", "p2", "-s", "user=me", "-d", "copy").code == 0
    text = printed(cli, "p3")
    assert text.startswith("name: p3\ndescription: copy\n")
    assert "h2:9092" in text
    assert "user: me" in text
    assert "hush" in text
    assert "user: u" in printed(cli, "p2")  # the original is as it was


def test_from_the_settings_of_this_run(cli: Cli, file: Path) -> None:
    args = ["profile", "create", "p3", "--from-profile", "current", "-X", "admin.tls.enabled=true"]
    assert cli(*args, env={"RPK_BROKERS": "h5:5"}).code == 0
    text = printed(cli, "p3")
    assert "h5:5" in text
    assert "127.0.0.1:9999" in text
    assert "tls: {}" in text


def test_from_files(cli: Cli, file: Path) -> None:
    (cli.cwd / "one.yaml").write_text("name: other\nkafka_api: {brokers: [h7:7]}\nmystery: 1\n")
    assert cli("profile", "create", "p3", "--from-profile", "one.yaml").code == 0
    assert printed(cli, "p3").startswith("name: p3\n")
    assert "mystery: 1" in printed(cli, "p3")
    (cli.cwd / "redpanda.yaml").write_text(
        "redpanda:\n  kafka_api: [{address: 0.0.0.0, port: 1234}]\n  admin: [{name: a, address: 10.0.0.1}]\n"
        "  admin_api_tls: [{name: a, enabled: true, key_file: k, cert_file: c}]\n"
        "rpk: {schema_registry: {addresses: [s]}}\n"
    )
    assert cli("profile", "create", "p4", "--from-redpanda", "current").code == 0
    text = printed(cli, "p4")
    assert all(word in text for word in ("127.0.0.1:1234", "10.0.0.1:9644", "tls: {}", "addresses: [s]"))
    assert "key_file" not in text
    whole = cli("profile", "create", "p5", "--from-profile", str(file))
    assert (whole.code, "whole rpk.yaml" in whole.err) == (2, True)
