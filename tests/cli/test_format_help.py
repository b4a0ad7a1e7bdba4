"""`--format help` shows what a command prints and does nothing: no cluster is asked, least of all to delete things."""

import pytest

from rpkpy.cli.app import load
from rpkpy.cli.commands import ROOT, Group
from tests.cli.harness import Cli


def commands(group: Group, path: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The commands below a group that take rpk's output formats, hidden ones left out."""
    found: list[tuple[str, ...]] = []
    for name, member in group.members.items():
        if isinstance(member, Group):
            found += commands(member, (*path, name))
        elif not member.hidden:
            params = load(name, member).params
            if any("--format" in param.opts and param.metavar == "FORMAT" for param in params):
                found.append((*path, name))
    return found


TALKING = [
    path
    for name in ("topic", "group", "cluster", "registry")
    for path in commands(ROOT.members[name], (name,))  # type: ignore[arg-type]
]
ARGUMENTS = {
    "topic alter-config": ("t", "-s", "a=b"),
    "topic list": (),
    "topic trim-prefix": ("t", "-o", "1"),
    "group list": (),
    "cluster info": (),
    "cluster health": (),
    "cluster config set": ("a", "b"),
    "cluster config list": (),
    "cluster config import": ("-f", "none.yaml"),
    "cluster config status": (),
    "registry schema list": (),
    "registry subject list": (),
    "registry compatibility-level set": ("--level", "NONE"),
    "registry mode set": ("--mode", "IMPORT"),
}


@pytest.mark.parametrize("path", TALKING, ids=" ".join)
def test_nothing_is_asked(path: tuple[str, ...], cli: Cli) -> None:
    nobody = ("-X", "brokers=127.0.0.1:1", "-X", "admin.hosts=127.0.0.1:1", "-X", "registry.hosts=127.0.0.1:1")
    outcome = cli(*path, *ARGUMENTS.get(" ".join(path), ("x",)), "--format", "help", *nobody)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.stdout[0] in "[{s"


def test_the_table_is_not_empty() -> None:
    assert len(TALKING) > 25
