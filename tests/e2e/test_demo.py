"""The README's demo, as a process: it shows masked records, leaves nothing behind, also when interrupted."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def demo(tmp_path: Path, **environ: str) -> "subprocess.Popen[str]":
    """scripts/demo.py, started; its home folder goes into `tmp_path`."""
    return subprocess.Popen(
        [sys.executable, str(ROOT / "scripts" / "demo.py")],
        env=os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "100"} | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def processes_of(folder: Path) -> list[str]:
    """Command lines of the processes that work in or for `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            environ = (entry / "environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if int(entry.name) != os.getpid() and (str(folder) in line or f"RPKPY_DATA_DIR={folder}" in environ):
            found.append(line)
    return found


@pytest.mark.toolchain("python")
def test_the_demo_masks_customers_and_cleans_up(tmp_path: Path) -> None:
    process = demo(tmp_path)
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 0, output
    assert "--lang python" in output
    assert "every rule passed" in output
    assert 'transform "mask" deployed.' in output
    assert "jane.doe@example.com" in output
    assert re.search(r"\*\*\*\*\.com", output)
    assert re.search(r"mask +customer +customer_masked +1 / 1 +0", output)
    assert "masking: email, phone" in output
    assert list(tmp_path.iterdir()) == []
    assert processes_of(tmp_path) == []


@pytest.mark.toolchain("c")
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It is also one that has neither Python's interpreter nor its sources."""
    nothing = {"RPKPY_RUNTIMES_DIR": str(tmp_path_factory.mktemp("none")), "RPKPY_DEBIAN_MIRROR": "http://127.0.0.1:9"}
    process = demo(tmp_path, **nothing)
    assert process.stdout is not None
    seen = ""
    while "$ rpkpy topic create" not in seen:  # the cluster runs by then
        line = process.stdout.readline()
        assert line, seen
        seen += line
    assert "No Python here, so the demo goes on in C: The sources of micropython" in seen
    assert "--lang c" in seen
    assert processes_of(tmp_path) != []
    os.killpg(process.pid, signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130, rest
    assert "Traceback" not in rest
    assert list(tmp_path.iterdir()) == []
    deadline = time.monotonic() + 10
    while processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert processes_of(tmp_path) == []
