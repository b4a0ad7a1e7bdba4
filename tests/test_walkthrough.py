"""docs/walkthrough.md is what rpkpy does: its first part is done once more, of the rest every command line is read."""

import html
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from rpkpy.cli import app
from rpkpy.cli.commands import Command
from rpkpy.version import __version__
from tests.cli.harness import Cli
from tests.test_docs import DOCS, script
from tests.toolchains.workbench import Build

UPDATE = "run `python scripts/update_walkthrough.py`"
PAGE = (DOCS / "walkthrough.md").read_text(encoding="utf-8")
update = script("update_walkthrough")
pages = update.pages


def command_lines() -> list[list[str]]:
    """The arguments of every rpkpy on the page, without what the shell takes for itself."""
    lines = (line for block in pages.blocks(PAGE) for line in block.commands)
    found = []
    for line in lines:
        for command in re.split(r" [|] ", line):
            words = shlex.split(re.sub(r" [<>] \S+$", "", command))
            if words[0] == "rpkpy":
                found.append(words[1:])
    return found


@pytest.mark.toolchain("python")
def test_the_part_without_a_cluster_is_what_comes(
    tmp_path: Path, runtimes: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    first = tmp_path_factory.mktemp("first")
    (first / "transform.py").write_text("from redpanda_transform import on_record_written\n")
    Build(first, "python")()  # the interpreter, which takes a minute the first time
    part, _, rest = PAGE.partition(pages.CLUSTER)
    assert rest
    new, pictures = update.played(part, tmp_path / "home", tmp_path / "cache")
    assert update.difference(part, new) == "", UPDATE
    for name, svg in pictures.items():
        assert words_of(svg) == words_of((DOCS / "walkthrough" / name).read_text(encoding="utf-8")), UPDATE


def words_of(svg: str) -> str:
    """What a picture shows, without blanks and what differs from run to run."""
    text = html.unescape(re.sub(r"<style>.*?</style>|<[^>]*>", "", svg, flags=re.DOTALL)).replace("\xa0", " ")
    return re.sub(r"\s|[\d,]+", "", text)


def test_the_pictures_show_what_the_text_says() -> None:
    shown = {block.options["svg"]: block for block in pages.blocks(PAGE) if "svg" in block.options}
    assert {path.name for path in (DOCS / "walkthrough").iterdir()} == set(shown)
    for name, block in shown.items():
        lines = [line for line in block.content.splitlines() if not line.startswith(pages.PROMPT)]
        picture = words_of((DOCS / "walkthrough" / name).read_text(encoding="utf-8"))
        assert words_of("\n".join(lines)) in picture
        assert f"](walkthrough/{name})" in PAGE


@pytest.mark.parametrize("args", command_lines(), ids=" ".join)
def test_every_command_line_is_one(cli: Cli, args: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    load = app.load

    def idle(name: str, member: Command) -> app.LeafCommand:
        command = load(name, member)
        command.callback = lambda *_args, **_kwargs: None
        return command

    monkeypatch.setattr(app, "load", idle)
    outcome = cli(*args)
    assert (outcome.code, outcome.out, outcome.err) == (0, b"", "")


def test_it_says_which_version_made_it() -> None:
    (made,) = (block for block in pages.blocks(PAGE) if block.kind == "made")
    assert made.content == f"Made by rpkpy {__version__}.\n", UPDATE


def test_the_page_is_its_blocks_and_what_stands_between() -> None:
    kept = []

    def keep(block: Any) -> str:
        kept.append(block)
        return str(block.content)

    assert pages.rewritten(PAGE, keep) == PAGE
    assert len(kept) == len(re.findall("<!-- end -->", PAGE)) > 40
    emptied = pages.rewritten(PAGE, lambda block: "")
    assert [block.content for block in pages.blocks(emptied)] == [""] * len(kept)
    assert [(block.kind, block.options) for block in pages.blocks(emptied)] == [(b.kind, b.options) for b in kept]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("host  ready  127.0.0.1:9644  15665  0s", "host  ready  127.0.0.1:4  1  1m2s", True),
        ("CPU time p50   158.0 µs", "CPU time p50    91.2 µs", True),
        ("module  sha256 63cce3246cbc → 82ce316c97a6", "module  sha256 0123456789ab → 82ce316c97a6", True),
        ("Nov 25 18:39:13 INFO masking: email", "Nov 26 08:00:00 INFO masking: email", True),
        ("Nov 25 18:39:13 INFO masking: email", "Nov 25 18:39:13 INFO masking: phone", False),
        ("mask  customer  1 / 1    0", "mask  customer  0 / 1    0", False),
        ("Produced to partition 0 at offset 0", "Produced to partition 0 at offset 1", False),
        ("binary-size  472875 bytes of 10 MiB", "binary-size  472875 bytes too many", False),
        ("tests: 5 passed", "tests: 6 passed", False),
    ],
)
def test_what_counts_as_a_difference(one: str, other: str, same: bool) -> None:
    assert (pages.normal(one) == pages.normal(other)) is same
