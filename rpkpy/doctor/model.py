"""A check, what it finds, and what becomes of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from rpkpy.doctor.surroundings import Surroundings

Status = Literal["ok", "warning", "problem", "not applicable"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A safe treatment: what it does (`remove ~/.cache/...`), and the doing, which raises OSError or RpkpyError.

    Safe is what loses nothing of the user's: caches are made anew, rights become narrower, files keep their meaning.
    """

    what: str
    apply: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `diagnosis` says it in one line; `treatment` is this case's, over the check's own."""

    status: Status
    diagnosis: str
    treatment: str | None = None
    fixes: Sequence[Fix] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """A row of the table: what is looked at, by which function, and what helps where it is not well."""

    id: str
    area: str
    what: str
    look: Callable[["Surroundings"], Finding]
    treatment: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A check's outcome. `treatment` is left out where all is well. `fixes` are treatments that --fix applies;
    `applied` those that were, `failed` why one was not."""

    id: str
    area: str
    what: str
    status: Status
    diagnosis: str
    treatment: str | None = field(default=None, metadata={"omit_none": True})
    fixes: list[str] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    failed: str | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True, slots=True)
class Examination:
    """All results in the table's order; `ok` when there is no problem. Warnings are not problems."""

    ok: bool
    problems: int
    warnings: int
    checks: list[Result]

    @classmethod
    def of(cls, results: Sequence[Result]) -> "Examination":
        """The examination with these results."""
        problems = sum(result.status == "problem" for result in results)
        warnings = sum(result.status == "warning" for result in results)
        return cls(not problems, problems, warnings, list(results))


def ok(diagnosis: str) -> Finding:
    """All is well."""
    return Finding("ok", diagnosis)


def inapplicable(reason: str) -> Finding:
    """There is nothing to look at, and why."""
    return Finding("not applicable", reason)


def warning(diagnosis: str, treatment: str | None = None, fixes: Sequence[Fix] = ()) -> Finding:
    """Something works worse than it could, or soon will not."""
    return Finding("warning", diagnosis, treatment, fixes)


def problem(diagnosis: str, treatment: str | None = None, fixes: Sequence[Fix] = ()) -> Finding:
    """Something does not work."""
    return Finding("problem", diagnosis, treatment, fixes)
