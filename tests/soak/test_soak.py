"""The fault table's long forms (bench/soak), each for a second or so, with another seed than theirs."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.soak import __main__ as runner
from bench.soak import endurance, loops, rows
from bench.soak.figures import Budget
from rpkpy.wasm.limits import BROKER

ROOT = Path(__file__).resolve().parents[2]
# Cases of the fast form; row 1 burns seconds a case and runs under a smaller limit below.
FAST = {
    "2": 5,
    "3": 10,
    "4": 28,
    "5": 600,
    "6": 100,
    "7": 400,
    "8": 30,
    "9": 77,
    "10": 28,
    "12": 40,
    "13": 2,
    "23": 150,
    "24": 5,
    "26": 24,
    "reader": 2_000,
    "http": 50,
    "arguments": 15,
}


@pytest.mark.parametrize("key", FAST)
def test_the_figure_is_met(key: str) -> None:
    figures = rows.BY_KEY[key].run(Budget(FAST[key], seed=2))
    assert figures.met, figures.measured
    assert figures.cases >= FAST[key] - 1  # halves


def test_endless_loops_under_a_small_limit() -> None:
    figures = loops.run(Budget(10), dataclasses.replace(BROKER, runtime_ms=20))
    assert figures.met, figures.measured
    assert figures.numbers["stopped"] == 10


def test_a_host_that_is_deployed_to_again_and_again() -> None:
    """Before caches are full it grows yet: the figure is the long form's."""
    figures = endurance.run(Budget(20), leak_bytes=500_000)
    assert figures.met, figures.measured
    assert figures.numbers["skipped"] == 200


def test_every_long_form_has_a_fast_one() -> None:
    assert {row.key for row in rows.ROWS if row.long_form} == {*FAST, "1", "14", "27"}


def test_every_row_says_where_it_stands() -> None:
    assert [row.key for row in rows.ROWS[:28]] == [str(number) for number in range(1, 29)]
    for row in rows.ROWS:
        assert row.long_form or row.open, row.key
        for test in row.tests:
            assert (ROOT / test).exists(), test


def test_a_figure_that_is_not_met_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    row = dataclasses.replace(rows.BY_KEY["3"], long_form="nowhere")
    found = runner.measure(row, cases=1, seconds=1, seed=1)
    assert not found["met"] and "ModuleNotFoundError" in str(found["measured"])


def test_the_command() -> None:
    command = [sys.executable, "-m", "bench.soak", "3", "--cases", "2", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert (found["row"], found["cases"], found["met"], found["seed"]) == ("3", 2, True, 1)
