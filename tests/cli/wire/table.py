"""The table of differences: what each recorded run must come to, and the page that lists why.

python -m tests.cli.wire.table    writes docs/rpk-differences.md
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.wire import (
    differences_cloud,
    differences_clusters,
    differences_config,
    differences_logs,
    differences_transform,
)
from tests.cli.wire.difference import Difference
from tests.cli.wire.recorded import Exchange, Run

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rpk-differences.md"

SECTIONS: Sequence[tuple[str, Sequence[Difference]]] = (
    ("What is printed", differences_transform.OUTPUT),
    ("What is asked of the Admin API", differences_transform.REQUESTS),
    ("TLS", differences_transform.TLS),
    ("Configuration and profiles", differences_config.CONFIG),
    ("Logs", differences_logs.LOGS),
    ("Redpanda Cloud", differences_cloud.CLOUD),
    ("Topics, groups, clusters and registries", differences_clusters.CLUSTERS),
)

_HEAD = """\
# Differences from rpk

rpkpy takes rpk's commands, flags, files and variables, and prints what rpk prints. Recorded runs of the real rpk are
replayed by the tests (`tests/cli/wire`): the same requests must be sent, and the same output come. Where rpkpy does
otherwise on purpose, this page says so. It is written from the table that those tests use
(`python -m tests.cli.wire.table`).
"""


@dataclass(frozen=True, slots=True)
class Expected:
    """What rpkpy does in one run."""

    exit: int
    stdout: str
    exchanges: Sequence[Exchange]
    said: Sequence[str]


def differences() -> Iterator[Difference]:
    """All entries, in the page's order."""
    for _, entries in SECTIONS:
        yield from entries


def expected(run: Run) -> Expected:
    """The recording with the differences over it."""
    exit_code, stdout, exchanges = run.exit, run.stdout, run.exchanges
    said: list[str] = []
    for difference in differences():
        if (instead := difference.runs.get(run.name)) is None:
            continue
        exit_code = exit_code if instead.exit is None else instead.exit
        stdout = stdout if instead.stdout is None else instead.stdout
        exchanges = exchanges if instead.exchanges is None else instead.exchanges
        said += [instead.said] if instead.said else []
    assert exit_code is not None, f"{run.name}: rpk hung, the table must say what rpkpy does"
    return Expected(exit_code, stdout, exchanges, said)


def page() -> str:
    """docs/rpk-differences.md."""
    lines = [_HEAD]
    for title, entries in SECTIONS:
        lines.append(f"## {title}\n")
        for entry in entries:
            lines += [f"### {entry.name}\n", *_entry(entry), ""]
    return "\n".join(lines)


def _entry(entry: Difference) -> Iterator[str]:
    for label, text in (("rpk", entry.rpk), ("rpkpy", entry.rpkpy), ("why", entry.why)):
        yield textwrap.fill(f"- {label}: {text}", 120, subsequent_indent="  ", break_on_hyphens=False)
    if names := list(entry.runs):
        more = f" and {len(names) - 6} more" if len(names) > 6 else ""
        runs = f"- runs: {', '.join(f'`{name}`' for name in names[:6])}{more}"
        yield textwrap.fill(runs, 120, subsequent_indent="  ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
