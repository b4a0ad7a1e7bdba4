"""The person at the terminal, who does what the blocks of the page say."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from platformdirs import user_cache_path

from rpkpy.version import __version__
from walkthrough.page import PROMPT, Block
from walkthrough.terminal import Terminal

LEFT_OUT = "[...]"
_AGAIN_S = 30
_SCREEN_LINES = 24


class Person:
    """Someone with a home folder of their own, a current folder, and at most one program on the screen.

    `cache` keeps what can be made again: Kafka's jars, compiled modules. A context manager, which purges the cluster.
    """

    def __init__(self, home: Path, cache: Path | None = None) -> None:
        self.home = self.cwd = home
        self.pictures: dict[str, str] = {}
        self._shown = {str(home): "~"}
        self._live: Terminal | None = None
        self._cache = cache or Path(os.environ.get("RPKPY_CACHE_DIR") or user_cache_path("rpkpy"))
        self._shown[str(self._cache)] = "~/.cache/rpkpy"
        programs = home.parent / "bin"
        programs.mkdir()
        rpkpy = programs / "rpkpy"
        rpkpy.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m rpkpy "$@"\n', encoding="utf-8")
        rpkpy.chmod(0o755)
        self.env = {
            "HOME": str(home),
            "PATH": f"{programs}:/usr/local/bin:/usr/bin:/bin",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "RPKPY_CACHE_DIR": str(self._cache),
        }
        if "RPKPY_RUNTIMES_DIR" in os.environ:
            self.env["RPKPY_RUNTIMES_DIR"] = os.environ["RPKPY_RUNTIMES_DIR"]

    def __enter__(self) -> "Person":
        return self

    def __exit__(self, *_: object) -> None:
        if self._live:
            self._live.close()
        if (self.home / ".local" / "share" / "rpkpy" / "local").exists():
            self._rpkpy("local", "purge", "--no-confirm")
        shutil.rmtree(self.home, ignore_errors=True)

    def do(self, block: Block) -> str:
        """Do what a block says. What stands in the block then."""
        done: dict[str, Callable[[Block], str]] = {
            "made": self._made,
            "run": self._run,
            "file": self._file,
            "edit": self._edit,
            "live": self._start,
            "screen": self._screen,
            "leave": self._leave,
            "crash": self._crash,
        }
        return done[block.kind](block)

    def _made(self, block: Block) -> str:
        return f"Made by rpkpy {__version__}.\n"

    def _run(self, block: Block) -> str:
        shown = []
        for left, line in enumerate(block.commands, 1 - len(block.commands)):
            shown.append(f"{PROMPT}{line}\n")
            if line.startswith("cd "):
                self.cwd = self.cwd / line.removeprefix("cd ")
                continue
            shown.append(_excerpt(self._outcome(line, {} if left else block.options), block))
        return "".join(shown)

    def _outcome(self, line: str, options: Mapping[str, str]) -> str:
        deadline = time.monotonic() + _AGAIN_S
        while True:
            terminal = Terminal(line, self.cwd, self.env)
            if "answer" in options:
                terminal.wait("(y/N)")
                terminal.type(options["answer"])
            code = terminal.end()
            text = self._as_shown(terminal.text())
            if code != int(options.get("exit", 0)):
                raise SystemExit(f"`{line}` ended with {code}:\n{text}")
            if re.search(options.get("until", ""), text):
                return text
            if time.monotonic() > deadline:
                raise SystemExit(f"`{line}` does not say {options['until']}:\n{text}")
            time.sleep(0.5)

    def _file(self, block: Block) -> str:
        path = self.cwd / block.options["path"]
        path.parent.mkdir(exist_ok=True)
        path.write_text(block.content, encoding="utf-8")
        return block.content

    def _edit(self, block: Block) -> str:
        path = self.cwd / block.options["path"]
        lines = block.content.splitlines(keepends=True)
        old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise SystemExit(f"{path.name} does not have, once:\n{old}")
        saved = self.home / path.name
        saved.write_text(text.replace(old, new), encoding="utf-8")
        saved.replace(path)  # at once, as editors do: a watcher sees one change
        return block.content

    def _start(self, block: Block) -> str:
        (line,) = block.commands
        self._title = line
        self._live = Terminal(line, self.cwd, self.env, _SCREEN_LINES)
        return f"{PROMPT}{line}\n{self._snapshot(block)}"

    def _screen(self, block: Block) -> str:
        return self._snapshot(block)

    def _snapshot(self, block: Block) -> str:
        assert self._live is not None  # noqa: S101
        self._live.wait(*block.options["until"].split(", "), without="working …")
        if "svg" in block.options:
            self.pictures[block.options["svg"]] = self._live.picture(self._title)
        return _excerpt(self._as_shown(self._live.text()), block)

    def _leave(self, block: Block) -> str:
        assert self._live is not None  # noqa: S101
        self._live.interrupt()
        code = self._live.end()
        if code != 130:
            raise SystemExit(f"`{self._title}` ended with {code}:\n{self._live.text()}")
        self._live = None
        return block.content

    def _crash(self, block: Block) -> str:
        """End the cluster's processes as a power cut does, some seconds later."""
        time.sleep(float(block.options["after"]))
        status = json.loads(self._rpkpy("local", "status", "--format", "json"))
        for component in ("host", "kafka"):
            os.kill(status[component]["pid"], signal.SIGKILL)
        return block.content

    def _rpkpy(self, *args: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "rpkpy", *args],
            cwd=self.home,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=True,
        ).stdout

    def _as_shown(self, text: str) -> str:
        """A screen's text as a reader's own would be: without this machine's folders."""
        for path, name in self._shown.items():
            text = text.replace(path, name)
        text = re.sub(r"\(/\S*java\)", "(/usr/bin/java)", text)
        if any(line.startswith(PROMPT) for line in text.splitlines()) or "```" in text:
            raise SystemExit(f"This cannot be told from a command or a fence:\n{text}")
        return "" if text == "\n" else text


def _excerpt(text: str, block: Block) -> str:
    """The first and the last lines, as many as the block asks for; all of them when it does not ask."""
    first, last = (int(block.options.get(which, 0)) for which in ("first", "last"))
    lines = text.splitlines(keepends=True)
    if not (first or last) or first + last >= len(lines):
        return text
    return "".join([*lines[:first], f"{LEFT_OUT}\n", *lines[len(lines) - last :]])
