"""A module run once on records, in the real engine."""

from pathlib import Path

import pytest

from rpkpy.batches.record import Record
from rpkpy.errors import ProjectError
from rpkpy.project.manifest import Manifest, parse
from rpkpy.project.probe import Samples, find_project, find_samples, probe
from rpkpy.project.project import Project
from rpkpy.project.samples import Expected
from rpkpy.wasm.limits import BROKER, Limits
from rpkpy.wasm.verdict import Verdict
from tests.wasm.modules import IDENTITY_WAT, assemble, identity

RECORDS = [Record(b"k", b"v", ((b"h", b"1"),), timestamp_ms=7), Record(None, b"w"), Record(b"t", None)]
TRIED = Samples(RECORDS, "three records")
MANIFEST = parse("name: copy\ninput-topic: in\noutput-topics: [first, second]\nenv: {A: b, KEY: <required>}\n")


def run(
    wasm: bytes, tried: Samples = TRIED, limits: Limits = BROKER, manifest: Manifest | None = None
) -> list[Verdict]:
    return probe(wasm, tried, limits=limits, manifest=manifest)


def changed(old: str, new: str) -> bytes:
    assert old in IDENTITY_WAT
    return assemble(IDENTITY_WAT.replace(old, new))


def test_a_module_that_works() -> None:
    verdicts = run(identity(), manifest=MANIFEST)
    assert [(item.rule, item.status) for item in verdicts] == [
        ("run-compile", "ok"),
        ("run-start", "ok"),
        ("run-records", "ok"),
        ("run-fuel", "ok"),
        ("run-memory", "ok"),
    ]
    assert {item.stage for item in verdicts} == {"run"}
    assert verdicts[2].detail == "3 records in (three records), 3 to first, 0 to second"
    assert "of a record's 6,000,000,000" in verdicts[3].detail
    assert verdicts[4].detail == "128 KiB of 2 MiB at its peak"


def test_expected_outputs() -> None:
    expected = [Expected(None, {"key": record.key, "value": record.value}) for record in RECORDS]
    right = run(identity(), Samples(RECORDS, "samples", expected))[-1]
    assert (right.rule, right.status) == ("run-expected", "ok")
    wrong = run(identity(), Samples(RECORDS, "samples", expected[::-1]))[-1]
    assert (wrong.rule, wrong.status) == ("run-expected", "fail")
    assert wrong.detail == 'output, record 1: key is "k", expected "t"'


def test_a_body_that_no_engine_compiles() -> None:
    broken = bytearray(identity())
    place = broken.index(b"\x41\x80\x80\x04")  # i32.const 65536 in $loop
    broken[place] = 0xFF
    (verdict,) = run(bytes(broken))
    assert (verdict.rule, verdict.status) == ("run-compile", "fail")
    assert verdict.broker_says


def test_a_trap_at_start() -> None:
    verdict = run(changed("(call $abi) (call $loop)", "unreachable"))[-1]
    assert (verdict.rule, verdict.status) == ("run-start", "fail")
    assert "while it started" in verdict.detail
    verdict = run(changed("(call $abi) (call $loop)", "unreachable"), manifest=MANIFEST)[-1]
    assert "without KEY (<required>" in str(verdict.fix)


def test_what_a_guest_printed_before_it_failed_is_said() -> None:
    printing = IDENTITY_WAT.replace(
        '(import "wasi_snapshot_preview1" "proc_exit"',
        '(import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))'
        ' (import "wasi_snapshot_preview1" "proc_exit"',
    )
    print_it = "(drop (call $fd_write (i32.const 2) (i32.const 16) (i32.const 1) (i32.const 32)))"
    failing = printing.replace("(call $abi) (call $loop)", f"{print_it} (call $exit (i32.const 1))").replace(
        '(data (i32.const 0) "reserved")',
        '(data (i32.const 16) "\\40\\00\\00\\00\\08\\00\\00\\00") (data (i32.const 64) "no field")',
    )
    verdict = run(assemble(failing))[-1]
    assert (verdict.rule, verdict.status) == ("run-start", "fail")
    assert verdict.detail.endswith(" It printed: no field")


def test_a_main_that_returns() -> None:
    verdict = run(changed("(call $abi) (call $loop)", "(call $abi)"))[-1]
    assert (verdict.rule, verdict.status) == ("run-start", "fail")
    assert "returned" in verdict.detail


def test_a_trap_at_a_record() -> None:
    broken = changed("(drop (call $write (i32.const 1024) (local.get $size)))", "unreachable")
    verdict = run(broken)[-1]
    assert (verdict.rule, verdict.status) == ("run-records", "fail")
    assert "at the record with offset 0" in verdict.detail
    made_up = run(broken, find_samples(None))[-1]
    assert made_up.status == "warn"
    assert "--records" in made_up.detail


def _spinning(turns: int) -> bytes:
    """A module that counts to `turns` at each record."""
    return changed(
        "(drop (call $write",
        f"""(global.set $pages (i32.const 0))
        (loop $spin
          (global.set $pages (i32.add (global.get $pages) (i32.const 1)))
          (br_if $spin (i32.lt_u (global.get $pages) (i32.const {turns}))))
        (drop (call $write""",
    )


def test_fuel_of_a_record() -> None:
    limits = Limits(runtime_ms=1)  # 2,000,000 units
    fuel = {item.rule: item for item in run(_spinning(1_000), limits=limits)}["run-fuel"]
    assert fuel.status == "ok"
    fuel = {item.rule: item for item in run(_spinning(200_000), limits=limits)}["run-fuel"]
    assert fuel.status == "warn"
    assert "data_transforms_runtime_limit_ms (now 1" in str(fuel.fix)
    over = run(_spinning(2_000_000), limits=limits)[-1]
    assert (over.rule, over.status) == ("run-records", "fail")
    assert "fuel" in over.detail


def test_memory_near_its_limit() -> None:
    memory = {item.rule: item for item in run(identity(), limits=Limits(memory_bytes=131_072))}["run-memory"]
    assert memory.status == "warn"
    assert memory.detail == "128 KiB of 128 KiB at its peak"


def test_compiled_code_is_kept(tmp_path: Path) -> None:
    for _ in range(2):
        assert probe(identity(), TRIED, limits=BROKER, cache_dir=tmp_path / "modules")[-1].status == "ok"
    assert list((tmp_path / "modules").rglob("*"))


def project(tmp_path: Path, **files: str) -> Project:
    (tmp_path / "samples").mkdir()
    for name, text in files.items():
        (tmp_path / "samples" / f"{name}.jsonl").write_text(text)
    return Project(tmp_path, MANIFEST)


def test_where_samples_come_from(tmp_path: Path) -> None:
    empty = project(tmp_path)
    assert find_samples(empty).synthetic
    (tmp_path / "samples" / "input.jsonl").write_text('{"value":"a"}\n')
    assert find_samples(empty) == Samples([Record(None, b"a")], "samples/input.jsonl")
    (tmp_path / "samples" / "expected.jsonl").write_text('{"value":"b"}\n')
    assert find_samples(empty).expected == [Expected(None, {"value": b"b"})]
    other = tmp_path / "other.jsonl"
    other.write_text('{"value":"c"}\n')
    assert find_samples(empty, other, "other.jsonl") == Samples([Record(None, b"c")], "other.jsonl")


def test_a_file_without_records(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="holds no record"):
        find_samples(project(tmp_path, input="\n\n"))


def test_which_project_speaks_for_a_file(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    assert find_project(tmp_path, "x.wasm") is None
    (inner / "transform.yaml").write_text("name: inner\n")
    assert find_project(tmp_path, "inner/x.wasm") == find_project(inner, None)
    with pytest.raises(ProjectError):
        find_project(tmp_path, None)
    (tmp_path / "transform.yaml").write_text("name: outer\n")
    outer = find_project(tmp_path, "inner/x.wasm")
    assert outer is not None
    assert outer.manifest.name == "outer"
