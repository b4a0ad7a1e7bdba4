"""Runs the long form of rows of the fault table and prints their figures.

    python -m bench.soak ROW... [--cases N] [--seconds N] [--seed N] [--json] [--save]

ROW is a number of the table (rows.py), a name (`reader`, `http`, `arguments`) or `all`. Exit code 1 when a row's figure
is not met. `--save` writes bench/soak/results/ROW.json, of which scripts/update_reliability.py makes the page
docs/reliability.md.
"""

import argparse
import json
import platform
import sys
import time
from dataclasses import asdict
from pathlib import Path

from bench.soak.figures import Budget, Figures
from bench.soak.rows import BY_KEY, ROWS, Row

RESULTS = Path(__file__).parent / "results"


def measure(row: Row, *, cases: int | None, seconds: float, seed: int) -> dict[str, object]:
    """Run one row. What raises is a figure that is not met: a fault was found."""
    began = time.monotonic()
    budget = Budget(row.cases if cases is None else cases, seconds, seed)
    try:
        figures = row.run(budget)
    except Exception as error:
        figures = Figures(0, False, f"{type(error).__name__}: {error}")
    return {
        "row": row.key,
        **asdict(figures),
        "seed": seed,
        "took_s": round(time.monotonic() - began, 1),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
    }


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="Long forms of the fault table's tests.")
    parser.add_argument("rows", nargs="+", metavar="ROW", choices=[*BY_KEY, "all"])
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--save", action="store_true")
    given = parser.parse_args()
    chosen = [row for row in ROWS if row.long_form] if "all" in given.rows else [BY_KEY[key] for key in given.rows]
    met = True
    for row in chosen:
        if not row.long_form:
            parser.error(f"row {row.key} has no long form: {row.open or ', '.join(row.tests)}")
        found = measure(row, cases=given.cases, seconds=given.seconds, seed=given.seed)
        met = met and bool(found["met"])
        if given.json:
            print(json.dumps(found), flush=True)
        else:
            print(
                f"{'ok  ' if found['met'] else 'FAIL'} {row.key}: {found['measured']} ({found['took_s']} s)", flush=True
            )
        if given.save:
            RESULTS.mkdir(exist_ok=True)
            (RESULTS / f"{row.key}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return not met


if __name__ == "__main__":
    sys.exit(main())
