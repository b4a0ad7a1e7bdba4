"""What a command may touch of the world: streams, terminal, environment, directories, clock.

Nothing below `cli` reads `sys.stdout`, `os.environ` or the home folder; a command hands down what is needed.
"""

import io
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from rpkpy.errors import UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.config.settings import Settings

NO_TERMINAL = "There is no terminal to ask on."
"""Why a question fails where nobody can answer."""
_SHOWN_TRANSFER_BYTES = 256 * 1024
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}


class GlobalOptions:
    """The options that every command takes."""

    def __init__(self) -> None:
        self.config: str | None = None
        self.overrides: list[str] = []
        self.profile: str | None = None
        self.verbose = 0
        self.no_color = False


class Dirs:
    """Where rpkpy keeps what: the XDG directories (or the platform's own), each movable by a variable.

    `RPKPY_DATA_DIR`, `RPKPY_CACHE_DIR`, `RPKPY_STATE_DIR` name rpkpy's own folders; `config` is the user's
    configuration folder, below which `rpk/rpk.yaml` is shared with rpk.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def _dir(self, kind: str) -> Path:
        override = self._environ.get(f"RPKPY_{kind.upper()}_DIR")
        if override:
            return Path(override).absolute()
        import platformdirs

        return Path(getattr(platformdirs.PlatformDirs("rpkpy", appauthor=False), f"user_{kind}_dir"))

    @property
    def data(self) -> Path:
        """Clusters and what they store."""
        return self._dir("data")

    @property
    def cache(self) -> Path:
        """What can be made again: toolchains, jars, compiled modules."""
        return self._dir("cache")

    @property
    def state(self) -> Path:
        """Logs and histories."""
        return self._dir("state")

    @property
    def config(self) -> Path:
        """The user's configuration folder (`~/.config` on Linux), as Go's os.UserConfigDir names it."""
        xdg = self._environ.get("XDG_CONFIG_HOME")
        if xdg and Path(xdg).is_absolute():  # a relative one is to be ignored (XDG Base Directory Specification)
            return Path(xdg)
        import platformdirs

        return Path(platformdirs.user_config_dir())


class Context:
    """One run of the command line."""

    def __init__(
        self,
        *,
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
        environ: Mapping[str, str],
        cwd: Path,
    ) -> None:
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.environ = environ
        self.cwd = cwd
        self.dirs = Dirs(environ)
        self.options = GlobalOptions()
        self._settings: Settings | None = None

    @classmethod
    def of_process(cls) -> "Context":
        """This process's streams, environment and folder. A closed stdin is empty; writing to a closed stdout fails."""
        for name, mode, opened in (
            ("stdin", "r", os.O_RDONLY),
            ("stdout", "w", os.O_RDONLY),
            ("stderr", "w", os.O_WRONLY),
        ):
            if getattr(sys, name) is None:
                # a write to what is open for reading fails as one to the closed stream would: EBADF; nothing is
                # buffered that would fail once more when the process ends
                raw = os.fdopen(os.open(os.devnull, opened), f"{mode}b", buffering=0)
                setattr(sys, name, io.TextIOWrapper(raw, encoding="utf-8", write_through=True))
        try:
            cwd = Path.cwd()
        except FileNotFoundError:  # it was deleted: commands that need no folder work, the others find nothing in it
            cwd = Path(os.curdir)
        return cls(stdin=sys.stdin, stdout=sys.stdout, stderr=sys.stderr, environ=os.environ, cwd=cwd)

    # Output. Data goes to stdout, everything a person reads beside it goes to stderr.

    def echo(self, text: str = "") -> None:
        """Write a line of data to standard output."""
        self.stdout.write(f"{text}\n")

    def note(self, text: str) -> None:
        """Write a message for the person to standard error."""
        self.stderr.write(f"{text}\n")
        self.stderr.flush()

    def warn(self, text: str) -> None:
        """Write a warning to standard error."""
        self.note(f"{self.style('Warning:', 'bold yellow', self.stderr)} {text}")

    def debug(self, text: str) -> None:
        """Write a message to standard error with -v."""
        if self.options.verbose:
            self.note(self.style(text, "dim", self.stderr))

    @property
    def stdout_bytes(self) -> BinaryIO:
        """Standard output for bytes; flush text first when mixing."""
        self.stdout.flush()
        return self.stdout.buffer

    @property
    def stdin_bytes(self) -> BinaryIO:
        """Standard input for bytes."""
        return self.stdin.buffer

    # Terminal facts.

    def is_terminal(self, stream: TextIO) -> bool:
        """Whether a person watches `stream`."""
        try:
            return stream.isatty() and self.environ.get("TERM") != "dumb"
        except ValueError:  # closed
            return False

    @property
    def interactive(self) -> bool:
        """Whether a prompt may be shown: a person at both ends, and not under CI."""
        return self.is_terminal(self.stdin) and self.is_terminal(self.stderr) and not self.environ.get("CI")

    def colored(self, stream: TextIO) -> bool:
        """Whether `stream` gets colour: --no-color, NO_COLOR, FORCE_COLOR, then whether it is a terminal."""
        if self.options.no_color or self.environ.get("NO_COLOR"):
            return False
        if self.environ.get("FORCE_COLOR"):
            return True
        return self.is_terminal(stream)

    def style(self, text: str, style: str, stream: TextIO) -> str:
        """`text` in `style` (words of _STYLES) where `stream` gets colour."""
        if not self.colored(stream):
            return text
        codes = ";".join(_STYLES[word] for word in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"

    # Questions: only on a terminal, each with a flag that answers it.

    def prompt(self, question: str, *, flag: str, default: str | None = None) -> str:
        """Ask for a line; off a terminal, fail naming the flag."""
        if not self.interactive:
            raise UsageError(f"{question} is needed.", cause=NO_TERMINAL, fix=f"Pass {flag}.")
        answer = self._answer(f"{question} [{default}]" if default else question, flag=flag)
        return answer or default or self.prompt(question, flag=flag, default=default)

    def _answer(self, question: str, *, flag: str) -> str:
        self.stderr.write(f"{question}: ")
        self.stderr.flush()
        answer = self.stdin.readline()
        if not answer:
            raise UsageError(f"{question} is needed.", cause="The input ended.", fix=f"Pass {flag}.")
        return answer.strip()

    def prompt_secret(self, question: str, *, flag: str) -> str:
        """Ask for a line that is not shown while it is typed; off a terminal, fail naming the flag."""
        if not self.interactive:
            raise UsageError(f"{question} is needed.", cause=NO_TERMINAL, fix=f"Pass {flag}.")
        import getpass

        try:
            answer = getpass.getpass(f"{question}: ", stream=self.stderr)
        except EOFError:
            answer = ""
        if not answer:
            raise UsageError(f"{question} is needed.", cause="Nothing was typed.", fix=f"Pass {flag}.")
        return answer

    def confirm(self, question: str, *, flag: str) -> bool:
        """Ask yes or no (no by default); off a terminal, fail naming the flag."""
        if not self.interactive:
            raise UsageError(f"Not confirmed: {question}", cause=NO_TERMINAL, fix=f"Pass {flag}.")
        answer = self._answer(f"{question} (y/N)", flag=flag)
        return answer.lower() in ("y", "yes")

    @contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """Show that something is going on: a spinner on a terminal, one line elsewhere."""
        if not self.is_terminal(self.stderr):
            self.note(f"{text} ...")
            yield
            return
        from rich.console import Console

        console = Console(file=self.stderr, no_color=not self.colored(self.stderr))
        with console.status(text):
            yield

    @contextmanager
    def transfer(self, text: str, size: int) -> Iterator[Callable[[int], None]]:
        """Show how far a transfer of `size` bytes is: a bar on a terminal, where it is not over at once.

        The function that is given takes the bytes done so far.
        """
        if size < _SHOWN_TRANSFER_BYTES or not self.is_terminal(self.stderr):
            yield lambda done: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

        console = Console(file=self.stderr, no_color=not self.colored(self.stderr))
        columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task(printable(text), total=size)
            yield lambda done: bar.update(task, completed=done)

    # Configuration.

    def settings(self) -> "Settings":
        """What leads to the cluster: files, variables and flags merged. Their warnings are said once."""
        if self._settings is None:
            from rpkpy.config import load

            found = load.settings(self.environ, self.cwd, self.dirs.config, self.options)
            for warning in found.warnings:
                self.warn(warning)
            if found.signs_in_with_cloud_login:
                from rpkpy.cli.cloud.login_session import with_fresh_token

                found = with_fresh_token(self, found)
            self._settings = found
        return self._settings

    # Time.

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def path(self, name: str | Path) -> Path:
        """`name` seen from the folder the command was run in."""
        return self.cwd / name
