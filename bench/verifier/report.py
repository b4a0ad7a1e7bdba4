"""What is run, what was counted, and what of it breaks the promise."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bench.verifier.account import Account, Window

PARTITIONS = 20

LATE_S = 2.0
"""What a commit may come late: it is due every commit interval, looked at every 0.1 s and takes a request, after a
restart of the broker one that waits for the group to be loaded; on a machine busy with everything else of this run."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run; times in seconds."""

    seconds: float
    guarantee: str
    record_path: str
    seed: int
    rate: int = 100
    """Records a second into each partition."""
    outputs: int = 2
    """Topics, each of which gets every record."""
    workers: int = 1
    """Worker processes of each host; 1: it works itself."""
    most: int = 4
    """Hosts at a time."""
    every_s: float = 1.0
    """How often something happens to a host or a worker."""
    pause_s: float = 9.0
    """How long one stands still, at most; after six seconds Kafka takes it for dead."""
    restart_s: float = 20.0
    """How often the broker is restarted, about."""
    commit_s: float = 3.0
    settle_s: float = 120.0
    """How long what is left may take in the end."""


@dataclass(slots=True)
class Report:
    """What was counted in all outputs together."""

    plan: Plan
    records: int = 0
    """How many there must be."""
    under_faults: int = 0
    """How many of them were written before the faults were over."""
    missing: int = 0
    invalid: int = 0
    disordered: int = 0
    duplicates: int = 0
    repeats: int = 0
    longest_repeat_s: float = 0.0
    """How long the work took, at most, that was done once more at a stretch; without standstills."""
    settled_s: float = 0.0
    events: dict[str, int] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)

    def count(self, accounts: Sequence[Account], each: int, over_s: float, standstills: Iterable[Window]) -> None:
        """Take what was found where `each` partition must hold so many; the faults were over at `over_s`."""
        self.records = each * len(accounts)
        self.under_faults = sum(at <= over_s for account in accounts for at in account.first_times)
        self.missing = sum(account.missing(each) for account in accounts)
        self.invalid = sum(account.invalid + account.unwritten(each) for account in accounts)
        self.disordered = sum(account.disordered for account in accounts)
        self.duplicates = sum(account.duplicates for account in accounts)
        for what in ("missing", "invalid", "disordered"):
            if number := getattr(self, what):
                self.broken.append(f"{number} records are {what}")
        if self.plan.guarantee == "exactly-once" and self.duplicates:
            self.broken.append(f"{self.duplicates} records are there twice")
        repeats = [repeat for account in accounts for repeat in account.repeats]
        windows, longest_s = list(standstills), 0.0
        for repeat in repeats:
            worked_s = repeat.worked_s(windows)
            longest_s = max(longest_s, worked_s)
            if worked_s > self.plan.commit_s + LATE_S:
                self.broken.append(
                    f"partition {repeat.partition}: {repeat.records} records of {worked_s:.1f} s of work are repeated, "
                    f"{worked_s - self.plan.commit_s:.1f} s more than a commit interval"
                )
        self.repeats, self.longest_repeat_s = len(repeats), round(longest_s, 2)

    def text(self) -> str:
        """The report for people."""
        plan = self.plan
        events = ", ".join(f"{count} x {what}" for what, count in sorted(self.events.items()))
        workers = f", {plan.workers} workers each" if plan.workers > 1 else ""
        lines = [
            f"{plan.guarantee}, {plan.record_path}{workers}, seed {plan.seed}, {plan.seconds:g} s of faults: {events}",
            f"records      {self.records:,} in {plan.outputs} x {PARTITIONS} partitions, "
            f"{self.under_faults:,} done under faults",
            f"missing      {self.missing:,}",
            f"invalid      {self.invalid:,}",
            f"disordered   {self.disordered:,}",
            f"duplicates   {self.duplicates:,} in {self.repeats:,} repeats of {self.longest_repeat_s:g} s at most",
            f"settled      after {self.settled_s:g} s",
        ]
        return "\n".join([*lines, *(f"BROKEN: {each}" for each in self.broken)])
