"""Verdicts on a module as text."""

import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rpkpy.cli.context import Context
from rpkpy.cli.facts import flat
from rpkpy.cli.render import table

if TYPE_CHECKING:
    from rpkpy.wasm.verdict import Report, Verdict

_WIDTH = 80
_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def verdict_table(context: Context, report: "Report") -> str:
    """RULE, VERDICT, DETAIL in 80 columns; below a rule that did not pass, what the broker says and the fix."""
    column = max(len("RULE"), *(len(verdict.rule) for verdict in report.verdicts)) + 2
    lines = [f"{'RULE':<{column}}VERDICT  DETAIL"]
    for verdict in report.verdicts:
        status = context.style(f"{verdict.status:<7}", _STYLES[verdict.status], context.stdout)
        first, *rest = _wrapped(verdict, _WIDTH - column - 9)
        lines.append(f"{verdict.rule:<{column}}{status}  {first}")
        lines += [f"{'':<{column + 9}}{line}" for line in rest]
    return "\n".join(lines) + "\n"


def verdict_lines(report: "Report") -> str:
    """A line for each verdict, whatever its length."""
    rows = (
        (item.rule, item.status, *(flat(text or "") for text in (item.detail, item.broker_says, item.fix)))
        for item in report.verdicts
    )
    return table(("RULE", "VERDICT", "DETAIL", "BROKER", "FIX"), rows)


def summary(report: "Report") -> str:
    """How many rules failed and how many warn, and what a deploy would come to: `2 rules fail, 1 warning. ...`."""
    failed, warned = len({verdict.rule for verdict in report.failures}), len(report.warnings)
    parts = [f"{failed} rule{'s fail' if failed > 1 else ' fails'}" if failed else "every rule passed"]
    parts += [f"{warned} warning{'' if warned == 1 else 's'}"] if warned else []
    stages = {verdict.stage for verdict in report.failures}
    outcome = ""
    if "deploy" in stages:
        outcome = " A broker refuses it."
    elif "start" in stages:
        outcome = " A broker accepts it, cannot start it, and leaves its partitions in state unknown."
    return f"{', '.join(parts)}.{outcome}"


def _wrapped(verdict: "Verdict", width: int) -> Iterator[str]:
    yield from textwrap.wrap(flat(verdict.detail), width) or [""]
    if verdict.status != "ok":
        for label, text in (("broker", verdict.broker_says), ("fix", verdict.fix)):
            if text:
                yield from textwrap.wrap(f"{label}: {flat(text)}", width, subsequent_indent="  ")
