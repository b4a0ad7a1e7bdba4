"""docs/testing.md: its fixtures run, its output is what the command prints, its Python passes."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rpkpy.project.fixtures import conditions, reading
from rpkpy.project.fixtures.reading import _CASE, _RECORD
from tests.cli.harness import Cli

PAGE = Path(__file__).resolve().parent.parent / "docs" / "testing.md"
TEXT = PAGE.read_text(encoding="utf-8")


def blocks(kind: str) -> dict[str, str]:
    """The code blocks that follow `<!-- KIND: NAME -->`, by name."""
    found = re.findall(rf"<!-- {kind}: ([^>]+?) -->\n```\w+\n(.*?)```", TEXT, re.DOTALL)
    return dict(found)


def test_every_key_and_word_is_described() -> None:
    for name in {*_CASE, *_RECORD, *conditions.WORDS}:
        assert f"`{name}`" in TEXT, name


@pytest.mark.toolchain("c")
def test_the_examples(cli: Cli) -> None:
    cli.env = {**cli.env, **{key: os.environ[key] for key in os.environ if key.startswith(("ZIG_", "PATH"))}}
    assert cli("transform", "init", "mask", "-l", "c", "-p", "masking").code == 0
    cli.cwd = cli.home / "mask"
    built = cli("transform", "build")
    assert built.code == 0, built.err
    fixtures, outputs, code = blocks("fixture"), blocks("output"), blocks("pytest")
    assert len(fixtures) == len(outputs) == 2 and len(code) == 1
    for name, text in fixtures.items():
        (cli.cwd / "tests" / f"{name}.yaml").write_text(text, encoding="utf-8")
    for command, expected in outputs.items():
        assert cli(*command.split()).stdout == expected
    assert cli("transform", "test", "--update").code == 0
    updated = (cli.cwd / "tests" / "masking.yaml").read_text(encoding="utf-8")
    (line,) = re.findall(r"`(json_equals: '[^`]+)`", TEXT)
    assert line in updated
    assert reading.load(cli.cwd / "tests" / "more.yaml", "more")

    (cli.cwd / "tests" / "test_masking.py").write_text(code["masking"], encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=cli.cwd, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout + done.stderr
