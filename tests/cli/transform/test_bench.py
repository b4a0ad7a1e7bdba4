"""`rpkpy transform bench`, in process, in the real engine."""

import json
from collections.abc import Iterator

import pytest

from tests.cli.harness import Cli
from tests.cli.transform.test_validate import LARGE, project
from tests.engine.guest import ECHO, wasm
from tests.wasm.modules import identity


@pytest.fixture(autouse=True)
def short_turns(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing here is about how fast anything is."""
    monkeypatch.setattr("rpkpy.project.gas.measuring._TURN_NS", 1)
    yield


def test_the_projects_module_on_its_samples(cli: Cli) -> None:
    project(cli)
    outcome = cli("transform", "bench")
    assert outcome.code == 0, outcome
    lines = {line[:18].strip(): line[18:].split() for line in outcome.stdout.splitlines()}
    assert lines["records in"] == ["1,000"]
    assert lines["peak memory"] == ["128", "KiB"]
    assert lines["left: memory"] == ["93.750", "%"]
    assert "of samples/input.jsonl" in " ".join(outcome.stdout.split())
    assert "Measuring copy.wasm: 1,000 records of samples/input.jsonl ..." in outcome.err
    assert max(map(len, outcome.stdout.splitlines())) <= 80


def test_json_says_the_same_fuel_twice(cli: Cli) -> None:
    project(cli)
    first, second = (json.loads(cli("transform", "bench", "--records", "20", "--format", "json").stdout) for _ in "ab")
    assert first["ok"] is True
    for key in ("fuel", "memory", "costliest", "sha256"):
        assert first["figures"][key] == second["figures"][key]
    assert "fuel: {" in cli("transform", "bench", "--format", "help").stdout


def test_two_builds(cli: Cli) -> None:
    folder = project(cli)
    (folder / "before.wasm").write_bytes(wasm(ECHO))
    outcome = cli("transform", "bench", "--compare", "before.wasm", "--records", "50")
    assert outcome.code == 0, outcome
    head = outcome.stdout.splitlines()[0].split()
    assert head == ["copy.wasm", "before.wasm", "ratio"]
    assert max(map(len, outcome.stdout.splitlines())) <= 80
    (folder / "before.wasm").write_bytes(wasm(""))
    assert "do not write the same records" in cli("transform", "bench", "--compare", "before.wasm").stdout


def test_a_guest_that_keeps_growing(cli: Cli) -> None:
    project(cli, wasm(f"(drop (memory.grow (i32.const 1))) {ECHO}"))
    outcome = cli("transform", "bench", "--records", "10")
    assert "Memory grew last at offset 9. That is near the end of the run" in " ".join(outcome.stdout.split())
    # the limit of 32 pages, of which it begins with 18, is reached early here
    assert "Memory grew last at offset 13." in cli("transform", "bench", "--records", "100").stdout


def test_what_exceeds_what_exits_with_3(cli: Cli) -> None:
    project(cli)
    outcome = cli("transform", "bench", "--max-fuel", "10", "--max-memory", "64KiB")
    assert outcome.code == 3
    assert "fuel max" in outcome.stdout  # the figures come all the same
    assert "--max-fuel allows 10" in outcome.err
    assert "memory reaches 128 KiB (131,072 bytes), --max-memory allows 64 KiB" in outcome.err
    outcome = cli("transform", "bench", "--max-fuel", "10", "--format", "json")
    assert (outcome.code, json.loads(outcome.stdout)["exceeded"][0]["gate"]) == (3, "--max-fuel")
    assert cli("transform", "bench", "--max-fuel", "1_000_000", "--max-memory", "1MiB").code == 0


def test_a_record_on_which_it_fails(cli: Cli) -> None:
    folder = project(cli, wasm("(if (i32.eq (i32.load8_u (i32.const 1026)) (i32.const 90)) (then unreachable))"))
    (folder / "mine.jsonl").write_text('{"value":"fine"}\n{"value":"Zed"}\n')
    outcome = cli("transform", "bench", "--input", "mine.jsonl")
    assert outcome.code == 1
    assert "The record: number 2 of mine.jsonl." in outcome.err
    assert "at the record with offset 1" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-"], 2, "standard input"),
        (["none.wasm"], 2, "There is no file none.wasm"),
        (["x.wasm", "--compare", "none.wasm"], 2, "There is no file none.wasm"),
        (["x.wasm", "--compare", "text.wasm"], 3, "not a WebAssembly module"),
        (["text.wasm"], 3, "not a WebAssembly module"),
        (["large.wasm"], 3, "does not fit the broker's limits"),
        (["x.wasm", "--input", "none.jsonl"], 2, "cannot be read"),
        (["x.wasm", "--input", "text.wasm"], 2, "not a record"),
        (["x.wasm", "--max-memory", "much"], 2, "is not a size"),
        (["x.wasm", "--records", "0"], 2, "--records"),
        (["x.wasm", "--var", "X"], 2, "missing value"),
        ([], 2, "no transform.yaml"),
    ],
)
def test_what_cannot_be_measured(cli: Cli, arguments: list[str], code: int, words: str) -> None:
    for name, data in (("x", identity()), ("text", b"int main() {}"), ("large", LARGE)):
        (cli.home / f"{name}.wasm").write_bytes(data)
    outcome = cli("transform", "bench", *arguments)
    assert (outcome.code, outcome.out) == (code, b""), outcome
    assert words in outcome.err
