"""Runs the command line in process: arguments, environment, stdin, files in; streams, exit code, files out."""

import io
import sys
from dataclasses import dataclass
from pathlib import Path

import pexpect

from rpkpy.cli.context import Context
from rpkpy.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What a run of the command line left: exit code and streams."""

    code: int
    out: bytes
    err: str

    @property
    def stdout(self) -> str:
        """Standard output as text."""
        return self.out.decode()


class Cli:
    """A person's shell: a home folder, a current folder, an environment."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cwd = home
        self.env = {
            "HOME": str(home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "XDG_CONFIG_HOME": str(home / ".config"),
            "RPKPY_DATA_DIR": str(home / "data"),
            "RPKPY_CACHE_DIR": str(home / "cache"),
            "RPKPY_STATE_DIR": str(home / "state"),
        }

    def __call__(self, *args: str, stdin: bytes = b"", env: dict[str, str] | None = None) -> Outcome:
        """Run `rpkpy ARGS` without a terminal."""
        out, err = io.BytesIO(), io.BytesIO()
        context = Context(
            stdin=io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"),
            stdout=io.TextIOWrapper(out, encoding="utf-8", write_through=True),
            stderr=io.TextIOWrapper(err, encoding="utf-8", errors="backslashreplace", write_through=True),
            environ=self.env | (env or {}),
            cwd=self.cwd,
        )
        code = main(list(args), context)
        context.stdout.flush()
        context.stderr.flush()
        return Outcome(int(code), out.getvalue(), err.getvalue().decode())

    def terminal(self, *args: str, columns: int = 120, **env: str) -> "pexpect.spawn[str]":
        """`rpkpy ARGS` in a process of its own, with a person at a real terminal (a pty) of 24 lines."""
        return pexpect.spawn(
            sys.executable,
            ["-m", "rpkpy", *args],
            cwd=str(self.cwd),
            env={**self.env, "TERM": "xterm", **env},
            encoding="utf-8",
            timeout=30,
            dimensions=(24, columns),
        )
