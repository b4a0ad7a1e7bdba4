"""Runs the `git` executable for somebody else's repository: no hooks, no questions, bounded time and size.

Settings of the person's git (proxies, credential helpers, ssh) apply; what could run a command on the way does not.
"""

import os
import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rpkpy.errors import AuthError, BuildError, ProjectError, RpkpyError, ToolchainError, UnreachableError
from rpkpy.project.scaffold.reference import SCHEMES, Reference
from rpkpy.toolchains import process

TIME_LIMIT_S = 120.0
# Of each file that git writes, so of what a repository sends.
MAX_PACK_BYTES = 64 * 1024 * 1024
# Of each piece of memory that git asks for: an object of a few KB on the way can be one of gigabytes.
MAX_ALLOCATION_BYTES = 256 * 1024 * 1024

_LIMITED = (
    "import os, resource, sys; most = int(sys.argv[1]); "
    "resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)); os.execv(sys.argv[2], sys.argv[2:])"
)
# One pack, streamed into one file; objects larger than any file of a template are not held in memory.
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.askPass": "",
    "core.quotePath": "false",
    "core.bigFileThreshold": "1m",
    "fetch.unpackLimit": "1",
    "fetch.bundleURI": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "submodule.recurse": "false",
}
# What ties git to a repository (git rev-parse --local-env-vars), gives it files of its own, or asks people.
_LEFT_OUT = re.compile(
    "GIT_(ALTERNATE_OBJECT_DIRECTORIES|CONFIG|OBJECT_DIRECTORY|DIR|WORK_TREE|IMPLICIT_WORK_TREE|GRAFT_FILE|INDEX_FILE|"
    "REPLACE_REF_BASE|PREFIX|SHALLOW_FILE|COMMON_DIR|NAMESPACE|TEMPLATE_DIR|ASKPASS|DEFAULT_HASH)|SSH_ASKPASS"
)
_MESSAGE = re.compile("(fatal|error|warning|hint): ")
_FAILURES: tuple[tuple[str, type[RpkpyError], str], ...] = (
    (
        r"could not read (Username|Password)|Authentication failed|Permission denied|HTTP Basic: Access denied| 40[13]",
        AuthError,
        "Sign git in to that host first: a credential helper, or a key of ssh. It cannot ask here.",
    ),
    (r"Host key verification failed", AuthError, "Connect to that host with ssh once, and check its key."),
    (
        r"Could not resolve host|(Failed|unable) to connect|Couldn't connect|Connection (refused|timed out|reset)",
        UnreachableError,
        "Check the host's name and the network; git's own settings name proxies.",
    ),
    (
        r"not found|does not appear to be a git repository|does not exist|No such file|not a git repository",
        ProjectError,
        "Check the reference: REPOSITORY@TAG#FOLDER.",
    ),
)


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    kept = {key: value for key, value in environ.items() if not _LEFT_OUT.fullmatch(key)}
    return kept | {
        "GIT_ALLOC_LIMIT": str(MAX_ALLOCATION_BYTES),
        "GIT_ALLOW_PROTOCOL": ":".join(SCHEMES),
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GCM_INTERACTIVE": "never",
        "SSH_ASKPASS_REQUIRE": "never",
        "LC_ALL": "C",
    }


class Git:
    """git in a repository of our own, for one reference."""

    def __init__(
        self, folder: Path, reference: Reference, environ: Mapping[str, str], say: Callable[[str], None]
    ) -> None:
        """`folder` exists and is empty. ToolchainError without git."""
        executable = process.find("git", environ)
        if executable is None:
            raise ToolchainError(
                "git is not installed, and this template is in a repository.",
                fix="Install git, or fetch the template yourself and pass its folder with --template.",
            )
        settings = [word for key, value in _SETTINGS.items() for word in ("-c", f"{key}={value}")]
        self._command = [str(executable), *settings]
        self._folder = folder
        self._environ = _environment(environ)
        self._reference = reference
        self._say = say
        self.run("init", "--quiet", "--bare", "--template=", ".")

    def run(self, *arguments: str, each: Callable[[str], None] | None = None) -> None:
        """Run it; `each`, or else the person, gets the lines of its output. Raises what its failure means."""
        tail: deque[str] = deque(maxlen=15)

        def line(text: str) -> None:
            safe = text.replace(self._reference.secret, "***") if self._reference.secret else text
            tail.append(safe)
            if each is None or _MESSAGE.match(text):
                self._say(safe)
            else:
                each(text)

        limited = [sys.executable, "-I", "-S", "-c", _LIMITED, str(MAX_PACK_BYTES)]
        try:
            code = process.run(
                [*limited, *self._command, *arguments],
                cwd=self._folder,
                env=self._environ,
                say=line,
                timeout_s=TIME_LIMIT_S,
            )
        except BuildError as error:  # which it raises for time alone
            raise self._too_long() from error
        if code != 0:
            raise self._failure("\n".join(tail))

    def _failure(self, output: str) -> RpkpyError:
        if re.search(r"File too large|file size limit|over limit", output):
            most = f"{MAX_PACK_BYTES >> 20} MiB"
            return ProjectError(
                f"{self._reference.shown_url} holds more than a template can need: the most is {most}.",
                fix="Keep the template in a repository of its own, or pass its folder with --template.",
            )
        message = f"The template cannot be fetched from {self._reference.shown_url}."
        for pattern, kind, fix in _FAILURES:
            if re.search(pattern, output):
                return kind(message, cause=output, fix=fix)
        return ProjectError(message, cause=output or None)

    def _too_long(self) -> RpkpyError:
        return UnreachableError(
            f"{self._reference.shown_url} took too long.",
            cause=f"git was stopped after {TIME_LIMIT_S:g} s.",
            fix="Try again, or fetch the template yourself and pass its folder with --template.",
        )

    def blobs(self, names: Sequence[str]) -> Iterator[bytes]:
        """The content of each blob. They are held in memory together: look at their sizes before."""
        try:
            done = subprocess.run(
                [*self._command, "cat-file", "--batch"],
                input="".join(f"{name}\n" for name in names).encode(),
                cwd=self._folder,
                env=self._environ,
                capture_output=True,
                timeout=TIME_LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise self._too_long() from None
        data, at = done.stdout, 0
        for name in names:  # "NAME blob SIZE", the content, a line feed (git cat-file, BATCH OUTPUT)
            found = re.compile(rb"%s blob (\d+)\n" % name.encode()).match(data, at)
            if found is None:
                raise self._failure(done.stderr.decode(errors="replace"))
            at = found.end() + int(found[1]) + 1
            yield data[found.end() : at - 1]
