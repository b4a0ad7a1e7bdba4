"""The pytest plugin, in runs of pytest of its own, and the driver."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rpkpy.testing import GuestTrap, NoOutput, TransformDriver
from rpkpy.testing.driver import START_MS, bench_of
from tests.engine.guest import wasm
from tests.project.fixtures.guests import PICKY, SPLIT

MANIFEST = "name: copy\ninput-topic: in\noutput-topics: [out, two]\nenv: {A: one}\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a built module."""
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "transform.yaml").write_text(MANIFEST)
    (folder / "copy.wasm").write_bytes(wasm(SPLIT))
    return folder


def run_pytest(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """A run of pytest over a file with this code, below `folder`."""
    path = folder / "tests" / "test_it.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(code)
    env = {**os.environ, "PYTEST_ADDOPTS": "", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    args = ["-m", "pytest", "-q", "-p", "rpkpy.testing.plugin", "-p", "no:cacheprovider", "--strict-markers"]
    return subprocess.run(
        [sys.executable, *args, "--rootdir", str(folder), str(path)],
        cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_fixture_and_its_marker(project: Path) -> None:
    done = run_pytest(
        project,
        """
import pytest
from rpkpy.testing import GuestTrap

pytestmark = pytest.mark.transform(environment={"A": "two"})

def test_one(transform):
    transform.pipe_input("hello", key="k", headers={"h": "v"})
    record = transform.read_output()
    assert (record.key, record.value, record.headers) == (b"k", b"hello", ((b"h", b"v"),))
    assert transform.is_empty()
    assert transform.environment == {"A": "two"}

@pytest.mark.transform(output_topics=["a", "two"])
def test_two(transform):
    assert transform.environment == {"A": "two"}
    transform.pipe_input("split")
    assert [record.value for record in transform.read_outputs("two")] == [b"split"]
    assert transform.read_output("a").value == b"split"

@pytest.mark.transform(file="../fails.wasm")
def test_three(transform):
    with pytest.raises(GuestTrap):
        transform.pipe_input("x")
""",
    )
    assert "2 passed, 1 error" in done.stdout, done.stdout  # fails.wasm is not there
    assert "There is no file" in done.stdout and "rpkpy transform build" in done.stdout
    assert "Traceback" not in done.stdout and "During handling" not in done.stdout


def test_what_the_marker_does_not_know(project: Path) -> None:
    done = run_pytest(project, "import pytest\n@pytest.mark.transform(env={})\ndef test(transform): pass\n")
    assert "The marker `transform` has no 'env'." in done.stdout


def test_without_a_project(tmp_path: Path) -> None:
    done = run_pytest(tmp_path, "def test(transform): pass\n")
    assert "There is no transform.yaml" in done.stdout


def test_it_is_registered_and_imports_nothing_heavy() -> None:
    from importlib.metadata import entry_points

    (entry,) = [entry for entry in entry_points(group="pytest11") if entry.name == "rpkpy"]
    assert entry.value == "rpkpy.testing.plugin"
    code = (
        "import sys, pytest; before = set(sys.modules); import rpkpy.testing.plugin;"
        "print(*sorted(name.split('.')[0] for name in set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert "rpkpy" in loaded
    assert not loaded & {"wasmtime", "ruamel", "jinja2", "httpx", "confluent_kafka", "typer", "rich", "cramjam"}


def test_the_driver(project: Path) -> None:
    with TransformDriver.of_project(project) as driver:
        driver.pipe_input(None)
        driver.advance_time(5)
        driver.pipe_input(b"\xff", key=b"\x00", headers=[("h", None), (b"h", "x")], partition=3)
        assert not driver.is_empty("out") and driver.is_empty("two")
        first, second = driver.read_outputs()
        assert (first.key, first.value, first.timestamp_ms) == (None, None, START_MS)
        assert (second.key, second.value, second.timestamp_ms) == (b"\x00", b"\xff", START_MS + 5)
        assert second.headers == ((b"h", None), (b"h", b"x"))
        assert driver.stats is not None and driver.stats.max_record_fuel > 0
        with pytest.raises(NoOutput, match="No record is left in out"):
            driver.read_output()
        with pytest.raises(KeyError, match="none of the transform's output topics: out, two"):
            driver.read_output("in")
    driver.pipe_input("again")  # a closed one starts anew
    driver.close()
    assert driver.read_output().value == b"again"


def test_after_a_trap_a_new_guest_goes_on(project: Path) -> None:
    (project / "picky.wasm").write_bytes(wasm(PICKY))
    with TransformDriver(bench_of(project, file=project / "picky.wasm")) as driver:
        driver.pipe_input("la")
        with pytest.raises(GuestTrap, match="offset 1 of in, partition 0"):
            driver.pipe_input("b")
        driver.pipe_input("c")
        assert [record.value for record in driver.read_outputs()] == [b"la", b"c"]
        assert driver.logs == ["la"]


def test_schemas(project: Path) -> None:
    ask = "(call $reply (call $get_schema_definition_len (i32.const 1) (i32.const 300)))"
    (project / "copy.wasm").write_bytes(wasm(ask))
    with TransformDriver.of_project(project, schemas=[{"subject": "s", "schema": '"string"'}]) as driver:
        driver.pipe_input("x")
        assert driver.read_output().value == bytes(4)
