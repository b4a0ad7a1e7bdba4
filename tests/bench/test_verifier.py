"""The verifier finds what breaks the promise, and in its short form the host keeps it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.verifier.account import Account, Repeat
from bench.verifier.load import number, value

ROOT = Path(__file__).resolve().parents[2]


def account(*numbers: int, partition: int = 3) -> Account:
    """What is found where these records stand, one a second."""
    made = Account(partition)
    for at, which in enumerate(numbers):
        made.take(value(partition, which), float(at))
    made.end()
    return made


@pytest.mark.parametrize("which", [0, 1, 16, 17, 10**9])
def test_a_record_says_which_it_is(which: int) -> None:
    written = value(3, which)
    assert number(3, written) == which
    assert number(4, written) is None
    for other in (None, b"", b"x" * 16, written + b"0", written[:-1], value(3, which + 1)[:15] + written[15:] + b"!"):
        assert number(3, other) is None


def test_all_there_once() -> None:
    found = account(0, 1, 2)
    assert (found.missing(3), found.unwritten(3), found.invalid, found.duplicates, found.disordered) == (0, 0, 0, 0, 0)
    assert found.repeats == []


def test_what_is_missing_invalid_or_out_of_order() -> None:
    found = account(0, 2, 4)
    assert (found.missing(4), found.unwritten(4), found.disordered) == (2, 1, 2)
    found.take(value(2, 3), 9.0)  # another partition's
    assert (found.invalid, found.missing(4)) == (1, 2)


def test_a_repeat_is_as_long_as_the_time_whose_work_was_done_anew() -> None:
    found = account(0, 1, 2, 3, 1, 2, 3, 4, 3, 4, 5)
    assert (found.missing(6), found.duplicates, found.disordered) == (0, 5, 0)
    first, second = found.repeats
    assert (first.records, first.first_s, first.last_s) == (3, 1.0, 3.0)
    assert (second.records, second.first_s, second.last_s) == (2, 6.0, 7.0)
    assert first.worked_s([]) == 2.0
    # a second and a half of standing still, told twice
    assert first.worked_s([(0.0, 2.0), (1.5, 2.5), (1.0, 1.2)]) == 0.5
    assert first.worked_s([(0.0, 9.0)]) == 0.0


def test_the_standstill_of_another_host_is_no_excuse() -> None:
    at = [number / 10 for number in range(11)]  # it worked on
    assert Repeat.of(3, at).worked_s([(0.0, 1.0)]) == 1.0
    assert Repeat.of(3, [0.0, 0.1, 0.9, 1.0]).worked_s([(0.0, 0.7)]) == pytest.approx(0.4)


@pytest.mark.kafka
@pytest.mark.slow
@pytest.mark.parametrize(("guarantee", "seed"), [("at-least-once", "21"), ("exactly-once", "22")])
def test_the_promise_is_kept(guarantee: str, seed: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "bench" / "verifier" / "run.py"), "--guarantee", guarantee, "--seed", seed]
    short = ["--seconds", "8", "--restart", "8", "--commit", "1", "--folder", str(tmp_path), "--format", "json"]
    done = subprocess.run([*command, *short], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["broken"] == []
    assert found["records"] > 1_000 and found["records"] % 20 == 0
    assert found["under_faults"] > 0
    assert found["events"]["restart"] == 1 and found["events"]["add"] >= 2
    assert found["missing"] == found["invalid"] == found["disordered"] == 0
    if guarantee == "exactly-once":
        assert found["duplicates"] == 0
