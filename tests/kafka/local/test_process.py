"""Managed processes: found again, signalled only when they are the ones."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpkpy.errors import LocalError
from rpkpy.kafka.local.process import ManagedProcess, command_line

SLEEPER = "import sys, time; print('up', flush=True); time.sleep(120)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(120)"


def start(folder: Path, code: str, marker: str = "marker-one") -> ManagedProcess:
    process = ManagedProcess(folder / "it.pid", marker)
    child = process.spawn([sys.executable, "-c", code, marker], output=folder / "out", cwd=folder, note="a note")
    while "up" not in (folder / "out").read_text():
        assert child.poll() is None
    child.release()
    return process


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process of somebody else."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"]) as process:
        yield process
        process.kill()


def test_it_is_found_again_and_stopped(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    again = ManagedProcess(process.pid_file, process.marker)
    assert again.pid == process.pid is not None
    assert again.note == "a note"
    assert again.stop(timeout_s=10)
    assert again.pid is None
    assert not process.pid_file.exists()
    assert not again.stop(timeout_s=1)


def test_one_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    process = start(tmp_path, DEAF)
    assert process.stop(timeout_s=0.3)
    assert process.pid is None


def test_it_is_in_a_session_of_its_own(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    try:
        session = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[3]
        assert int(session) == process.pid
    finally:
        process.stop(timeout_s=5)


def test_a_reused_pid_is_not_touched(tmp_path: Path, stranger: subprocess.Popen[bytes]) -> None:
    process = ManagedProcess(tmp_path / "it.pid", "marker-one")
    process.pid_file.write_text(json.dumps({"pid": stranger.pid, "started": 0}))
    assert process.pid is None
    assert not process.stop(timeout_s=1)
    assert stranger.poll() is None


def test_a_marker_that_only_begins_alike_is_another(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER, marker="--data=/x/local2")
    try:
        assert ManagedProcess(process.pid_file, "--data=/x/local").pid is None
    finally:
        process.stop(timeout_s=5)


@pytest.mark.parametrize(
    "text", ["", "garbage", "[]", '{"pid": "7"}', '{"pid": -1}', '{"pid": 1}', '{"pid": 99999999}']
)
def test_a_damaged_pid_file_is_no_process(tmp_path: Path, text: str) -> None:
    process = ManagedProcess(tmp_path / "it.pid", "marker-one")
    process.pid_file.write_text(text)
    assert process.pid is None
    assert not process.stop(timeout_s=1)


def test_a_killed_process_is_gone(tmp_path: Path) -> None:
    process = start(tmp_path, SLEEPER)
    pid = process.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while process.pid is not None:
        pass
    assert command_line(pid) == ""


def test_a_command_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="could not be started"):
        ManagedProcess(tmp_path / "it.pid", "m").spawn([tmp_path / "none"], output=tmp_path / "out", cwd=tmp_path)
