"""Trimming: records before an offset are deleted, partition by partition (Kafka's DeleteRecords)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rpkpy.errors import RefusedError, UsageError
from rpkpy.kafka import topics
from rpkpy.kafka.client import Admin
from rpkpy.kafka.positions import Place, offsets_at
from rpkpy.kafka.span import Anchor, Position, parse


@dataclass(frozen=True, slots=True)
class Planned:
    """A partition's first offset now, and the one that it is to have."""

    topic: str
    partition: int
    prior_start_offset: int
    new_start_offset: int


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A partition's first offset after trimming; None with the `error` that kept it."""

    topic: str
    partition: int
    new_start_offset: int | None
    error: str | None = field(default=None, metadata={"omit_none": True})


def position_of(text: str, *, now_ms: int) -> Position:
    """`end`, an offset, or `@TIME`. Raises UsageError."""
    if not text:
        raise UsageError("The new start is missing.", fix="Pass --offset OFFSET, end or @TIME; or --from-file FILE.")
    span = parse(text, now_ms=now_ms)
    plain = span.start.anchor in (Anchor.OFFSET, Anchor.TIME) or span.start == Position(Anchor.END)
    if span.end is not None or not plain:
        raise UsageError(f'--offset "{text}" is not where records can be trimmed.', fix="Use an offset, end or @TIME.")
    return span.start


def at(admin: Admin, topic: str, partitions: Sequence[int], position: Position) -> list[Planned]:
    """What trimming `topic` (all partitions where none are named) to `position` would do.

    Raises RefusedError for a topic that is not there, UsageError for a partition that it has not.
    """
    known = topics.describe(admin, topic).partitions
    places = [(topic, number) for number in partitions or range(known)]
    for _, number in places:
        if number >= known:
            raise UsageError(f"{topic} has no partition {number}.", cause=f"Its partitions are 0 to {known - 1}.")
    return planned(admin, offsets_at(admin, places, position))


def planned(admin: Admin, targets: Mapping[Place, int]) -> list[Planned]:
    """What trimming each partition to its offset would do. Raises RefusedError where one is not there."""
    starts = offsets_at(admin, list(targets), Position(Anchor.START))
    return [Planned(*place, starts[place], offset) for place, offset in targets.items()]


def trim(admin: Admin, plans: Sequence[Planned]) -> list[Trimmed]:
    """Delete the records before the new start offsets; each partition's outcome in the order of `plans`."""
    from confluent_kafka import TopicPartition

    asked = [TopicPartition(each.topic, each.partition, each.new_start_offset) for each in plans]
    futures = {(place.topic, place.partition): future for place, future in admin.raw.delete_records(asked).items()}
    outcomes = []
    for each in plans:
        try:
            low = admin.wait(futures[each.topic, each.partition]).low_watermark
        except RefusedError as error:
            outcomes.append(Trimmed(each.topic, each.partition, None, str(error.cause)))
        else:
            outcomes.append(Trimmed(each.topic, each.partition, low))
    return outcomes
