"""Seeking: a consumer group's commits moved, while it has no members."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rpkpy.errors import RefusedError, UsageError
from rpkpy.kafka import groups, topics
from rpkpy.kafka.client import Admin, code_of, translate
from rpkpy.kafka.positions import Place, offsets_at
from rpkpy.kafka.span import Anchor, Position, parse

_MS_OF_DIGITS = {10: 1000, 13: 1, 19: 1e-6}
"""Unix seconds, milliseconds and nanoseconds, told apart by their digits, as rpk does."""


@dataclass(frozen=True, slots=True)
class Seeked:
    """A partition's commit before and after; `prior_offset` -1 where nothing was committed."""

    topic: str
    partition: int
    prior_offset: int
    current_offset: int
    error: str | None = field(default=None, metadata={"omit_none": True})


def position_of(text: str, *, now_ms: int) -> Position:
    """`start`, `end`, a Unix time (10, 13 or 19 digits), or `@TIME`. Raises UsageError."""
    if text in ("start", "end"):
        return Position(Anchor[text.upper()])
    if text.startswith("@"):
        span = parse(text, now_ms=now_ms)
        if span.end is None:
            return span.start
    elif text.isascii() and text.isdigit() and len(text) in _MS_OF_DIGITS:
        return Position(Anchor.TIME, int(int(text) * _MS_OF_DIGITS[len(text)]))
    raise UsageError(
        f'--to "{text}" cannot be read.', fix="Use start, end, a Unix time in s, ms or ns, or @TIME (such as @-1h)."
    )


def to_position(
    admin: Admin, group: str, position: Position, wanted: Sequence[str], *, allow_new: bool
) -> dict[Place, int]:
    """Where `position` is in each partition of the topics that the group has committed (those of `wanted` alone).

    Raises UsageError for a wanted topic without a commit unless `allow_new`, RefusedError for one that is not there.
    """
    current = {topic for topic, _ in groups.committed(admin, group)}
    for topic in wanted:
        if topic not in current and not allow_new:
            raise UsageError(
                f'The group has committed nothing of the topic "{topic}".', fix="Pass --allow-new-topics to seek in it."
            )
    chosen = sorted(wanted or current)
    if not chosen:
        raise groups.missing(group)
    found = topics.matching(topics.list_topics(admin), chosen, regex=False)
    places = [(topic.name, each.partition) for topic in found for each in topic.partition_details]
    return offsets_at(admin, places, position)


def to_group(admin: Admin, other: str, wanted: Sequence[str]) -> dict[Place, int]:
    """The commits of another group (of the `wanted` topics alone). Raises RefusedError where there are none."""
    found = only(groups.committed(admin, other), wanted)
    if not found:
        raise groups.missing(other)
    return found


def only(targets: Mapping[Place, int], wanted: Sequence[str]) -> dict[Place, int]:
    """The targets of the `wanted` topics, or all where none are named."""
    return {place: offset for place, offset in targets.items() if not wanted or place[0] in wanted}


def seek(admin: Admin, group: str, targets: Mapping[Place, int]) -> list[Seeked]:
    """Commit the targets for the group, which must have no members; each partition's outcome."""
    from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, TopicPartition

    prior = groups.committed(admin, group)
    asked = [TopicPartition(*place, offset) for place, offset in sorted(targets.items())]
    if not asked:
        raise UsageError("There is nothing to seek.", cause="No partition is left by --topics.")
    request = [ConsumerGroupTopicPartitions(group, asked)]
    try:
        answered = admin.retrying(lambda: admin.raw.alter_consumer_group_offsets(request)[group]).topic_partitions
    except RefusedError as error:
        if code_of(error) in (KafkaError.UNKNOWN_MEMBER_ID, KafkaError.NON_EMPTY_GROUP):
            raise _not_empty(group) from error
        raise
    outcomes = []
    for each in sorted(answered, key=lambda place: (place.topic, place.partition)):
        place = (each.topic, each.partition)
        if each.error is not None and each.error.code() == KafkaError.UNKNOWN_MEMBER_ID:
            raise _not_empty(group)
        failed = None if each.error is None else translate(each.error, admin.settings).cause
        outcomes.append(Seeked(*place, prior.get(place, -1), targets[place], failed))
    return outcomes


def _not_empty(group: str) -> RefusedError:
    return RefusedError(
        f'The group "{group}" has members: its commits cannot be moved.',
        cause="INVALID_OPERATION: seeking a non-empty group is not allowed.",
        fix="Stop its consumers, seek, start them again.",
    )
