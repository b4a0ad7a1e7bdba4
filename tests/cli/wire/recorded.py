"""Recorded runs of rpk: what was typed, what it printed, what it asked and was answered.

A group is one JSON file of this folder: `origin` says how its runs were recorded, `cases` are the runs. Keys are the
fields of Run and Exchange; what is left out has their defaults. `127.0.0.1:PORT` stands for the server's address
(`127.0.0.1:PORT0`, `PORT1`, ... with several), `server N: /path` for a URL on server N, `<JWT>` for a token.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its answer. `server` None means any of them.

    The body is `text` as it was, or `json` with a module of `wasm_bytes` behind it. `content_type` is named where it
    is not application/json. The answer is `answer` (text, or JSON) with `status`; `closed` is a connection that
    ended without one.
    """

    server: int | None = 0
    method: str
    path: str
    authorization: str | None = None
    referer: str | None = None
    content_type: str = "application/json"
    text: str | None = None
    json: Mapping[str, Any] | None = None
    wasm_bytes: int = 0
    status: int = 200
    answer: Any = ""
    location: str | None = None
    closed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of rpk: `args` after its name, variables, files before (`~` is the home) and after.

    `exit` is None where it hung and was killed. Of a usage text on `stderr` the first line is kept.
    """

    name: str
    args: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    exit: int | None = 0
    stdout: str = ""
    stderr: str = ""
    after: Mapping[str, str] = field(default_factory=dict)
    exchanges: Sequence[Exchange] = ()


@cache
def load(group: str) -> dict[str, Run]:
    """The runs of `group` by name, in the file's order."""
    data = json.loads((FOLDER / f"{group}.json").read_text(encoding="utf-8"))
    runs = [
        Run(**case | {"exchanges": [Exchange(**each) for each in case.get("exchanges", ())]}) for case in data["cases"]
    ]
    return {run.name: run for run in runs}


def groups() -> list[str]:
    """The names of all groups."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def everything() -> dict[str, Run]:
    """All recorded runs."""
    return {name: run for group in groups() for name, run in load(group).items()}
