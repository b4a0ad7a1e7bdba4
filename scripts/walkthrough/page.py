"""docs/walkthrough.md as its own script: blocks between markers say what is done and hold what came of it.

<!-- run exit=3 last=2 -->
```console
$ rpkpy transform test
...
```
<!-- end -->
"""

import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_BLOCK = re.compile(
    r"<!-- (?P<kind>[a-z]+)(?P<options>(?: [^<>]*)?) -->\n(?P<body>(?:(?!<!--).)*?)<!-- end -->", re.DOTALL
)
_FENCE = re.compile(r"```[a-z]*\n(?P<content>.*?)```\n", re.DOTALL)
CLUSTER = "<!-- from here on with a cluster -->"
"""What stands before the first block that needs one."""
PROMPT = "$ "

# What differs between two runs of the same commands: addresses, processes, dates, times, hashes, and what is measured
# (also sizes and fuel, which follow the interpreter's build).
_VARIES = (
    (r"127\.0\.0\.1:\d+", "ADDRESS"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*|[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d|\b1\d{12}\b", "TIME"),
    (r"\b[0-9a-f]{12}\b|\b[0-9a-f]{64}\b", "HASH"),
    (r"(ADDRESS) +\d+ +(?:\d+[hms])+$", r"\1 PID UPTIME"),
    (r"[\d.,]+ (?:µs|ms|s|records/s|MB/s|KB|bytes|fuel|KiB|MiB|%)(?!\w)", "MEASURED"),
    (r"(fuel(?: p\d+| max)?|of a record's|at most) +[\d,]+", r"\1 MEASURED"),
    (r"\(process \d+\)", "PID"),
    (r"Java \d+ \(.*\)", "JAVA"),
    (r"\d+ compiled modules", "MODULES"),
    (r" +", " "),
)


@dataclass(frozen=True)
class Block:
    """A block: what is to be done, with its options, and the lines inside its fence."""

    kind: str
    options: Mapping[str, str]
    content: str

    @property
    def commands(self) -> list[str]:
        """The command lines that it shows."""
        return [line.removeprefix(PROMPT) for line in self.content.splitlines() if line.startswith(PROMPT)]


def blocks(page: str) -> list[Block]:
    """Every block of the page, in order."""
    return [_block(match) for match in _BLOCK.finditer(page)]


def rewritten(page: str, content: Callable[[Block], str]) -> str:
    """The page with what `content` gives inside each block, in order."""

    def block(match: re.Match[str]) -> str:
        inside = _inside(match)
        start, end = (at - match.start() for at in inside)
        return f"{match[0][:start]}{content(_block(match))}{match[0][end:]}"

    return _BLOCK.sub(block, page)


def normal(content: str) -> str:
    """A block's content without what differs from run to run."""
    lines = []
    for line in content.splitlines():
        for pattern, word in _VARIES:
            line = re.sub(pattern, word, line)
        lines.append(line.rstrip())
    return "\n".join(lines)


def _block(match: re.Match[str]) -> Block:
    options = dict(word.split("=", 1) for word in shlex.split(match["options"]))
    start, end = _inside(match)
    return Block(match["kind"], options, match.string[start:end])


def _inside(match: re.Match[str]) -> tuple[int, int]:
    """Where a block's content starts and ends in the page: inside its fence, where it has one."""
    fence = _FENCE.match(match.string, *match.span("body"))
    return fence.span("content") if fence else match.span("body")
