"""A terminal of a person: a pty, and an emulator that knows what is on its screen."""

import re
import time
from collections.abc import Mapping
from io import StringIO
from itertools import groupby
from pathlib import Path

import pexpect
import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

COLUMNS = 100
LONG = 300
"""Lines of a terminal that shows all that a command prints."""
_OTHER_SCREEN_ENDS = "\x1b[?1049l"
_PATIENCE_S = 240
_QUIET_S = 0.4
_COLORS = {"brown": "yellow", "default": "default"}


class Terminal:
    """A shell's command line in a terminal of `lines` lines, from its start to its end."""

    def __init__(self, line: str, cwd: Path, env: Mapping[str, str], lines: int = LONG) -> None:
        self._screen = pyte.Screen(COLUMNS, lines)
        self._stream = pyte.Stream(self._screen)
        self._shell = pexpect.spawn(
            "/bin/sh",
            ["-c", line],
            cwd=str(cwd),
            env=dict(env),
            encoding="utf-8",
            dimensions=(lines, COLUMNS),
        )

    def text(self) -> str:
        """What is on the screen, without the empty lines at its end."""
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip() + "\n"

    def wait(self, *words: str, without: str | None = None) -> None:
        """Wait until all the words are on the screen, nothing of `without`, and it has not changed for a moment."""
        before, since = "", time.monotonic()
        deadline = since + _PATIENCE_S
        while self._read() and time.monotonic() < deadline:
            text = self.text()
            if text != before:
                before, since = text, time.monotonic()
            there = all(word in text for word in words) and not (without and without in text)
            if there and time.monotonic() - since >= _QUIET_S:
                return
        raise SystemExit(f"{', '.join(words)} did not come. On the screen:\n{self.text()}")

    def type(self, text: str) -> None:
        """Type a line."""
        self._shell.sendline(text)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._shell.sendintr()

    def end(self) -> int:
        """Wait until the command is over. Its exit code."""
        deadline = time.monotonic() + _PATIENCE_S
        while self._read():
            if time.monotonic() > deadline:
                raise SystemExit(f"It did not end. On the screen:\n{self.text()}")
        self._shell.close()
        return int(self._shell.exitstatus if self._shell.exitstatus is not None else 128 + self._shell.signalstatus)

    def close(self) -> None:
        """End the command, if it still runs."""
        self._shell.close(force=True)

    def picture(self, title: str) -> str:
        """The screen as an SVG."""
        used = self.text().count("\n")
        console = Console(record=True, width=COLUMNS, file=StringIO(), color_system="truecolor", force_terminal=True)
        for y in range(used):
            row = self._screen.buffer[y]
            line = Text(no_wrap=True)
            for (fg, bold), cells in groupby((row[x] for x in range(COLUMNS)), lambda cell: (cell.fg, cell.bold)):
                line.append("".join(cell.data for cell in cells), Style(color=_color(fg), bold=bold))
            line.rstrip()
            console.print(line, soft_wrap=True)
        svg = console.export_svg(title=title, unique_id="screen")
        svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # fonts of other hosts
        return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"

    def _read(self) -> bool:
        """Take in what comes within a moment; False when the command is over."""
        try:
            text = self._shell.read_nonblocking(1 << 16, timeout=_QUIET_S)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        if _OTHER_SCREEN_ENDS in text:  # the emulator has one screen alone
            self._screen.reset()
            text = text.rpartition(_OTHER_SCREEN_ENDS)[2]
        self._stream.feed(text)
        return True


def _color(name: str) -> str:
    """Rich's name of one of the emulator's colours."""
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    return _COLORS.get(name) or name.replace("bright", "bright_")
