"""The sandbox in a process of its own, which is ended when it takes too long: for templates that are not ours."""

import json
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from rpkpy.errors import ProjectError
from rpkpy.project.scaffold import sandbox
from rpkpy.project.scaffold.sandbox import Text, Unrenderable

# It imports what this process imports, wherever that was installed.
_START = "import sys; sys.path[:] = sys.argv[1:]; from rpkpy.project.scaffold import sandbox; sandbox.main()"
_STARTING_S = 10


def render(readme: Text, texts: Sequence[Text], variables: Mapping[str, Any], most_bytes: int) -> list[str]:
    """`sandbox.render`, and ProjectError when it takes more time or memory than a template can need."""
    answer = _ask({"readme": readme, "texts": list(texts), "variables": variables, "most_bytes": most_bytes})
    rendered: list[str] = answer["texts"]
    return rendered


def mismatches(patterns: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """`sandbox.mismatches`, and ProjectError when a regular expression takes too long."""
    if not patterns:
        return {}
    found: dict[str, str] = _ask({"patterns": patterns})["mismatches"]
    return found


def _ask(request: Mapping[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-I", "-c", _START, *filter(None, sys.path)]
    try:
        done = subprocess.run(
            command,
            input=json.dumps({**request, "seconds": sandbox.TIME_LIMIT_S}).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=sandbox.TIME_LIMIT_S + _STARTING_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_much("time") from None
    if done.returncode == -signal.SIGXCPU:
        raise _too_much("time")
    answer: dict[str, Any] = {}
    with suppress(ValueError):
        answer = json.loads(done.stdout)
    if done.returncode != 0 or not answer:
        raise _too_much("memory")
    if "cause" in answer:
        raise Unrenderable(answer["shown"], answer["cause"])
    return answer


def _too_much(what: str) -> ProjectError:
    return ProjectError(
        f"The template takes more {what} to render than a template can need; nothing was written.",
        cause=f"It was stopped: a template has {sandbox.TIME_LIMIT_S} s and 512 MiB.",
    )
