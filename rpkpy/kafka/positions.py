"""Positions (the start, the end, an offset, a moment) as the offsets that partitions have there."""

from collections.abc import Sequence
from typing import Any

from rpkpy.kafka import topics
from rpkpy.kafka.client import Admin
from rpkpy.kafka.span import Anchor, Position

Place = tuple[str, int]
"""A topic and a partition of it."""


def offsets_at(
    admin: Admin, places: Sequence[Place], position: Position, *, read_committed: bool = False
) -> dict[Place, int]:
    """The offset of `position` in each partition, within what the partition has."""
    from confluent_kafka import IsolationLevel
    from confluent_kafka.admin import OffsetSpec

    if position.anchor is Anchor.OFFSET:
        return dict.fromkeys(places, position.value)
    level = IsolationLevel.READ_COMMITTED if read_committed else IsolationLevel.READ_UNCOMMITTED

    def listed(spec: Any) -> dict[Place, int]:
        return topics.list_offsets(admin, dict.fromkeys(places, spec), isolation_level=level)

    if position.anchor is Anchor.TIME:
        found = listed(OffsetSpec.for_timestamp(position.value))
        late = [place for place, offset in found.items() if offset < 0]  # no record so late: the end
        latest = topics.list_offsets(admin, dict.fromkeys(late, OffsetSpec.latest()), isolation_level=level)
        return found | latest
    if position.anchor is Anchor.START:
        found = listed(OffsetSpec.earliest())
        if not position.value:
            return found
        latest = listed(OffsetSpec.latest())
        return {place: min(offset + position.value, latest[place]) for place, offset in found.items()}
    found = listed(OffsetSpec.latest())
    if not position.value:
        return found
    first = listed(OffsetSpec.earliest())
    return {place: max(offset + position.value, first[place]) for place, offset in found.items()}
