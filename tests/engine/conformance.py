"""The conformance suite's terms: a case, what a host made of it, and how the two differ.

A case is a guest, what it is given, and what any host of the broker's transform ABI must make of it. Cases stand in
`cases/`, one folder each (see its README.md); `conformance_case` loads them; a `Host` runs them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rpkpy.batches.codec import decode_batches
from rpkpy.wasm.limits import BROKER, Limits
from tests.engine.conformance_batch import InputBatch

Payload = tuple[bytes | None, bytes | None, tuple[tuple[bytes, bytes | None], ...]]
"""Key, value, headers."""

Outputs = Mapping[str, tuple[Payload, ...]]
"""Records by output topic."""


@dataclass(frozen=True)
class Span:
    """Inclusive bounds of a share of the fuel budget."""

    at_least: float = 0.0
    at_most: float = 1.0


@dataclass(frozen=True)
class ExpectedTrap:
    """How the guest must fail: `code` and `phase` are GuestTrap's; None is "not looked at".

    `message` is a part of the message or its cause; `frames` are the innermost functions; `failed_outputs` is what
    the failing record had written, which must not be kept; `fuel` is the share used since the last refill.
    """

    code: str
    phase: str
    offset: int | None = None
    timestamp_ms: int | None = None
    exit_code: int | None = None
    message: str | None = None
    frames: tuple[str, ...] = ()
    failed_outputs: Outputs = field(default_factory=dict)
    fuel: Span | None = None


@dataclass(frozen=True)
class Refusal:
    """A module that never runs: `stage` is compile or instantiate, `message` a part of what the host says."""

    stage: str
    message: str = ""


@dataclass(frozen=True)
class Expected:
    """What must come of a case.

    `outputs`, `logs` (fd, text), `trap` and `refused` are compared exactly, also when they are empty; what is None is
    not looked at. `batches` gives the records in each finished batch by topic.
    """

    outputs: Outputs = field(default_factory=dict)
    logs: tuple[tuple[int, bytes], ...] = ()
    trap: ExpectedTrap | None = None
    refused: Refusal | None = None
    records_in: int | None = None
    logs_dropped: int | None = None
    memory_bytes: int | None = None
    start_fuel: Span | None = None
    record_fuel: Span | None = None
    batches: Mapping[str, tuple[int, ...]] | None = None
    batch_bytes: int | None = None


@dataclass(frozen=True)
class Case:
    """One case. `guest` is its source, WAT with the preludes put in or C; `group` and `name` are its folders.

    `sources` say where the rule stands; `choice` says why, where that leaves the behaviour open, this is rpkpy's own.
    `restart` gives what a fresh instance makes of the same input from `restart_at` on. `variant` tells cases of one
    folder apart, which differ in a few places of the guest.
    """

    folder: Path
    group: str
    name: str
    language: str
    guest: str
    description: str
    sources: tuple[str, ...]
    choice: str | None
    expected: Expected
    transform_name: str = "guest"
    input_topic: str = "in"
    output_topics: tuple[str, ...] = ("out",)
    environment: Mapping[str, str] = field(default_factory=dict)
    compression: str = "none"
    limits: Limits = BROKER
    skip_until: int | None = None
    input: tuple[InputBatch, ...] = ()
    restart_at: int | None = None
    restart: Expected | None = None
    variant: str = ""

    def __str__(self) -> str:
        return f"{self.group}/{self.name}" + (f"/{self.variant}" if self.variant else "")


@dataclass
class ObservedTrap:
    """How a guest failed; see ExpectedTrap. What a host cannot tell is None."""

    code: str
    phase: str
    message: str
    offset: int | None = None
    timestamp_ms: int | None = None
    exit_code: int | None = None
    frames: tuple[str, ...] | None = None
    failed_outputs: dict[str, list[Payload]] | None = None
    fuel_share: float | None = None


@dataclass
class Observed:
    """What a host made of a case. `outputs` holds what it keeps: nothing of a failing record. None: cannot tell."""

    outputs: dict[str, list[Payload]] = field(default_factory=dict)
    logs: list[tuple[int, bytes]] = field(default_factory=list)
    trap: ObservedTrap | None = None
    refused: Refusal | None = None
    records_in: int | None = None
    logs_dropped: int | None = None
    memory_bytes: int | None = None
    start_fuel_share: float | None = None
    record_fuel_share: float | None = None
    batches: dict[str, bytes] | None = None


class Host(Protocol):
    """What runs a case: the adapter of a host."""

    def run(self, case: Case) -> Observed:
        """Deploy the guest as the case says, give it the input (from `skip_until` on), and tell what came of it."""


def differences(case: Case, expected: Expected, observed: Observed) -> list[str]:
    """Every way in which `observed` is not as `expected`, in words; empty when all is well."""
    return list(_differences(case, expected, observed))


def _differences(case: Case, expected: Expected, observed: Observed) -> Iterator[str]:
    yield from _refusal(expected.refused, observed.refused)
    yield from _outputs("", case.output_topics, expected.outputs, observed.outputs)
    if tuple(observed.logs) != expected.logs:
        yield f"logs: {_short(observed.logs)} instead of {_short(list(expected.logs))}"
    if (observed.trap is None) != (expected.trap is None):
        yield f"trap: {observed.trap} instead of {expected.trap}"
    elif observed.trap is not None and expected.trap is not None:
        yield from _trap(case, expected.trap, observed.trap)
    for name in ("records_in", "logs_dropped", "memory_bytes"):
        wanted, found = getattr(expected, name), getattr(observed, name)
        if wanted is not None and found is not None and wanted != found:
            yield f"{name}: {found} instead of {wanted}"
    yield from _share("start_fuel", expected.start_fuel, observed.start_fuel_share)
    yield from _share("record_fuel", expected.record_fuel, observed.record_fuel_share)
    if observed.batches is not None:
        yield from _batches(case, expected, observed.batches)


def _refusal(expected: Refusal | None, observed: Refusal | None) -> Iterator[str]:
    if expected is None or observed is None:
        if expected is not observed:
            yield f"refused: {observed} instead of {expected}"
    elif expected.stage != observed.stage or expected.message not in observed.message:
        yield f"refused: {observed} instead of {expected}"


def _trap(case: Case, expected: ExpectedTrap, observed: ObservedTrap) -> Iterator[str]:
    for name in ("code", "phase"):
        wanted, found = getattr(expected, name), getattr(observed, name)
        if wanted != found:
            yield f"trap.{name}: {found} instead of {wanted} ({observed.message})"
    for name in ("offset", "timestamp_ms", "exit_code"):
        wanted, found = getattr(expected, name), getattr(observed, name)
        if wanted is not None and wanted != found:
            yield f"trap.{name}: {found} instead of {wanted}"
    if expected.message is not None and expected.message not in observed.message:
        yield f"trap.message: {expected.message!r} is not in {observed.message!r}"
    if observed.frames is not None and observed.frames[: len(expected.frames)] != expected.frames:
        yield f"trap.frames: {observed.frames} do not begin with {expected.frames}"
    if observed.failed_outputs is not None:
        yield from _outputs("failed ", case.output_topics, expected.failed_outputs, observed.failed_outputs)
    yield from _share("trap.fuel", expected.fuel, observed.fuel_share)


def _outputs(
    what: str, topics: tuple[str, ...], expected: Outputs, observed: Mapping[str, list[Payload]]
) -> Iterator[str]:
    for topic in (*topics, *(topic for topic in observed if topic not in topics)):
        wanted, found = list(expected.get(topic, ())), observed.get(topic, [])
        if wanted == found:
            continue
        at = next((i for i, pair in enumerate(zip(wanted, found, strict=False)) if pair[0] != pair[1]), None)
        if at is None:
            yield f"{what}outputs of {topic}: {len(found)} records instead of {len(wanted)}: {_short(found)}"
        else:
            yield f"{what}outputs of {topic}: record {at} is {_short(found[at])} instead of {_short(wanted[at])}"


def _share(what: str, expected: Span | None, share: float | None) -> Iterator[str]:
    if expected is not None and share is not None and not expected.at_least <= share <= expected.at_most:
        yield f"{what}: {share:.6f} of the budget is not within {expected.at_least} and {expected.at_most}"


def _batches(case: Case, expected: Expected, observed: Mapping[str, bytes]) -> Iterator[str]:
    """Finished batches hold the outputs and are as the broker writes them (reference, section b, Output)."""
    for topic, data in observed.items():
        made = list(decode_batches(data))
        payloads = [(r.key, r.value, r.headers) for batch in made for r in batch.records()]
        if payloads != list(expected.outputs.get(topic, ())):
            yield f"batches of {topic}: they do not hold its outputs"
        for batch in made:
            producer = (batch.producer_id, batch.producer_epoch, batch.base_sequence)
            if not batch.is_log_append_time or producer != (-1, -1, -1) or batch.is_control:
                yield f"batches of {topic}: attributes {batch.attributes:#x}, producer {producer}"
            if batch.compression != case.compression:
                yield f"batches of {topic}: compression {batch.compression} instead of {case.compression}"
            if any(entry[0] for entry in batch.entries()):
                yield f"batches of {topic}: record attributes are not 0"
            if expected.batch_bytes is not None and batch.size > expected.batch_bytes:
                yield f"batches of {topic}: one of {batch.size} bytes"
    if expected.batches is not None:
        counts = {topic: tuple(b.record_count for b in decode_batches(data)) for topic, data in observed.items()}
        if {topic: made for topic, made in counts.items() if made} != dict(expected.batches):
            yield f"batches: {counts} records instead of {dict(expected.batches)}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 400 else f"{text[:400]}... ({len(text)} characters)"
