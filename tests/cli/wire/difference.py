"""A difference between rpkpy and rpk that is meant: what each does, why, and the recorded runs that show it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.cli.wire.recorded import Exchange


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """What rpkpy does in a run where it differs; None (and an empty `said`) is as recorded.

    `exchanges` are the requests that are sent and how they are answered, `said` stands in standard error.
    """

    exit: int | None = None
    stdout: str | None = None
    exchanges: Sequence[Exchange] | None = None
    said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One entry of docs/rpk-differences.md.

    `name` is its anchor; `rpk`, `rpkpy` and `why` are its text. `runs` are the recorded runs that show it.
    `shown_by` names a test (file::function) where no run was recorded.
    """

    name: str
    rpk: str
    rpkpy: str
    why: str
    runs: Mapping[str, Instead] = field(default_factory=dict)
    shown_by: str = ""


def same(names: str, instead: Instead) -> dict[str, Instead]:
    """`instead` for each of `names`, separated by blanks."""
    return dict.fromkeys(names.split(), instead)
