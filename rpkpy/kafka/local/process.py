"""A process that outlives the command that started it: found again by a file, signalled only when it is the one."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rpkpy.errors import LocalError

_POLL_S = 0.05


class ManagedProcess:
    """A detached process, recorded in `pid_file`.

    The file alone is never trusted: pids are reused, so a recorded pid counts only while its command line holds
    `marker`, an argument that no other process has.
    """

    def __init__(self, pid_file: Path, marker: str) -> None:
        self.pid_file = pid_file
        self.marker = marker

    def spawn(
        self,
        command: Sequence[str | Path],
        *,
        output: Path,
        cwd: Path,
        environ: Mapping[str, str] | None = None,
        note: str = "",
    ) -> "Child":
        """Start `command` in a session of its own, its output appended to the file `output`.

        `environ` is its environment (this process's by default); `note` is recorded.
        """
        with output.open("ab") as file:
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=subprocess.STDOUT,
                    cwd=cwd,
                    env=dict(environ) if environ is not None else None,
                    start_new_session=True,  # neither Ctrl-C nor the terminal's end reaches it
                )
            except OSError as error:
                raise LocalError(f"{command[0]} could not be started.", cause=str(error)) from error
        record = json.dumps({"pid": process.pid, "started": time.time(), "note": note})
        temporary = self.pid_file.with_suffix(".new")
        temporary.write_text(record, encoding="utf-8")
        temporary.replace(self.pid_file)
        return Child(process)

    @property
    def pid(self) -> int | None:
        """The pid while the process runs; None otherwise, also when the file is stale, foreign or garbage."""
        pid = self._record().get("pid")
        if not isinstance(pid, int) or pid <= 1:
            return None
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)  # a child of this very process leaves a zombie otherwise
        return pid if f" {self.marker} " in f" {command_line(pid)} " else None

    @property
    def started(self) -> float | None:
        """When the recorded process was started, in seconds since the epoch."""
        started = self._record().get("started")
        return float(started) if isinstance(started, int | float) else None

    @property
    def note(self) -> str:
        """What `spawn` was told to record."""
        return str(self._record().get("note") or "")

    def stop(self, *, timeout_s: float) -> bool:
        """End the process: SIGTERM, then SIGKILL after `timeout_s`. Whether there was one to end."""
        pid = self.pid
        if pid is None:
            self.pid_file.unlink(missing_ok=True)
            return False
        for number, wait_s in ((signal.SIGTERM, timeout_s), (signal.SIGKILL, 10.0)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
            deadline = time.monotonic() + wait_s
            while time.monotonic() < deadline:
                if self.pid is None:
                    self.pid_file.unlink(missing_ok=True)
                    return True
                time.sleep(_POLL_S)
        raise LocalError(f"Process {pid} does not end.", fix=f"See what holds it: ps -p {pid} -o stat,wchan,command")

    def _record(self) -> dict[str, object]:
        try:
            record = json.loads(self.pid_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return record if isinstance(record, dict) else {}


class Child:
    """The process just started, as long as the command that started it looks after it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self._process = process
        self._exit: int | None = None

    def poll(self) -> int | None:
        """The exit code once it ended, None while it runs."""
        if self._exit is None:
            self._exit = self._process.poll()
        return self._exit

    def kill(self) -> None:
        """End it at once and wait for its end."""
        self._process.kill()
        self._exit = self._process.wait()

    def release(self) -> None:
        """Leave it running for good: from here on only the pid file knows it."""
        if self._process.returncode is None:
            self._process.returncode = 0  # else Popen warns that it was not waited for


def command_line(pid: int) -> str:
    """The arguments of a running process, joined by spaces; empty when there is none, or a zombie."""
    if Path("/proc/self/cmdline").exists():  # Linux; images without ps are common there
        try:
            data = Path("/proc", str(pid), "cmdline").read_bytes()
        except OSError:
            return ""
        return data.decode("utf-8", "surrogateescape").replace("\0", " ").strip()
    run = subprocess.run(["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)
    return run.stdout.strip()
