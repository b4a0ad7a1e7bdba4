"""The table of differences is whole, says what is so, and is what docs/rpk-differences.md shows."""

from collections import Counter
from pathlib import Path

from tests.cli.wire import recorded, table

ROOT = Path(__file__).resolve().parents[3]
REPLAYED = {"auth", "cloud", "config", "delete", "deploy", "list", "logs", "nodes", "pause", "redirect", "unreachable"}


def test_every_group_is_replayed() -> None:
    assert set(recorded.groups()) == REPLAYED
    assert len(recorded.everything()) == sum(len(recorded.load(group)) for group in recorded.groups()) == 144


def test_every_entry_is_shown_by_a_run_or_a_test() -> None:
    for entry in table.differences():
        assert set(entry.runs) <= set(recorded.everything()), entry.name
        assert bool(entry.runs) != bool(entry.shown_by), entry.name
        if entry.shown_by:
            file, _, function = entry.shown_by.partition("::")
            assert f"def {function}(" in (ROOT / file).read_text(encoding="utf-8"), entry.name


def test_names_are_given_once() -> None:
    names = Counter(entry.name for entry in table.differences())
    assert [name for name, count in names.items() if count > 1] == []


def test_no_two_entries_speak_of_the_same_thing() -> None:
    for name in recorded.everything():
        instead = [entry.runs[name] for entry in table.differences() if name in entry.runs]
        for field in ("exit", "stdout", "exchanges"):
            assert sum(getattr(each, field) is not None for each in instead) <= 1, (name, field)


def test_every_failure_has_its_exit_code() -> None:
    coded = next(entry.runs for entry in table.differences() if entry.name == "exit-codes")
    for group in REPLAYED:
        for name, run in recorded.load(group).items():
            if run.exit != 0 and table.expected(run).exit != 0:
                assert name in coded


def test_the_page_is_the_table() -> None:
    assert table.PAGE.read_text(encoding="utf-8") == table.page(), "run `python -m tests.cli.wire.table`"
