"""Writes each command's help into docs/commands/, between the markers of its page; the tests check they agree.

python scripts/update_docs.py [--check]
"""

import io
import os
import re
import sys
from pathlib import Path

from rpkpy.cli.commands import ROOT, Group
from rpkpy.cli.context import Context
from rpkpy.cli.main import main

PAGES = Path(__file__).resolve().parent.parent / "docs" / "commands"
_BLOCK = re.compile(r"<!-- help: (?P<command>[^>]+?) -->\n.*?<!-- end -->", re.DOTALL)


def help_of(words: list[str]) -> str:
    """What `rpkpy WORDS --help` prints."""
    out = io.BytesIO()
    context = Context(
        stdin=io.TextIOWrapper(io.BytesIO()),
        stdout=io.TextIOWrapper(out, encoding="utf-8", write_through=True),
        stderr=io.TextIOWrapper(io.BytesIO(), encoding="utf-8"),
        environ={"PATH": os.environ.get("PATH", ""), "COLUMNS": "80"},
        cwd=Path.cwd(),
    )
    code = main([*words, "--help"], context)
    if code != 0:
        raise SystemExit(f"rpkpy {' '.join(words)} --help ended with {code}")
    return out.getvalue().decode()


def commands_of(name: str) -> list[list[str]]:
    """The commands whose help stands on the page `name` (a group, or `other` for the commands at the top)."""
    if name == "other":
        return [[key] for key, member in ROOT.members.items() if not isinstance(member, Group) and not member.hidden]
    group = ROOT.members[name]
    assert isinstance(group, Group)  # noqa: S101
    return _leaves([name], group)


def _leaves(path: list[str], group: Group) -> list[list[str]]:
    found = []
    for key, member in group.members.items():
        if member.hidden:
            continue
        found += _leaves([*path, key], member) if isinstance(member, Group) else [[*path, key]]
    return found


def page_names() -> list[str]:
    """One page for each group, and one for the commands at the top."""
    return [*(key for key, member in ROOT.members.items() if isinstance(member, Group)), "other"]


def render(name: str, old: str) -> str:
    """The page with every help block made anew; commands without a block get one at the end."""
    blocks = {" ".join(words): help_of(words) for words in commands_of(name)}

    def block(command: str) -> str:
        return f"<!-- help: {command} -->\n```text\n{blocks[command]}```\n<!-- end -->"

    present = [match["command"] for match in _BLOCK.finditer(old)]
    text = _BLOCK.sub(lambda match: block(match["command"]) if match["command"] in blocks else "", old)
    for command in blocks:
        if command not in present:
            text = f"{text.rstrip()}\n\n## `rpkpy {command}`\n\n{block(command)}\n"
    return text


def stale_pages(write: bool) -> list[str]:
    """The pages that differ from what the code says; with `write` they are rewritten."""
    stale = []
    for name in page_names():
        path = PAGES / f"{name}.md"
        old = path.read_text(encoding="utf-8") if path.exists() else f"# rpkpy {name}\n"
        new = render(name, old)
        if new != old or not path.exists():
            stale.append(path.name)
            if write:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(new, encoding="utf-8")
    return stale


if __name__ == "__main__":
    check = "--check" in sys.argv
    found = stale_pages(write=not check)
    print("\n".join(found) or "docs are up to date")
    sys.exit(bool(found) and check)
