"""A program on a real terminal of its own, as a person has it."""

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


class Terminal:
    """Runs `command` with a pty as its controlling terminal; `seen` is all it has written."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str], size: tuple[int, int]) -> None:
        self.seen = ""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], list(command), dict(env))  # noqa: S606
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))

    def until(self, *words: str, timeout_s: float = 60) -> None:
        """Read until each of `words` has come since the last call of `forget`."""
        deadline = time.monotonic() + timeout_s
        while not all(word in self.seen for word in words):
            assert time.monotonic() < deadline, f"no {[word for word in words if word not in self.seen]} in {self.seen}"
            if select.select([self._fd], [], [], 0.05)[0]:
                try:
                    self.seen += os.read(self._fd, 65536).decode("utf-8", "replace")
                except OSError:
                    raise AssertionError(f"it ended: {self.seen}") from None

    def forget(self) -> None:
        """Look at what comes from here on alone."""
        while select.select([self._fd], [], [], 0)[0]:
            os.read(self._fd, 65536)
        self.seen = ""

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._fd, text.encode())

    def ended(self, timeout_s: float = 10) -> int:
        """The exit code, once it has ended."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            if select.select([self._fd], [], [], 0.02)[0]:
                try:
                    self.seen += os.read(self._fd, 65536).decode("utf-8", "replace")
                except OSError:  # its end of the terminal is closed
                    time.sleep(0.02)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self._fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError(f"it did not end: {self.seen}")
