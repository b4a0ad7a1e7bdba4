"""`rpkpy toolchain list`."""

import json

import pytest

from rpkpy.toolchains import languages
from tests.cli.harness import Cli


def test_every_language_is_listed_even_with_nothing_installed(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = cli("toolchain", "list", "--format", "json", env={"PATH": "/nowhere"})
    assert outcome.code == 0
    listed = {entry["language"]: entry for entry in json.loads(outcome.stdout)}
    assert list(listed) == list(languages.keys())
    for language in ("go", "rust", "tinygo-no-goroutines"):
        assert listed[language]["status"] == "missing"
        assert listed[language]["problem"]
        assert listed[language]["fix"]


@pytest.mark.toolchain("c")
def test_a_tool_that_is_there(cli: Cli) -> None:
    (row,) = (line for line in cli("toolchain", "list").stdout.splitlines() if line.startswith("c "))
    assert row.split()[1] == "ok"
    wide = cli("toolchain", "list", "--format", "wide", env={"PATH": "/nowhere"}).stdout
    assert "rpkpy toolchain install tinygo" in wide
    assert "status: string" in cli("toolchain", "ls", "--format", "help").stdout
