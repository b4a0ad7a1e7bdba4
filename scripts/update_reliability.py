"""Writes docs/reliability.md from the fault table (bench/soak/rows.py) and the figures that runs left.

    .venv/bin/python scripts/update_reliability.py

Figures come from bench/soak/results/ROW.json, which `python -m bench.soak ROW --save` writes. Nothing is run here.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.soak.rows import ROWS, Row  # noqa: E402

PAGE = ROOT / "docs" / "reliability.md"
RESULTS = ROOT / "bench" / "soak" / "results"

_HEAD = """\
# Reliability

What is done to rpkpy, what must come of it, and what did. This page is written by `scripts/update_reliability.py` from
the runs' own figures (`bench/soak/results/`); nothing in it is typed by hand.

Every row with a command can be run again: `python -m bench.soak ROW`, with `--cases N`, `--seconds N` and `--seed N`;
`--save` keeps the figures, exit code 1 says that the demand is not met. The suite runs each for a second or so, with
another seed (`tests/soak`). Whatever is random comes from the seed. The machine was a shared one with two cores, so
seconds of CPU are told where a time is demanded, and the clock's beside them.
"""
_OPEN = """\

## Not measured yet

| row | fault | demanded | where it stands |
|---|---|---|---|
"""


def _results(row: Row) -> dict[str, Any] | None:
    file = RESULTS / f"{row.key}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _tests(row: Row) -> str:
    return ", ".join(f"[{Path(test).name}](../{test})" for test in row.tests)


def _measured(row: Row, found: dict[str, Any]) -> str:
    verdict = "met" if found["met"] else "NOT MET"
    command = f"`python -m bench.soak {row.key} --cases {found['cases']} --seed {found['seed']}`"
    figure = f"{found['measured']} (Python {found['python']}, {found['machine']}, {found['took_s']} s)"
    return (
        f"### {row.key}. {row.fault}\n\n- Demanded: {row.demanded}.\n- Measured, **{verdict}**: {figure}.\n"
        f"- Again: {command}. In the suite: {_tests(row)}."
    ) + (f"\n- {row.open}" if row.open else "")


def page() -> str:
    """The whole page."""
    measured, left = [], []
    for row in ROWS:
        found = _results(row)
        if found is not None:
            measured.append(_measured(row, found))
        else:
            stands = row.open or f"Not run: `python -m bench.soak {row.key} --save`."
            tests = f" {_tests(row)}" if row.tests else ""
            left.append(f"| {row.key} | {_cell(row.fault)} | {_cell(row.demanded)} | {_cell(stands)}{tests} |")
    return _HEAD + "\n## Measured\n\n" + "\n\n".join(measured) + "\n" + _OPEN + "\n".join(left) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)} is written.")


if __name__ == "__main__":
    main()
