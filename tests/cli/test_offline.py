"""Commands that need no cluster read no credentials: a configuration that cannot be used does not stop them."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from rpkpy.config import yaml_file
from tests.cli.harness import Cli
from tests.wasm import modules

SECRET = "hunter2-hunter2"


def _unreadable(file: Path) -> None:
    file.mkdir(parents=True)  # no one can read it, not even root


def _no_yaml(file: Path) -> None:
    file.write_text("profiles: [{name: p\n")


def _newer(file: Path) -> None:
    file.write_text("version: 99\n")


def _no_token(file: Path) -> None:
    file.write_text(
        "version: 6\ncurrent_profile: p\nprofiles:\n    - name: p\n      kafka_api:\n"
        f"        sasl: {{mechanism: OAUTHBEARER, user: {SECRET}}}\n"
    )


@pytest.fixture(params=[_unreadable, _no_yaml, _newer, _no_token])
def broken(request: pytest.FixtureRequest, cli: Cli) -> None:
    """An rpk.yaml that no command can use."""
    file = cli.home / ".config" / "rpk" / "rpk.yaml"
    file.parent.mkdir(parents=True)
    request.param(file)


OFFLINE: list[Sequence[str]] = [
    ["transform", "validate", "x.wasm"],
    ["transform", "run", "x.wasm", "--input", "input.jsonl"],
    ["transform", "init", "other", "-l", "c"],
    ["transform", "list", "--format", "help"],
    ["toolchain", "list"],
    ["version", "-v"],
    ["completion", "bash"],
    ["transform", "deploy", "--help"],
]


@pytest.fixture
def project(cli: Cli) -> None:
    """A folder with a module and its input; nothing of a configuration may be read in it."""
    (cli.cwd / "x.wasm").write_bytes(modules.identity())
    (cli.cwd / "input.jsonl").write_text('{"value": "1"}\n')


@pytest.mark.parametrize("args", OFFLINE, ids=" ".join)
def test_no_configuration_is_read(
    cli: Cli, project: None, args: Sequence[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(path: Path) -> None:
        raise AssertionError(f"{path} is read")

    monkeypatch.setattr(yaml_file, "read", read)
    outcome = cli(*args, env={"RPK_ADMIN_HOSTS": "", "RPK_PROFILE": "missing", "RPK_PASS": SECRET})
    assert outcome.code == 0, outcome.err
    assert SECRET not in outcome.stdout + outcome.err


@pytest.mark.usefixtures("broken")
def test_a_broken_configuration_stops_what_needs_it(cli: Cli, project: None) -> None:
    stopped = cli("transform", "list")
    assert stopped.code == 2
    assert "rpk.yaml" in stopped.err or "OAUTHBEARER" in stopped.err
    assert SECRET not in stopped.err
    assert cli("transform", "validate", "x.wasm").code == 0


@pytest.mark.toolchain("c")
@pytest.mark.usefixtures("broken")
def test_a_broken_configuration_does_not_stop_a_build(cli: Cli) -> None:
    assert cli("transform", "init", "demo", "-l", "c").code == 0
    cli.cwd = cli.home / "demo"
    cli.env |= {key: os.environ[key] for key in ("ZIG_GLOBAL_CACHE_DIR", "ZIG_LOCAL_CACHE_DIR")}
    built = cli("transform", "build", env={"RPK_ADMIN_HOSTS": "", "RPK_PROFILE": "missing"})
    assert built.code == 0, built.err
    assert (cli.cwd / "demo.wasm").exists()
    assert cli("transform", "test").code == 0
