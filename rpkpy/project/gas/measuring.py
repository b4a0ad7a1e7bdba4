"""A bench: the metered pass of each module, then turns of the unmetered form, which alternate between two modules."""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.project.gas.gates import Gates
from rpkpy.project.gas.model import Comparison, Figures, Ratio, Result
from rpkpy.project.gas.subject import Metered, Subject, Turn, turn
from rpkpy.project.gas.workload import Workload
from rpkpy.project.run import Plan

if TYPE_CHECKING:
    from rpkpy.engine.schema_registry import SchemaRegistry

_TURNS = 7
_TURN_NS = 100_000_000
_NO_GATES = Gates()


def bench(
    plan: Plan,
    name: str,
    workload: Workload,
    *,
    source: str,
    other: tuple[str, bytes] | None = None,
    gates: Gates = _NO_GATES,
    cache_dir: Path | None = None,
    schema_registry: "SchemaRegistry | None" = None,
) -> Result:
    """Measure the plan's module, called `name`, on the workload, whose records come from `source` (for people).

    `other`, a name and a module, is measured in the same circumstances beside it. Raises InvalidError for a module
    that cannot be run under the plan's limits, and GuestTrap for one that fails on a record.
    """
    from rpkpy.engine import Engine

    engine = Engine(plan.limits, cache_dir=cache_dir)
    modules = [(name, plan.wasm), *([other] if other else [])]
    subjects = [Subject(name, plan, wasm, engine, schema_registry) for name, wasm in modules]
    metered = [subject.metered(workload) for subject in subjects]
    turns = _turns(subjects, workload)
    figures = [
        subject.figures(workload, counted, timed)
        for subject, counted, timed in zip(subjects, metered, turns, strict=True)
    ]
    exceeded = list(gates.exceeded(figures[0]))
    return Result(
        ok=not exceeded,
        input=source,
        limits_from=plan.limits_from,
        figures=figures[0],
        other=figures[1] if other else None,
        comparison=_compared(figures, metered, turns) if other else None,
        exceeded=exceeded,
    )


def _turns(subjects: Sequence[Subject], workload: Workload) -> list[list[Turn]]:
    """The turns of each subject. They alternate, each time from the other end, so that a machine whose speed drifts
    favours none."""
    feed = workload.feed()
    found: list[list[Turn]] = [[] for _ in subjects]
    with ExitStack() as stack:
        instances = [stack.enter_context(subject.started()) for subject in subjects]
        for instance in instances:
            turn(instance, feed, 0)  # the first go touches all memory
        for number in range(_TURNS):
            order = range(len(subjects)) if number % 2 else reversed(range(len(subjects)))
            for index in order:
                found[index].append(turn(instances[index], feed, _TURN_NS))
    return found


def _compared(figures: Sequence[Figures], metered: Sequence[Metered], turns: Sequence[Sequence[Turn]]) -> Comparison:
    first, second = figures
    times = [theirs.records_per_s / ours.records_per_s for ours, theirs in zip(*turns, strict=True)]
    return Comparison(
        fuel=_ratio(sum(metered[0].fuel), sum(metered[1].fuel)),
        start_fuel=_ratio(first.start.fuel, second.start.fuel),
        memory=_ratio(first.memory.peak_bytes, second.memory.peak_bytes),
        bytes=_ratio(first.bytes, second.bytes),
        time=Ratio(round(statistics.median(times), 4), round(min(times), 4), round(max(times), 4)),
        same_output=metered[0].output == metered[1].output,
    )


def _ratio(ours: int, theirs: int) -> float:
    return round(ours / max(theirs, 1), 4)
