"""What was found about a module: a verdict per rule."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["ok", "warn", "fail"]
Stage = Literal["deploy", "start", "advice", "run"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a module fares under one rule.

    `rule` is the rule's stable name, `detail` what was found. `broker_says` is the broker's own text, verbatim: the
    Admin API's answer for a rule of the deploy check, the broker's log line for one that is met when a transform
    starts. `fix` is what to do. `stage` is when a broker comes to the rule: `deploy` (the Admin API answers), `start`
    (the deploy was accepted, the transform's partitions stay `unknown`), `advice` (never), or `run` (a run on this
    machine).
    """

    rule: str
    status: Status
    detail: str
    broker_says: str | None = field(default=None, metadata={"omit_none": True})
    fix: str | None = field(default=None, metadata={"omit_none": True})
    stage: Stage = "deploy"


@dataclass(frozen=True, slots=True)
class Report:
    """The verdicts on a module in the order in which a broker comes to them; `ok` when none of them is `fail`.

    `limits` are the cluster properties they were given under, and `limits_from` says where those come from.
    """

    ok: bool
    verdicts: list[Verdict]
    limits: dict[str, int] | None = field(default=None, metadata={"omit_none": True})
    limits_from: str | None = field(default=None, metadata={"omit_none": True})

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> "Report":
        """The report of `verdicts`."""
        listed = list(verdicts)
        return cls(all(verdict.status != "fail" for verdict in listed), listed)

    @property
    def failures(self) -> list[Verdict]:
        """The verdicts that say `fail`."""
        return [verdict for verdict in self.verdicts if verdict.status == "fail"]

    @property
    def warnings(self) -> list[Verdict]:
        """The verdicts that say `warn`."""
        return [verdict for verdict in self.verdicts if verdict.status == "warn"]
