"""Tools run with streamed output, end with the build, and are never left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.toolchains import process

ENV = {"PATH": "/usr/bin:/bin"}


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def ended(pid: int) -> bool:
    """Whether process `pid` is gone or waits to be collected, looked at for at most five seconds."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            status = Path(f"/proc/{pid}/stat").read_text()
        except FileNotFoundError:
            return True
        if status.rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


def test_lines_come_in_order_from_both_streams(tmp_path: Path) -> None:
    lines: list[str] = []
    code = process.run(
        python("import sys; print('a', flush=True); print('b\\r', file=sys.stderr); sys.stdout.write('é\\n\\nlast')"),
        cwd=tmp_path,
        env=ENV,
        say=lines.append,
    )
    assert (code, lines) == (0, ["a", "b", "é", "", "last"])


def test_a_line_is_handed_on_before_the_tool_ends(tmp_path: Path) -> None:
    go = tmp_path / "go"
    seen: list[str] = []

    def say(line: str) -> None:
        seen.append(line)
        go.touch()

    waits_for_the_reader = f"""
import pathlib, time
print("first", flush=True)
while not pathlib.Path({str(go)!r}).exists():
    time.sleep(0.01)
print("second")
"""
    assert process.run(python(waits_for_the_reader), cwd=tmp_path, env=ENV, say=say, timeout_s=60) == 0
    assert seen == ["first", "second"]


def test_output_that_is_not_utf8_and_endless_lines_pass(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import sys; sys.stdout.buffer.write(b'\\xff\\n' + b'x' * 300_000)"
    assert process.run(python(code), cwd=tmp_path, env=ENV, say=lines.append) == 0
    assert lines[0] == "\ufffd"
    assert "".join(lines[1:]) == "x" * 300_000


def test_the_environment_is_the_given_one_and_stdin_is_empty(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import os, sys; print(sys.stdin.read() == '', os.environ.get('HOME'), os.environ['MINE'])"
    process.run(python(code), cwd=tmp_path, env=ENV | {"MINE": "yes"}, say=lines.append)
    assert lines == ["True None yes"]


@pytest.mark.parametrize(
    ("code", "expected"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL)]
)
def test_exit_codes(tmp_path: Path, code: str, expected: int) -> None:
    assert process.run(python(code), cwd=tmp_path, env=ENV, say=lambda line: None) == expected


# A tool with a child of its own, as cargo has rustc; the child, or both, ignore the polite request.
FAMILY = """
import os, signal, subprocess, sys, time
before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
if POLITE:
    signal.signal(signal.SIGTERM, before)
print(os.getpid(), child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("polite", [True, False])
@pytest.mark.parametrize("reason", ["timeout", "interrupt", "failure of the reader"])
def test_the_whole_process_group_ends(tmp_path: Path, reason: str, polite: bool) -> None:
    pids: list[int] = []
    interrupt = threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT))

    def say(line: str) -> None:
        pids.extend(map(int, line.split()))
        if reason == "interrupt":
            interrupt.start()
        elif reason == "failure of the reader":
            raise BrokenPipeError

    expected: dict[str, type[BaseException]] = {"timeout": BuildError, "interrupt": KeyboardInterrupt}
    with pytest.raises(expected.get(reason, BrokenPipeError)):
        process.run(
            python(FAMILY.replace("POLITE", str(polite))),
            cwd=tmp_path,
            env=ENV,
            say=say,
            timeout_s=1 if reason == "timeout" else 60,
        )
    assert len(pids) == 2
    assert all(ended(pid) for pid in pids)


def test_ctrl_c_in_the_middle_of_a_start_ends_what_was_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    popen = subprocess.Popen

    def interrupted(*args: Any, **kwargs: Any) -> "subprocess.Popen[bytes]":
        child = popen(*args, **kwargs)
        started.append(child.pid)
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(100):  # time for Python to notice
            pass
        return child

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        process.run(python("import time; time.sleep(600)"), cwd=tmp_path, env=ENV, say=lambda line: None)
    (pid,) = started
    try:
        assert ended(pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_daemon_that_keeps_the_output_open_is_not_waited_for(tmp_path: Path) -> None:
    code = """
import subprocess, sys
daemon = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(daemon.pid)
"""
    lines: list[str] = []
    try:
        assert process.run(python(code), cwd=tmp_path, env=ENV, say=lines.append, timeout_s=60) == 0
    finally:
        os.kill(int(lines[0]), signal.SIGKILL)


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.write_text("no program")])
def test_what_cannot_be_started_is_a_toolchain_error(tmp_path: Path, make: Callable[[Path], object]) -> None:
    tool = tmp_path / "tool"
    make(tool)
    with pytest.raises(ToolchainError, match="could not be started"):
        process.run([tool], cwd=tmp_path, env=ENV, say=lambda line: None)
    with pytest.raises(ToolchainError, match="could not be started"):
        process.ask([tool], env=ENV)


def test_ask_keeps_the_streams_apart() -> None:
    answer = process.ask(python("import sys; print(' out '); print('err', file=sys.stderr); sys.exit(4)"), env=ENV)
    assert answer == process.Answer(4, "out", "err")


def test_ask_gives_up() -> None:
    with pytest.raises(ToolchainError, match="gave no answer"):
        process.ask(python("import time; time.sleep(600)"), env=ENV, timeout_s=1)


def test_build_shows_everything_and_keeps_the_end(tmp_path: Path) -> None:
    lines: list[str] = []
    code = "import sys; [print(n) for n in range(100)]; print(); sys.exit(2)"
    with pytest.raises(BuildError) as caught:
        process.build(python(code), cwd=tmp_path, env=ENV, say=lines.append, fix=lambda out: f"see {out.split()[-1]}")
    assert lines == [*map(str, range(100)), ""]
    assert caught.value.cause == "\n".join(map(str, range(85, 100)))
    assert caught.value.fix == "see 99"
    assert "exited with 2" in caught.value.message


def test_the_end_that_is_kept_is_short(tmp_path: Path) -> None:
    code = "import sys; [print('x' * 60_000) for n in range(20)]; sys.exit(2)"
    with pytest.raises(BuildError) as caught:
        process.build(python(code), cwd=tmp_path, env=ENV, say=lambda line: None)
    assert 1_000 < len(caught.value.cause or "") < 10_000


def test_build_names_the_signal(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="SIGKILL"):
        process.build(python("import os; os.kill(os.getpid(), 9)"), cwd=tmp_path, env=ENV, say=lambda line: None)


def test_find_all_follows_path(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("one", "two", "three")]
    for folder in folders:
        folder.mkdir()
        (folder / "tool").write_text("#!/bin/sh\n")
    for folder in (folders[0], folders[2]):
        (folder / "tool").chmod(0o755)
    environ = {"PATH": os.pathsep.join(map(str, [*folders, folders[0]]))}
    assert list(process.find_all("tool", environ)) == [folders[0] / "tool", folders[2] / "tool"]
    assert process.find("tool", environ) == folders[0] / "tool"
    assert process.find("missing", environ) is None
