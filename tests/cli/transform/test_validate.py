"""`rpkpy transform validate`, in process, in the real engine."""

import json
from pathlib import Path

import pytest

from rpkpy.wasm.embed import ORIGIN_SECTION, write_section
from tests.cli.harness import Cli
from tests.wasm.modules import IDENTITY_WAT, assemble, identity, transform

GOOD = write_section(identity(), ORIGIN_SECTION, b"{}")
LARGE = transform(memory='(memory (export "memory") 257)')


def project(cli: Cli, wasm: bytes | None = GOOD, extra: str = "") -> Path:
    """A project called `copy` with two samples, in the current folder."""
    cli.cwd = cli.home / "copy"
    (cli.cwd / "samples").mkdir(parents=True)
    (cli.cwd / "transform.yaml").write_text(f"name: copy\ninput-topic: in\noutput-topics: [out]\n{extra}")
    lines = '{"key":"a","value":"1"}\n{"key":"b","value":null}\n'
    for name in ("input", "expected"):
        (cli.cwd / "samples" / f"{name}.jsonl").write_text(lines)
    if wasm is not None:
        (cli.cwd / "copy.wasm").write_bytes(wasm)
    return cli.cwd


def rows(text: str) -> dict[str, str]:
    """Verdicts by rule, from the text form."""
    return {line.split()[0]: line.split()[1] for line in text.splitlines()[1:] if line[:1].strip()}


def test_the_projects_module(cli: Cli) -> None:
    project(cli)
    outcome = cli("transform", "validate")
    assert outcome.code == 0, outcome
    assert set(rows(outcome.stdout).values()) == {"ok"}
    assert "2 records in (samples/input.jsonl), 2 to out" in " ".join(outcome.stdout.split())
    assert rows(outcome.stdout)["run-expected"] == "ok"
    assert "copy.wasm: every rule passed." in outcome.err
    assert max(map(len, outcome.stdout.splitlines())) <= 80


def test_json_is_the_report(cli: Cli) -> None:
    project(cli)
    outcome = cli("transform", "validate", "--format", "json")
    report = json.loads(outcome.stdout)
    assert report["ok"] is True
    assert report["verdicts"][0] == {
        "rule": "module",
        "status": "ok",
        "detail": "WebAssembly core module, version 1",
        "stage": "deploy",
    }
    assert cli("transform", "validate", "--format", "help").stdout.startswith("{\n  ok: boolean")
    assert "rule: memory-export" in cli("transform", "validate", "--format", "yaml").stdout


@pytest.mark.parametrize(
    ("wasm", "rule", "words"),
    [
        (b"", "module", "the file is empty"),
        (b"int main() {}\n", "module", "the file is a text"),
        (identity()[:192], "module", "the file ends inside"),
        (b"\0asm\x0d\0\x01\0", "module", "component"),
        (transform(start=""), "start-function", "invalid WebAssembly - missing required WASI functions"),
        (transform(memory=""), "memory-export", "no memory is exported"),
        (transform(start='(func (export "_start") (param i32))'), "start-function", "(i32) -> ()"),
        (transform(imports='(import "env" "puts" (func))'), "imports", "unknown import: `env::puts`"),
        (LARGE, "memory-minimum", "data_transforms_per_function_memory_limit to 20971520"),
        (GOOD + bytes(1) + b"\xf5\xff\xff\x04" + b"\x01x" + bytes((10 << 20) - 13), "binary-size", "slightly smaller"),
    ],
    ids=["empty", "text", "cut", "component", "start", "memory", "type", "import", "16MiB", "10MiB"],
)
def test_a_failing_rule_exits_with_3(cli: Cli, wasm: bytes, rule: str, words: str) -> None:
    (cli.home / "x.wasm").write_bytes(wasm)
    outcome = cli("transform", "validate", "x.wasm")
    assert outcome.code == 3, outcome
    assert rows(outcome.stdout)[rule] == "fail"
    assert "fix: " in outcome.stdout
    assert words in " ".join(outcome.stdout.split())
    assert "x.wasm: 1 rule fails" in outcome.err
    assert "run-start" not in outcome.stdout
    assert max(map(len, outcome.stdout.splitlines())) <= 80


def test_what_the_run_finds_fails_too(cli: Cli) -> None:
    project(cli, assemble(IDENTITY_WAT.replace("(call $abi) (call $loop)", "unreachable")))
    outcome = cli("transform", "validate")
    assert outcome.code == 3
    assert rows(outcome.stdout)["run-start"] == "fail"
    assert cli("transform", "validate", "--no-run").code == 0


def test_other_outputs_than_expected(cli: Cli) -> None:
    folder = project(cli)
    (folder / "samples" / "expected.jsonl").write_text('{"key":"a","value":"2"}\n')
    outcome = cli("transform", "validate")
    assert outcome.code == 3
    assert 'out, record 1: value is "1", expected "2"' in " ".join(outcome.stdout.split())
    # Other records have other outputs: nothing is compared then.
    (folder / "mine.jsonl").write_text('{"value":"x"}\n')
    outcome = cli("transform", "validate", "--records", "mine.jsonl")
    assert outcome.code == 0
    assert "1 record in (mine.jsonl), 1 to out" in outcome.stdout
    assert "run-expected" not in outcome.stdout


def test_limits_of_the_projects_cluster(cli: Cli) -> None:
    project(cli, LARGE)
    assert cli("transform", "validate", "--no-run").code == 3
    outcome = cli("transform", "validate", "--no-run", "--memory-limit", "32MiB")
    assert outcome.code == 0
    assert rows(outcome.stdout)["memory-minimum"] == "warn"
    stated = "cluster:\n  data_transforms_per_function_memory_limit: 33554432\n"
    (cli.cwd / "transform.yaml").write_text(f"name: copy\ninput-topic: in\noutput-topics: [out]\n{stated}")
    assert cli("transform", "validate", "--no-run").code == 0
    assert cli("transform", "validate", "--no-run", "--memory-limit", "2M").code == 3


def test_says_what_a_deploy_would_come_to(cli: Cli) -> None:
    project(cli, LARGE)
    assert "A broker accepts it, cannot start it" in cli("transform", "validate").err
    (cli.cwd / "copy.wasm").write_bytes(b"")
    assert "copy.wasm: 1 rule fails. A broker refuses it." in cli("transform", "validate").err


def test_a_file_outside_of_a_project(cli: Cli) -> None:
    (cli.home / "x.wasm").write_bytes(GOOD)
    outcome = cli("transform", "validate", "x.wasm")
    assert outcome.code == 0, outcome
    assert "one made-up record" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-"], "not read from standard input"),
        (["."], "is a folder"),
        (["none.wasm"], "There is no file none.wasm"),
        (["/dev/zero"], "not a regular file"),
        ([], "no transform.yaml"),
        (["x.wasm", "--memory-limit", "2 bananas"], "is not a size"),
        (["x.wasm", "--memory-limit", "1KiB"], "64 KiB to 4 GiB"),
        (["x.wasm", "--records", "none.jsonl"], "cannot be read"),
        (["x.wasm", "--format", "xml"], "not supported"),
    ],
)
def test_what_cannot_be_meant_exits_with_2(cli: Cli, arguments: list[str], words: str) -> None:
    (cli.home / "x.wasm").write_bytes(GOOD)
    outcome = cli("transform", "validate", *arguments)
    assert outcome.code == 2, outcome
    assert words in outcome.err
    assert outcome.out == b""


def test_a_project_that_is_not_built(cli: Cli) -> None:
    project(cli, wasm=None)
    outcome = cli("transform", "validate")
    assert outcome.code == 2
    assert "There is no file copy.wasm." in outcome.err
    assert "rpkpy transform build" in outcome.err


def test_names_from_a_module_do_not_reach_the_terminal_raw(cli: Cli) -> None:
    (cli.home / "x.wasm").write_bytes(transform(imports='(import "\\1b[31mred" "a\\0ab" (func))'))
    for format in ("text", "wide"):
        outcome = cli("transform", "validate", "x.wasm", "--format", format)
        assert outcome.code == 3
        assert b"\x1b" not in outcome.out
        assert "\\x1b[31mred" in outcome.stdout
