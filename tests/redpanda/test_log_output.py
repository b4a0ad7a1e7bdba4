"""Log events as text, against what rpk printed for the same records."""

import json
from collections.abc import Iterator

import pytest

from rpkpy.redpanda.log_output import Output
from rpkpy.redpanda.log_text import Line, LineAssembler
from rpkpy.redpanda.transform_logs import LogEvent
from tests.redpanda.recorded_logs import EVENTS, JSON, TEXT, WIDE, YAML_TEXT


def render(kind: str, *, terminal: bool = False, head: int = 0, tail: int = 0) -> str:
    return "".join(Output(kind, terminal).render(iter(EVENTS), head=head, tail=tail))


def test_text() -> None:
    assert render("text") == TEXT


def test_wide() -> None:
    assert render("wide") == WIDE


def test_json() -> None:
    assert [json.loads(line) for line in render("json").splitlines()] == [
        json.loads(line) for line in JSON.splitlines()
    ]


def test_yaml() -> None:
    from ruamel.yaml import YAML

    def documents(text: str) -> list[object]:
        return [YAML(typ="safe").load(part) for part in text.strip().split("\n\n")]

    assert documents(render("yaml")) == documents(YAML_TEXT)
    assert render("yaml").splitlines()[:4] == YAML_TEXT.splitlines()[:4]


def test_head_counts_entries_and_reads_no_further() -> None:
    assert render("text", head=1) == "hello\n"
    assert render("json", head=2).count("\n") == 2

    def endless() -> Iterator[LogEvent]:
        yield EVENTS[0]
        raise AssertionError("read on")

    assert list(Output("text", False).render(endless(), head=1)) == ["hello\n"]


def test_tail_counts_lines_or_entries() -> None:
    assert render("text", tail=2) == "".join(TEXT.splitlines(keepends=True)[-2:])
    assert json.loads(render("json", tail=1))["body"]["stringValue"] == "last\n"


def test_a_terminal_gets_no_control_characters() -> None:
    event = LogEvent("up", "\x1b[31mred\tx\n", 0)
    assert list(Output("text", True).render([event])) == ["\\x1b[31mred\tx\n"]
    assert list(Output("text", False).render([event])) == ["\x1b[31mred\tx\n"]


@pytest.mark.parametrize(
    "parts", [["a", "b\nc", "\n"], ["ab\n", "c\n"], ["ab\nc\n"], ["ab\r\nc\r\n"], ["a", "b\r", "\nc\n"]]
)
def test_lines_are_the_same_however_they_were_written(parts: list[str]) -> None:
    assembler = LineAssembler()
    lines = [line.text for part in parts for line in assembler.feed(LogEvent("up", part, 1))]
    assert lines == ["ab", "c"]
    assert list(assembler.finish()) == []


def test_stdout_and_stderr_do_not_mix() -> None:
    assembler = LineAssembler()
    events = [LogEvent("up", "out ", 1, 9), LogEvent("up", "err\n", 2, 13), LogEvent("up", "put", 3, 9)]
    assert [line for event in events for line in assembler.feed(event)] == [Line("err", 13, 2, "up")]
    assert list(assembler.finish()) == [Line("out put", 9, 3, "up")]


def test_lines_of_several_transforms_are_named_and_do_not_mix() -> None:
    events = [LogEvent("a", "one ", 1, 9), LogEvent("b", "two\n", 2, 9), LogEvent("a", "more\n", 3, 9)]
    assert list(Output("text", False, named=True).render(events)) == ["b: two\n", "a: one more\n"]
