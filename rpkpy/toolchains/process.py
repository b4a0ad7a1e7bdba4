"""Runs a toolchain's tools: their output line by line, a time limit, and no process left behind on Ctrl-C.

A tool runs in a session of its own without standard input, so it can neither ask on the terminal nor outlive a build
that was stopped: the whole process group is ended, politely first.
"""

import contextlib
import os
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rpkpy.errors import BuildError, ToolchainError
from rpkpy.toolchains.base import BUILD_TIMEOUT_S

# Version questions answer in milliseconds; a version manager's shim may take seconds.
PROBE_TIMEOUT_S = 30.0

_GRACE_S = 1.0
_CHUNK_BYTES = 65_536
# A tool that ended may leave a daemon (a compiler cache, say) holding its output open: that is not waited for.
_LINGER_S = 0.5
_MAX_LINE_BYTES = 65_536
_CAUSE_LINES = 15
_CAUSE_LINE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """What a short question to a tool gave: exit code, standard output and standard error, decoded and stripped."""

    code: int
    out: str
    err: str


def find(name: str, environ: Mapping[str, str]) -> Path | None:
    """The executable `name` on the PATH of `environ`, or at the path that `name` is; None when there is none."""
    found = shutil.which(name, path=environ.get("PATH", os.defpath))
    return Path(found) if found else None


def find_all(name: str, environ: Mapping[str, str]) -> Iterator[Path]:
    """Each executable `name` on the PATH of `environ`, in the order of PATH; a folder named twice or linked, once."""
    seen: set[str] = set()
    for folder in filter(None, environ.get("PATH", os.defpath).split(os.pathsep)):
        found = shutil.which(name, path=folder)
        if found and (real := os.path.realpath(folder)) not in seen:
            seen.add(real)
            yield Path(found)


def ask(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    timeout_s: float = PROBE_TIMEOUT_S,
) -> Answer:
    """Run a short question (`--version`) quietly. ToolchainError when it cannot start or gives no answer in time."""
    arguments = [str(part) for part in command]
    with _started(arguments, cwd=cwd, env=env, stderr=subprocess.PIPE) as process:
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise ToolchainError(
                f"{arguments[0]} gave no answer.",
                cause=f"`{' '.join(arguments)}` was stopped after {timeout_s:g} s.",
                fix="Run that command by hand to see what it waits for.",
            ) from None
        return Answer(process.returncode, _text(out).strip(), _text(err).strip())


def run(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    say: Callable[[str], None],
    timeout_s: float = BUILD_TIMEOUT_S,
) -> int:
    """Run a tool and hand each line of its output and error output to `say` as it comes; returns the exit code.

    A tool ended by signal N returns -N. Raises ToolchainError when the tool cannot be started, BuildError when it runs
    longer than `timeout_s` seconds. On any exception, Ctrl-C included, the tool's process group is ended first.
    """
    arguments = [str(part) for part in command]
    deadline = time.monotonic() + timeout_s
    with _started(arguments, cwd=cwd, env=env, stderr=subprocess.STDOUT) as process:
        for line in _lines(process, deadline):
            say(line)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=max(0.0, deadline - time.monotonic()))
        raise BuildError(
            f"{Path(arguments[0]).name} did not finish.",
            cause=f"It was stopped after {timeout_s:g} s.",
            fix="Run the build again with -v, or run the tool by hand to see where it waits.",
        )


def build(
    command: Sequence[str | Path],
    *,
    cwd: Path,
    env: Mapping[str, str],
    say: Callable[[str], None],
    fix: Callable[[str], str | None] = lambda output: None,
    timeout_s: float = BUILD_TIMEOUT_S,
    called: str | None = None,
) -> None:
    """`run`, and BuildError with the last lines of the tool's output as its cause when the exit code is not 0.

    `fix` may know what to do from those lines (joined by newlines). `called` is the tool's name for people.
    """
    tail: deque[str] = deque(maxlen=_CAUSE_LINES)

    def keep(line: str) -> None:
        if line.strip():
            tail.append(line[:_CAUSE_LINE_CHARS])
        say(line)

    code = run(command, cwd=cwd, env=env, say=keep, timeout_s=timeout_s)
    if code != 0:
        how = f"exited with {code}" if code > 0 else f"was ended by {_signal_name(-code)}"
        output = "\n".join(tail)
        raise BuildError(f"{called or Path(command[0]).name} {how}.", cause=output or None, fix=fix(output))


@contextlib.contextmanager
def _started(
    arguments: list[str], *, cwd: Path | None, env: Mapping[str, str], stderr: int
) -> Iterator["subprocess.Popen[bytes]"]:
    process: subprocess.Popen[bytes] | None = None
    try:
        with _interrupt_held():
            process = _spawn(arguments, cwd=cwd, env=env, stderr=stderr)
        yield process
    finally:
        if process is not None:
            if process.returncode is None:
                _end(process)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def _spawn(arguments: list[str], *, cwd: Path | None, env: Mapping[str, str], stderr: int) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(
            arguments,
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
    except OSError as error:
        raise ToolchainError(
            f"{arguments[0]} could not be started.",
            cause=error.strerror or str(error),
            fix="Check that it is a program.",
        ) from error


@contextlib.contextmanager
def _interrupt_held() -> Iterator[None]:
    """Ctrl-C comes at the end of the block: inside Popen it would lose the process that has just been started."""
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    pressed: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End the process group: asked first, and what is left of it after a grace time killed."""
    # Until the leader is collected its id, which is the group's, cannot belong to anyone else.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_S
    while time.monotonic() < deadline:
        if os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            break
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _lines(process: "subprocess.Popen[bytes]", deadline: float) -> Iterator[str]:
    """The process's output, a line at a time, until it closes it, ends, or the deadline passes."""
    assert process.stdout is not None  # noqa: S101  # Popen was given a pipe
    descriptor = process.stdout.fileno()
    pending = b""
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0:
            if not selector.select(timeout=min(left, _LINGER_S)):
                if process.poll() is not None:
                    break
                continue
            chunk = os.read(descriptor, _CHUNK_BYTES)
            if not chunk:
                break
            *whole, pending = (pending + chunk).split(b"\n")
            for line in whole:
                yield _text(line)
            if len(pending) > _MAX_LINE_BYTES:
                yield _text(pending)
                pending = b""
    if pending:
        yield _text(pending)


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace").rstrip("\r")


def _signal_name(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
