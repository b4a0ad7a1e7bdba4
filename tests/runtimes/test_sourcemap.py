"""Source maps read, and the same places found by the table in a module."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import BuildError
from rpkpy.runtimes import javascript, sourcemap
from rpkpy.runtimes.sourcemap import Entry, SourceMap
from rpkpy.wasm.limits import BROKER
from tests.runtimes.program import Running
from tests.runtimes.runtime import evaluator, runtime, values

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def vlq(*numbers: int) -> str:
    """A segment, as a bundler writes it."""
    out = ""
    for number in numbers:
        left = abs(number) << 1 | (number < 0)
        while left > 31:
            out += _DIGITS[left & 31 | 32]
            left >>= 5
        out += _DIGITS[left]
    return out


def parsed(mappings: str, sources: tuple[str, ...] = ("a.ts", "b.ts"), folder: str = "") -> SourceMap:
    return sourcemap.parse(json.dumps({"sources": sources, "mappings": mappings}).encode(), folder)


def test_a_map_says_where_a_place_is_from() -> None:
    # two lines of no file, one of a.ts:3, one that is of b.ts:10 and from column 5 on of b.ts:11
    found = parsed(f";;{vlq(0, 0, 2, 0)};{vlq(0, 1, 7, 0)},{vlq(2, 0, 0, 1)},{vlq(2, 0, 1, 0)};;{vlq(0)}")
    assert found.entries == (Entry(3, 1, 0, 3), Entry(4, 1, 1, 10), Entry(4, 5, 1, 11), Entry(5, 1, -1, 0))
    asked = {(1, 1): None, (3, 1): ("a.ts", 3), (3, 80): ("a.ts", 3), (4, 4): ("b.ts", 10), (4, 5): ("b.ts", 11)}
    assert {place: found.find(*place) for place in asked} == asked
    assert found.find(6, 1) is None


def test_sources_count_from_a_folder() -> None:
    assert parsed("", ("../src/a.ts", "b\0.ts"), "x").files == ("src/a.ts", "x/b?.ts")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b'{"sources": 1, "mappings": ""}', b'{"sources": [], "mappings": "AAAA"}'),
        *(b'{"sources": ["a"], "mappings": "*"}', b'{"sources": ["a"], "mappings": "g"}', b"\xff"),
        *(b'{"sources": ["a"], "mappings": "D"}', b'{"sources": ["a"], "mappings": "AADA,AAFA"}'),
        b'{"sources": ["a"], "mappings": "ggggggggggggggggggggA"}',
    ],
)
def test_what_is_no_source_map(content: bytes) -> None:
    with pytest.raises(BuildError, match="source map cannot be read"):
        sourcemap.parse(content)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 900), st.integers(0, 1), st.integers(0, 5_000)), max_size=80)
)
def test_every_place_of_a_map_is_found(steps: list[tuple[int, int, int, int]]) -> None:
    line, column, at = 1, 0, [0, 0]
    mappings, begun = "", False
    expected: dict[tuple[int, int], tuple[str, int]] = {}
    for down, right, file, file_line in steps:
        if down:
            mappings, line, column, begun = mappings + ";" * down, line + down, 0, False
        mappings += ("," if begun else "") + vlq(right, file - at[0], file_line - at[1], 0)
        column, at, begun = column + right, [file, file_line], True
        expected[line, column + 1] = (("a.ts", "b.ts")[file], file_line + 1)
    found = parsed(mappings)
    assert {place: found.find(*place) for place in expected} == expected


@pytest.mark.toolchain("javascript")
def test_the_table_in_a_module_says_the_same() -> None:
    """Functions on many lines, several in one line, from three files; lines far apart, so that numbers need bytes."""
    entries, lines = [], ["import { onRecordWritten } from '@redpanda-data/transform-sdk';"]
    for number in range(150):
        lines += [""] * (300 if number == 70 else number % 3)
        texts = [f"globalThis.f{number}_{part} = () => new Error('x').stack;" for part in range(number % 4 + 1)]
        lines.append(" ".join(texts))
        column = 1
        for part, text in enumerate(texts):
            entries.append(Entry(len(lines), column, (number + part) % 4 - 1, 1 + (number * 7919 + part) % 70_000))
            column += len(text) + 1
    places = SourceMap(("src/a.ts", "src/é.ts", "c.ts"), tuple(entries))
    module, workbench = runtime()
    assert len(lines) > 400
    lines += evaluator().strip().split("\n")[1:]
    bundle = javascript.Bundle("\n".join(lines).encode(), places, lambda name: None)
    running = Running(javascript.embed(module, "index.ts", lambda name: None, workbench, bundle)[0], BROKER)
    calls = [f"f{number}_{part}" for number in range(150) for part in range(number % 4 + 1)]
    with running.start() as instance:
        said = values(instance, [f"{call}().split('\\n')[0].trim()" for call in calls])
    assert len(said) == len(entries) == len(calls)
    for entry, line in zip(entries, said, strict=True):
        own = places.find(entry.line, entry.column)
        assert (own is None) == (entry.file < 0)
        place = f"{own[0]}:{own[1]})" if own else f"esbuild:{entry.line}:"
        assert str(line).startswith(f"at <anonymous> ({place}")
