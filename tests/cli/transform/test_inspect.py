"""`rpkpy transform inspect`, in process."""

import json

import pytest

from rpkpy.wasm.embed import ORIGIN_SECTION, write_section
from tests.cli.harness import Cli
from tests.wasm.modules import identity, transform

BUILT = write_section(identity(), ORIGIN_SECTION, b'{"rpkpy":"0.1.0","language":"c","tools":{"zig":"0.17.1"}}')


def test_a_module_in_80_columns(cli: Cli) -> None:
    (cli.home / "x.wasm").write_bytes(BUILT)
    outcome = cli("transform", "inspect", "x.wasm")
    assert outcome.code == 0, outcome
    assert max(map(len, outcome.stdout.splitlines())) <= 80
    assert "Interface  redpanda_transform version 2\n" in outcome.stdout
    assert "Runs on    Redpanda 24.2 and newer (check_abi_version_2)\n" in outcome.stdout
    assert "Memory     2 pages (128 KiB), no maximum; 1.9 MiB of 2 MiB left to grow\n" in outcome.stdout
    assert "Origin     rpkpy 0.1.0; language c; tools zig 0.17.1\n" in outcome.stdout
    assert " in loop, " in outcome.stdout


def test_the_projects_module_under_its_clusters_limits(cli: Cli) -> None:
    (cli.home / "transform.yaml").write_text(
        "name: big\ncluster:\n  data_transforms_per_function_memory_limit: 16777216\n"
    )
    (cli.home / "big.wasm").write_bytes(transform(memory='(memory (export "memory") 40)'))
    outcome = cli("transform", "inspect")
    assert "13.5 MiB of 16 MiB left to grow" in outcome.stdout
    small = cli("transform", "inspect", "--limits", "broker")
    assert small.code == 0
    shown = " ".join(small.stdout.split())
    assert "512 KiB more than the 2 MiB it is given" in shown
    assert "Problem memory-minimum: " in shown
    assert "Runs on no broker with these limits (1 rule fails: rpkpy transform validate)" in shown


def test_formats(cli: Cli) -> None:
    (cli.home / "x.wasm").write_bytes(BUILT)
    found = json.loads(cli("transform", "inspect", "x.wasm", "--format", "json").stdout)
    assert found["memory"]["initial_pages"] == 2
    assert found["origin"]["tools"] == {"zig": "0.17.1"}
    assert "SECTION" in cli("transform", "inspect", "x.wasm", "--format", "wide").stdout
    assert cli("transform", "inspect", "--format", "help").stdout.startswith("{\n  sha256: string")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"int main() {}\n", "the file is a text"),
        (identity()[:192], "the file ends inside"),
        (b"\0asm\x0d\0\x01\0", "component"),
        (b"\0asm\x01\0\0\0" + bytes(999), "ends inside"),
    ],
)
def test_what_is_no_module_exits_with_3(cli: Cli, data: bytes, words: str) -> None:
    (cli.home / "x.wasm").write_bytes(data)
    outcome = cli("transform", "inspect", "x.wasm")
    assert (outcome.code, outcome.out) == (3, b""), outcome
    assert words in outcome.err
    assert "Fix: " in outcome.err


@pytest.mark.parametrize(("argument", "words"), [("-", "standard input"), ("none.wasm", "no file"), (".", "a folder")])
def test_what_cannot_be_meant_exits_with_2(cli: Cli, argument: str, words: str) -> None:
    outcome = cli("transform", "inspect", argument)
    assert (outcome.code, outcome.out) == (2, b"")
    assert words in outcome.err


def test_names_from_a_module_do_not_reach_the_terminal_raw(cli: Cli) -> None:
    (cli.home / "x.wasm").write_bytes(transform(imports='(import "\\1b[31mred" "a\\0ab" (func))'))
    for format in ("text", "wide"):
        outcome = cli("transform", "inspect", "x.wasm", "--format", format)
        assert outcome.code == 0
        assert b"\x1b" not in outcome.out
        assert "\\x1b[31mred" in outcome.stdout
