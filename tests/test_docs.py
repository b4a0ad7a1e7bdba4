"""The docs say what the code says."""

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from rpkpy.cli.commands import ROOT, Group
from rpkpy.project import scaffold

ROOT_FOLDER = Path(__file__).resolve().parent.parent
DOCS = ROOT_FOLDER / "docs"


def script(name: str) -> Any:
    """A module of the folder scripts/."""
    sys.path.insert(0, str(ROOT_FOLDER / "scripts"))
    try:
        return import_module(name)
    finally:
        sys.path.pop(0)


def test_help_in_the_docs_is_what_the_commands_print(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    stale = script("update_docs").stale_pages(write=False)
    assert stale == [], "run `python scripts/update_docs.py`"


def test_the_page_of_figures_is_what_the_runs_left() -> None:
    update = script("update_reliability")
    assert update.PAGE.read_text(encoding="utf-8") == update.page(), "run `python scripts/update_reliability.py`"


def test_every_group_has_a_page_with_words_of_its_own() -> None:
    for name, member in ROOT.members.items():
        if isinstance(member, Group):
            text = (DOCS / "commands" / f"{name}.md").read_text(encoding="utf-8")
            prose = re.sub(r"<!-- help.*?<!-- end -->", "", text, flags=re.DOTALL)
            assert len(prose.split()) > 60, name


@pytest.mark.parametrize(
    "page",
    sorted([*DOCS.rglob("*.md"), ROOT_FOLDER / "README.md", ROOT_FOLDER / "SECURITY.md"]),
    ids=lambda page: page.name,
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_readme_names_the_two_commands() -> None:
    readme = (ROOT_FOLDER / "README.md").read_text(encoding="utf-8")
    assert "scripts/demo" in readme
    assert "scripts/test" in readme


def test_the_page_of_patterns_has_every_cell_and_no_other() -> None:
    page = (DOCS / "patterns.md").read_text(encoding="utf-8")
    update = script("update_patterns")
    tables = update.known(page)
    cells = {
        (template.folder.name, pattern)
        for template in scaffold.load_all()
        for pattern in template.patterns
        if template.folder.name not in update.UNMEASURED
    }
    for table in tables:
        assert set(table) == cells, "run `python scripts/update_patterns.py LANGUAGE...`"
    assert update.BLOCK.sub(lambda _: update.render(tables), page) == page, "run `python scripts/update_patterns.py`"
