"""The benchmarks run; what they measure is for people to read."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from rpkpy.batches.codec import decode_batches
from tests.engine import guest
from tests.kafka.fixture import TestKafka

BENCH = Path(__file__).parents[2] / "bench"
SMALLEST = ["--batch", "100", "--rounds", "1", "--seconds", "0.001", "--records", "1"]


def run(*options: str) -> subprocess.CompletedProcess[str]:
    """The engine's benchmark in its smallest form."""
    command = [sys.executable, str(BENCH / "engine" / "run.py"), *SMALLEST, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


def result(*options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("--json", *options).stdout)
    return found


def check(found: dict[str, Any], guests: list[str], hosts: set[str]) -> None:
    """Each guest with both sizes of values and both ways to feed it; figures of every host."""
    shown = [(row["workload"], row["feed"]) for row in found["rows"]]
    workloads = [f"{name} {size}" for name in guests for size in ("100 B", "1 KiB")]
    assert shown == [(workload, f"{feed} of 100") for workload in workloads for feed in ("1 MiB", "1 batch")]
    for row in found["rows"]:
        for rates in (row["records_per_cpu_s"], row["records_per_wall_s"]):
            assert set(rates) == hosts and all(rate > 0 for rate in rates.values())
        for ratios in (row["cpu_ratio"], row["wall_ratio"]):
            assert set(ratios) == hosts - {"engine"} and all(ratio > 0 for ratio in ratios.values())
    assert list(found["guests"]) == guests
    for rest in found["guests"].values():
        assert rest["two_threads"]["ratio"] > 0
        assert rest["warm_start"]["total_ms"] > 0
        assert rest["memory"] is None or rest["memory"]["records"] > 0


def test_the_engine_and_the_python_host() -> None:
    check(result("--guest", "identity", "--no-native"), ["identity"], {"engine", "per record"})


def test_the_table_fits_100_columns() -> None:
    lines = run("--guest", "identity", "--no-native").stdout.splitlines()
    assert any(line.startswith("identity 1 KiB 1 batch of 100 ") for line in lines)
    assert max(map(len, lines)) <= 100


@pytest.mark.toolchain("c")
def test_the_masking_guest_is_built() -> None:
    check(result("--guest", "masking", "--no-native"), ["masking"], {"engine", "per record"})


def languages(*options: str) -> "subprocess.CompletedProcess[str]":
    """The languages' benchmark in its smallest form."""
    command = [sys.executable, str(BENCH / "languages" / "run.py"), "--rounds", "1", "--seconds", "0.001", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.toolchain("c", "python")
def test_the_languages_are_compared() -> None:
    found = json.loads(languages("--language", "c", "--language", "python", "--format", "json").stdout)
    rows = {(row["language"], row["pattern"]): row for row in found["measured"]}
    assert set(rows) == {(language, name) for language in ("c", "python") for name in ("identity", "masking")}
    for row in rows.values():
        assert set(row["records_per_s"]) == {"1000", "100"}
        assert all(rate > 0 for rate in row["records_per_s"].values())
        assert row["start_ms"] > 0 and row["module_bytes"] > 1000 and row["memory_bytes"] % 65_536 == 0
    assert rows["c", "identity"]["fuel"] < rows["python", "identity"]["fuel"] < rows["python", "masking"]["fuel"]


@pytest.mark.toolchain("c")
def test_the_languages_table_fits_80_columns() -> None:
    lines = languages("--language", "c").stdout.splitlines()
    assert lines[-1].startswith("c ")
    assert max(map(len, lines)) <= 80


@pytest.fixture(scope="module")
def native_host() -> Path:
    """The native host; where it is not there yet, cargo takes minutes."""
    code = "import native\ntry: print(native.build())\nexcept native.NativeUnavailable as e: raise SystemExit(f'- {e}')"
    environment = os.environ | {"PYTHONPATH": str(BENCH / "engine")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if done.stderr.startswith("- "):
        pytest.skip(done.stderr[2:].strip())
    assert done.returncode == 0, done.stderr
    return Path(done.stdout.strip())


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_native_host(native_host: Path) -> None:
    check(result("--guest", "identity"), ["identity"], {"engine", "native", "per record"})


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_native_host_alone(native_host: Path, tmp_path: Path) -> None:
    module, feed, output = tmp_path / "guest.wasm", tmp_path / "feed", tmp_path / "output"

    def run_native(*options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([str(native_host), str(module), str(feed), *options], capture_output=True, text=True)

    module.write_bytes(guest.wasm(guest.ECHO))
    batches = [guest.batch(b"a", b"b"), guest.batch(b"c", base_offset=2)]
    feed.write_bytes(b"".join(batches))
    answer = json.loads(run_native("--feed-batches", "1", "--repeats", "3", "--output", str(output)).stdout)
    assert (answer["feeds"], answer["records_in"], answer["records_out"]) == (6, 9, 9)
    written = [[record.value for record in batch.records()] for batch in decode_batches(output.read_bytes())]
    assert written == [[b"a", b"b"], [b"c"]]

    feed.write_bytes(batches[0][:-1] + b"\1")
    assert "checksum does not match" in run_native().stderr
    feed.write_bytes(batches[0])
    for on_record, cause in (
        ("(loop $forever (br $forever))", "all fuel consumed"),
        ("(call $proc_exit (i32.const 3))", "proc_exit(3)"),
        ("(drop (call $write_record (i32.const -1) (i32.const 8)))", "Out of bounds memory access in FFI"),
    ):
        module.write_bytes(guest.wasm(on_record))
        done = run_native()
        assert done.returncode == 1 and cause in done.stderr, done.stderr


@pytest.mark.kafka
def test_the_host_on_both_paths(kafka: TestKafka) -> None:
    command = [sys.executable, str(BENCH / "host" / "run.py"), "--brokers", kafka.bootstrap, "--json", "--quick"]
    smallest = ["--scale", "0.02", "--latency", "0.3", "--no-others", "--only", "identity 100 B, 10 "]
    done = subprocess.run([*command, *smallest], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    (row,) = found["rows"]
    assert row["case"] == "identity 100 B, 10 a batch"
    assert set(row["records_per_s"]) == set(row["cpu_us"]) == {"wire", "client", "loop"}
    assert row["ratio"]["client"] > 0 and all(rate > 0 for rate in row["records_per_s"].values())
    assert row["guest_us"] > 0
    for name in ("whole", "floor", "host"):
        times = row["latency"][name]
        assert times["p50_ms"] <= times["p99_ms"] <= times["worst_ms"]
    assert min(row["latency"]["whole"]["p50_ms"], row["latency"]["floor"]["p50_ms"]) > 0
    assert found["others"] is None
