"""The live view of `transform dev`: what stands on it, in how much room."""

from io import StringIO

import pytest
from rich.console import Console  # noqa: TID253

from rpkpy.batches.record import Record
from rpkpy.cli.transform.dev_view import Board, render
from rpkpy.dev.events import Activity, Exchange, Stage, StageName, Traffic

STAGES: tuple[StageName, ...] = ("build", "validate", "test", "deploy")


def screen(board: Board, height: int = 24, width: int = 80) -> list[str]:
    out = StringIO()
    Console(file=out, width=width).print(render(board, height))
    return out.getvalue().splitlines()


def exchange(value: bytes, *outputs: bytes, trap: str = "") -> Exchange:
    return Exchange(
        "in", 0, Record(None, value), tuple(("out", Record(None, output)) for output in outputs), 100, (), trap
    )


def test_a_good_turn() -> None:
    board = Board("mask", busy=False)
    for name in STAGES:
        board.take(Stage(name, True, 0.025, f"{name} said this"))
    board.take(exchange(b"left", b"right"))
    board.take(Traffic(10, 9, (3, 4, 50)))
    lines = screen(board)
    assert lines[0].rstrip() == "mask  ✓ build 25 ms  ✓ validate 25 ms  ✓ test 25 ms  ✓ deploy 25 ms"
    assert any(line.split() == ["left", "right"] for line in lines)
    assert "in 10 (2.0/s), out 9 (1.8/s)" in lines
    assert "latency p50 4 ms, p99 50 ms" in lines


@pytest.mark.parametrize("height", [6, 12, 24, 60])
def test_it_fits_the_terminal(height: int) -> None:
    board = Board("mask", busy=False)
    board.take(Stage("build", False, 0.1, "it failed", "\n".join(f"line {number}" for number in range(100))))
    for number in range(100):
        board.take(exchange(b"%d" % number, b"one", b"two"))
        board.logs.append(f"log {number}")
    lines = screen(board, height)
    assert len(lines) <= max(height, 18)
    assert all(len(line) <= 80 for line in lines)
    assert "build: it failed" in lines
    assert any(line.startswith("… ") and "more lines" in line for line in lines)


def test_a_turn_that_goes_on_says_what_it_does() -> None:
    board = Board("mask")
    board.take(Activity("Compiling redpanda-transform v1.0"))
    assert screen(board)[0] == "mask  working … Compiling redpanda-transform v1.0"


def test_what_differs_is_seen_in_a_narrow_cell() -> None:
    before = b'{"id":1,"name":"somebody with a long name","email":"a@example.com"}'
    board = Board("mask", busy=False)
    board.take(exchange(before, before.replace(b"a@example", b"****")))
    assert any("a@example" in line and "****" in line for line in screen(board))


def test_a_trap_a_filtered_record_and_escape_sequences() -> None:
    board = Board("mask", busy=False)
    board.take(exchange(b"gone"))
    board.take(exchange(b"b\x1b[31mad", trap="unreachable \x1b]0;title\x07"))
    text = "\n".join(screen(board))
    assert "(nothing)" in text
    assert "TRAP unreachable" in text
    assert "\x1b" not in text
