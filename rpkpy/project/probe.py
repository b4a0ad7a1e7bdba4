"""Runs a module once on sample records under its limits, and judges what it did."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rpkpy.batches.record import Record
from rpkpy.errors import InvalidError
from rpkpy.project import project as projects
from rpkpy.project import samples
from rpkpy.project.manifest import FILE_NAME, REQUIRED, Manifest
from rpkpy.project.project import Project
from rpkpy.project.samples import Expected
from rpkpy.wasm.limits import Limits
from rpkpy.wasm.sizes import format_size
from rpkpy.wasm.verdict import Status, Verdict

if TYPE_CHECKING:
    from rpkpy.engine import GuestTrap, Instance, Output
    from rpkpy.engine.schema_registry import SchemaRegistry

# A record beyond this share of its budget deserves a word: brokers are slower than the machine a developer has.
_FUEL_WORTH_SAYING = 0.5
# Guests need some memory beyond what the samples took.
_MEMORY_WORTH_SAYING = 0.9
# What a guest printed last often says why it ended.
_LAST_WORDS, _LAST_WORDS_BYTES = 3, 200


@dataclass(frozen=True, slots=True)
class Samples:
    """What a module is tried on: records, where they come from (for messages), and the expected outputs, if known.

    `synthetic` records are made up: a module that fails on them may be right.
    """

    records: Sequence[Record]
    source: str
    expected: Sequence[Expected] | None = None
    synthetic: bool = False


_SYNTHETIC = Samples([Record(b"key", b'{"id":1}')], "one made-up record", synthetic=True)


def find_project(cwd: Path, file: str | None) -> Project | None:
    """The project that speaks for the module `file`: the one in `cwd`, else in the file's folder, else None.

    Without `file` there must be one in `cwd`: ProjectError.
    """
    if file is None:
        return projects.load(cwd)
    folder = next((folder for folder in (cwd, (cwd / file).parent) if (folder / FILE_NAME).is_file()), None)
    return projects.load(folder) if folder else None


def find_samples(project: Project | None, records: Path | None = None, shown: str | None = None) -> Samples:
    """The records in the file `records` (called `shown`), else the project's samples, else one made-up record.

    ProjectError when a file cannot be read or holds no record.
    """
    if records is not None:
        return _checked(Samples(samples.read_records(records), shown or str(records)))
    if project is None or not (project.root / samples.INPUT).is_file():
        return _SYNTHETIC
    expected = project.root / samples.EXPECTED
    return _checked(
        Samples(
            samples.read_records(project.root / samples.INPUT),
            str(samples.INPUT),
            samples.read_expected(expected) if expected.is_file() else None,
        )
    )


def probe(
    wasm: bytes,
    tried: Samples,
    *,
    limits: Limits,
    manifest: Manifest | None = None,
    cache_dir: Path | None = None,
    schema_registry: "SchemaRegistry | None" = None,
) -> list[Verdict]:
    """The verdicts of running `wasm` on `tried`: compiling, start-up, records, fuel, memory, expected outputs.

    Name, topics and environment are the manifest's; variables that it leaves to the deploy (`<required>`) are not
    set. `cache_dir` keeps compiled code, `schema_registry` answers the module's questions. A rule that
    was not come to has no verdict.
    """
    return [
        replace(verdict, stage="run") for verdict in _probe(wasm, tried, limits, manifest, cache_dir, schema_registry)
    ]


def _probe(
    wasm: bytes,
    tried: Samples,
    limits: Limits,
    manifest: Manifest | None,
    cache_dir: Path | None,
    schema_registry: "SchemaRegistry | None",
) -> list[Verdict]:
    from rpkpy.batches import codec
    from rpkpy.engine import Engine, GuestTrap, Instance

    topics = (manifest.output_topics if manifest else ()) or ("output",)
    reads = next(iter(manifest.inputs if manifest else ()), "input")
    environment = {key: value for key, value in (manifest.env if manifest else {}).items() if value != REQUIRED}
    unset = manifest.required_env if manifest else ()
    engine = Engine(limits, cache_dir=cache_dir)
    words: deque[bytes] = deque(maxlen=_LAST_WORDS)
    try:
        instance = Instance(
            engine.compile(wasm),
            name=manifest.transform_of(reads) if manifest else "transform",
            input_topic=reads,
            output_topics=topics,
            env=environment,
            on_log=lambda fd, data: words.append(data[:_LAST_WORDS_BYTES]),
            schema_registry=schema_registry,
            metered=True,
            check_crcs=False,
        )
    except InvalidError as error:
        return [Verdict("run-compile", "fail", error.message, error.cause, error.fix)]
    verdicts = [Verdict("run-compile", "ok", "compiled with the broker's settings")]
    with instance:
        started = _start(instance, limits, unset, words)
        verdicts.append(started)
        if started.status == "fail":
            return verdicts
        try:
            output = instance.process(codec.encode_batch(tried.records))
        except GuestTrap as trap:
            verdicts.append(_trapped("run-records", trap, unset, words, "warn" if tried.synthetic else "fail"))
            return verdicts
    by_topic = dict(zip(topics, output.records, strict=True))
    counts = ", ".join(f"{len(records)} to {topic}" for topic, records in by_topic.items())
    verdicts.append(Verdict("run-records", "ok", f"{_count(len(tried.records))} in ({tried.source}), {counts}"))
    verdicts += [_fuel(output, limits), _memory(output, limits)]
    if tried.expected is not None:
        verdicts.append(_compared(tried.expected, by_topic))
    return verdicts


def _checked(found: Samples) -> Samples:
    if not found.records:
        from rpkpy.errors import ProjectError

        raise ProjectError(f"{found.source} holds no record.", fix="Write one JSON object a line.")
    return found


def _start(instance: "Instance", limits: Limits, unset: Sequence[str], words: Iterable[bytes]) -> Verdict:
    from rpkpy.engine import GuestTrap

    try:
        output = instance.start()
    except GuestTrap as trap:
        return _trapped("run-start", trap, unset, words)
    except InvalidError as error:
        return Verdict("run-start", "fail", error.message, error.cause, error.fix)
    used = output.stats.fuel_used
    detail = f"ready for records, {_share(used, limits.fuel)} of its fuel"
    return _fuel_verdict("run-start", detail, used, limits)


def _trapped(
    rule: str, trap: "GuestTrap", unset: Sequence[str], words: Iterable[bytes], status: Status = "fail"
) -> Verdict:
    fix = trap.fix
    if unset and trap.phase == "start":
        fix = f"It ran without {', '.join(unset)} (<required> in transform.yaml): give a value there to try it."
    detail = f"{trap.message} {trap.cause}" if trap.cause else trap.message
    if printed := " | ".join(word.decode("utf-8", "replace").strip() for word in words):
        detail += f" It printed: {printed}"
    if status == "warn":
        detail += " The record was made up: name real ones with --records."
    return Verdict(rule, status, detail, fix=fix)


def _fuel(output: "Output", limits: Limits) -> Verdict:
    most = output.stats.max_record_fuel
    detail = f"at most {most:,} of a record's {limits.fuel:,} ({_share(most, limits.fuel)})"
    return _fuel_verdict("run-fuel", detail, most, limits)


def _fuel_verdict(rule: str, detail: str, used: int, limits: Limits) -> Verdict:
    if used < limits.fuel * _FUEL_WORTH_SAYING:
        return Verdict(rule, "ok", detail)
    fix = f"Do less at once, or raise data_transforms_runtime_limit_ms (now {limits.runtime_ms}, restart needed)."
    return Verdict(rule, "warn", detail, fix=fix)


def _memory(output: "Output", limits: Limits) -> Verdict:
    used = output.stats.memory_bytes
    detail = f"{format_size(used)} of {format_size(limits.memory_bytes)} at its peak"
    if used < limits.memory_bytes * _MEMORY_WORTH_SAYING:
        return Verdict("run-memory", "ok", detail)
    fix = "Larger or other records may need more: try them with --records, and leave room in "
    return Verdict("run-memory", "warn", detail, fix=f"{fix}data_transforms_per_function_memory_limit.")


def _compared(expected: Sequence[Expected], by_topic: Mapping[str, Sequence[Record]]) -> Verdict:
    differs = samples.difference(expected, by_topic)
    if differs is None:
        return Verdict("run-expected", "ok", f"{_count(len(expected))} as in {samples.EXPECTED}")
    fix = f"Correct the transform, or {samples.EXPECTED} when the new output is meant."
    return Verdict("run-expected", "fail", differs, fix=fix)


def _count(records: int) -> str:
    return f"{records} record{'' if records == 1 else 's'}"


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole
    return f"{percent:.1f} %" if percent >= 0.1 else "under 0.1 %"
