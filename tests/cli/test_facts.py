"""Labelled facts."""

from rpkpy.cli.facts import facts, flat


def test_values_stand_in_a_column_of_80() -> None:
    text = facts([("Name", "mask"), ("Environment", "word " * 30), ("", "more")])
    first, *rest = text.splitlines()
    assert first == "Name         mask"
    assert all(line.startswith(" " * 13) for line in rest[1:])
    assert max(map(len, text.splitlines())) <= 80
    assert facts([]) == "\n"


def test_what_comes_from_outside_is_one_harmless_line() -> None:
    assert flat("a\n b\x1b[31m") == "a b\\x1b[31m"
    assert facts([("K", "x" * 100)]).count("\n") == 2
