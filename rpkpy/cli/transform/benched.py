"""What `rpkpy transform bench` does around the measuring: finding module and records, printing, judging."""

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rpkpy.cli.context import Context
from rpkpy.errors import InvalidError, UsageError
from rpkpy.text import printable
from rpkpy.wasm.sizes import format_size, parse_size

if TYPE_CHECKING:
    from rpkpy.project.gas.model import Comparison, Figures, Result, Spread
    from rpkpy.project.probe import Samples

_COLUMN = 20
_WIDTH = 80
_LABEL = 18
_LATE = 0.9


@dataclass(frozen=True, slots=True)
class Asked:
    """The command's arguments."""

    file: str | None
    input: str | None
    records: int
    compare: str | None
    max_fuel: int | None
    max_memory: str | None
    var: Sequence[str]
    limits: str | None
    memory_limit: str | None
    schema_registry_file: str | None


def run(context: Context, asked: Asked) -> "Result":
    """Measure what was asked for. Raises UsageError, ProjectError, InvalidError, GuestError."""
    from rpkpy.cli.transform.circumstances import cluster_properties, registry
    from rpkpy.deployment import plan as plans
    from rpkpy.engine import GuestTrap
    from rpkpy.project import probe
    from rpkpy.project import run as runs
    from rpkpy.project.gas import Gates, bench
    from rpkpy.project.gas.workload import Workload
    from rpkpy.project.limits import Choice
    from rpkpy.wasm import file as files

    if "-" in (asked.file, asked.compare):
        raise UsageError("A module is not read from standard input.", fix="Name the .wasm file.")
    gates = Gates(asked.max_fuel, _size(asked.max_memory))
    plan = runs.plan(
        context.cwd,
        asked.file,
        env=plans.variables_of(asked.var),
        choice=Choice(asked.limits, asked.memory_limit),
        cluster=lambda: cluster_properties(context),
    )
    for warning in plan.warnings:
        context.warn(warning)
    project = probe.find_project(context.cwd, asked.file)
    samples = probe.find_samples(project, context.path(asked.input) if asked.input else None, asked.input)
    name = (asked.file or f"{plan.name}.wasm").rpartition("/")[2]
    other = None
    if asked.compare is not None:
        other = (asked.compare, files.read(context.path(asked.compare), asked.compare))
    workload = Workload(samples.records, asked.records)
    beside = f" and {asked.compare}" if other else ""
    try:
        with context.progress(f"Measuring {printable(name + beside)}: {_count(asked.records)} of {samples.source}"):
            return bench(
                plan,
                name,
                workload,
                source=samples.source,
                other=other,
                gates=gates,
                cache_dir=context.dirs.cache / "modules",
                schema_registry=registry(context, asked.schema_registry_file),
            )
    except GuestTrap as trap:
        if trap.record_offset is not None:
            _name_record(context, trap.record_offset, samples)
        raise


def check(result: "Result") -> None:
    """InvalidError naming what exceeded what."""
    if not result.ok:
        raise InvalidError(
            f"{result.figures.module} costs more than it may.",
            cause="\n".join(item.detail for item in result.exceeded),
            fix="Make it cheaper, or raise what is allowed.",
        )


def text(result: "Result") -> str:
    """A column for each module, and one for their ratio."""
    columns = [result.figures, *([result.other] if result.other else [])]
    ratios = _ratios(result.comparison) if result.comparison else {}
    head = [*(_cut(printable(figures.module)) for figures in columns), *(["ratio"] if ratios else [])]
    rows = [("", head)]
    for (label, _), cells in zip(_rows(columns[0]), zip(*(_cells(each) for each in columns), strict=True), strict=True):
        rows.append((label, [*cells, *([ratios.get(label, "")] if ratios else [])]))
    lines = [f"{label:<{_LABEL}}{_joined(cells)}".rstrip() for label, cells in rows]
    remarks = [line for remark in _remarks(result) for line in textwrap.wrap(remark, _WIDTH)]
    return "\n".join([*lines, "", *remarks]) + "\n"


def _rows(figures: "Figures") -> list[tuple[str, str]]:
    memory, headroom = figures.memory, figures.headroom
    return [
        ("size", f"{figures.bytes:,} bytes"),
        ("records in", f"{figures.records_in:,}"),
        ("records out", f"{figures.records_out:,}"),
        *_spread("fuel", figures.fuel, ""),
        *_spread("CPU time", figures.cpu_us, " µs"),
        ("start-up fuel", f"{figures.start.fuel:,}"),
        ("start-up time", f"{figures.start.ms:,.2f} ms"),
        ("start-up memory", format_size(figures.start.memory_bytes)),
        ("peak memory", format_size(memory.peak_bytes)),
        ("throughput", f"{figures.throughput.records_per_s:,} records/s"),
        ("", f"{figures.throughput.mb_per_s:,.1f} MB/s"),
        ("left: record fuel", _percent(headroom.record_fuel)),
        ("left: start fuel", _percent(headroom.start_fuel)),
        ("left: memory", _percent(headroom.memory)),
        ("left: module size", _percent(headroom.binary)),
    ]


def _percent(left: float) -> str:
    """Rounded down: what is nearly 100 is not 100."""
    return f"{math.floor(left * 1_000) / 1_000:.3f} %"


def _spread(label: str, spread: "Spread", unit: str) -> Iterator[tuple[str, str]]:
    for name in ("p50", "p90", "p99", "max"):
        yield f"{label} {name}", f"{getattr(spread, name):,}{unit}"


def _cells(figures: "Figures") -> list[str]:
    return [value for _, value in _rows(figures)]


def _ratios(comparison: "Comparison") -> dict[str, str]:
    time = comparison.time
    return {
        "size": f"{comparison.bytes:.3f}",
        "fuel p50": f"{comparison.fuel:.3f} in all",
        "start-up fuel": f"{comparison.start_fuel:.3f}",
        "peak memory": f"{comparison.memory:.3f}",
        "throughput": f"{1 / time.median:.2f} ({1 / time.most:.2f}-{1 / time.least:.2f})",
    }


def _remarks(result: "Result") -> Iterator[str]:
    costliest = result.figures.costliest
    yield (
        f"Costliest record: offset {costliest.offset}, {costliest.bytes:,} bytes, {costliest.fuel:,} fuel "
        f"(record {costliest.sample} of {printable(result.input)})."
    )
    memory = result.figures.memory
    if memory.peak_offset is not None:
        more = ""
        if memory.peak_offset + 1 > _LATE * result.figures.records_in > 1:
            more = " That is near the end of the run: more records (--records) may need more."
        yield f"Memory grew last at offset {memory.peak_offset}.{more}"
    if result.comparison is not None and result.other is not None:
        names = f"{printable(result.figures.module)} over {printable(result.other.module)}"
        yield f"Ratios: {names}. Throughput's has its spread, the others are exact."
        if not result.comparison.same_output:
            yield "The two do not write the same records."


def _name_record(context: Context, offset: int, samples: "Samples") -> None:
    made_up = " It was made up: name real ones with --input." if samples.synthetic else ""
    context.note(f"The record: number {offset % len(samples.records) + 1} of {printable(samples.source)}.{made_up}")


def _joined(cells: Sequence[str]) -> str:
    return "".join(f"{cell:>{_COLUMN}}" for cell in cells[:2]) + "".join(f"  {cell}" for cell in cells[2:])


def _cut(name: str) -> str:
    return name if len(name) < _COLUMN else f"...{name[-(_COLUMN - 4) :]}"


def _size(given: str | None) -> int | None:
    if given is None:
        return None
    try:
        return parse_size(given)
    except ValueError as error:
        raise UsageError(f"--max-memory: {error}.") from None


def _count(records: int) -> str:
    return f"{records:,} record{'' if records == 1 else 's'}"
