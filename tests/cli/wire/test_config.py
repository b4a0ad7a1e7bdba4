"""Recorded runs of rpk that are about its files: profiles, variables, transform.yaml."""

import re
import socket

import pytest

from rpkpy.redpanda import http
from tests.cli.harness import Cli
from tests.cli.wire import recorded
from tests.cli.wire.table import expected

RUNS = recorded.load("config")


@pytest.mark.parametrize("name", RUNS)
def test_as_recorded(cli: Cli, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)
    run = RUNS[name]
    for path, text in run.files.items():
        file = cli.home / path.removeprefix("~/")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o600)
    asked = re.search(r'Get "http://([^/]+)', run.stderr)
    if asked and _listening(asked[1]):
        pytest.skip(f"something answers at {asked[1]}")
    outcome = cli(*run.args, env=dict(run.env))
    wanted = expected(run)
    assert (outcome.code, outcome.stdout) == (wanted.exit, wanted.stdout), outcome.err
    if asked:
        assert f"no answer from the Admin API at http://{asked[1]}." in outcome.err
    for quoted in re.findall(r'"\w+"', run.stderr) if not wanted.said else ():
        assert quoted in outcome.err
    for said in wanted.said:
        assert said in outcome.err
    if wanted.exit:
        assert outcome.err.startswith("Error: ")
        assert "Fix: " in outcome.err


def _listening(address: str) -> bool:
    host, _, port = address.partition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
