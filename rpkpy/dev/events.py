"""What `rpkpy transform dev` says: the stages of a turn, and records with what the transform made of them."""

from dataclasses import dataclass
from typing import Literal

from rpkpy.batches.record import Record

StageName = Literal["project", "build", "validate", "test", "deploy"]


@dataclass(frozen=True, slots=True)
class Stage:
    """How one stage of a turn ended. `text` is one line for a person, `detail` the lines behind a failure."""

    stage: StageName
    ok: bool
    seconds: float
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A record that the transform as it is now was given on this machine, under the limits, and what came of it.

    `source` is the record's topic, or the file of samples it is from. `outputs` are (topic, record). A guest that
    fails at the record has `trap`, and no more outputs than it wrote before. `fuel` is the record's own.
    """

    source: str
    partition: int
    record: Record
    outputs: tuple[tuple[str, Record], ...]
    fuel: int
    logs: tuple[str, ...] = ()
    trap: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What went through the topics since the last such event. `latency_ms` are the milliseconds from a record in the
    input to its output, for outputs that are what this machine expects of a record it saw."""

    records_in: int
    records_out: int
    latency_ms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """What the turn at hand is doing: a line of a compiler's output."""

    text: str


Event = Stage | Exchange | Traffic | Activity
