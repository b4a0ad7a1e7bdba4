"""Consumer groups: list, describe with lag, delete."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rpkpy.errors import RefusedError
from rpkpy.kafka import topics
from rpkpy.kafka.client import Admin, translate
from rpkpy.kafka.positions import Place, offsets_at
from rpkpy.kafka.span import Anchor, Position
from rpkpy.kafka.topics import OK

_STATES = {"PREPARING_REBALANCING": "PreparingRebalance", "COMPLETING_REBALANCING": "CompletingRebalance"}
"""Kafka's names of group states, where CamelCase of confluent-kafka's is another word."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A group in a list; `broker` is the id of its coordinator, -1 where it is not known."""

    broker: int
    group: str
    state: str


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """A partition that a group has committed or is assigned.

    `current_offset` is None where nothing is committed, `lag` None where the partition's end is not known; without a
    commit everything from the start on is lag. Member fields are empty where no member has the partition.
    """

    topic: str
    partition: int
    current_offset: int | None
    log_start_offset: int | None
    log_end_offset: int | None
    lag: int | None
    member_id: str = ""
    instance_id: str | None = field(default=None, metadata={"omit_none": True})
    client_id: str = ""
    host: str = ""
    error: str | None = field(default=None, metadata={"omit_none": True})


@dataclass(frozen=True, slots=True)
class Group:
    """A group, its partitions by topic and number. `coordinator` is a broker's id."""

    group: str
    coordinator: int
    state: str
    balancer: str
    members: int
    total_lag: int
    partitions: tuple[PartitionLag, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one group in a request; `status` is OK, or the error's name and the broker's words."""

    group: str
    status: str


def names(admin: Admin) -> list[str]:
    """The names of all groups. Raises RefusedError when a broker does not tell."""
    found = admin.retrying(admin.raw.list_consumer_groups)
    for error in found.errors or ():
        raise translate(error.args[0], admin.settings, doing="The groups cannot be listed.")
    return sorted(each.group_id for each in found.valid or ())


def list_groups(admin: Admin) -> list[Listed]:
    """All groups by name."""
    found = _descriptions(admin, names(admin))
    return [
        Listed(each.coordinator.id if each.coordinator is not None else -1, name, _state(each.state))
        for name, each in found.items()
    ]


def describe(admin: Admin, wanted: Sequence[str]) -> list[Group]:
    """Each group by name, with its lag. Raises RefusedError for one that is not there."""
    return [_group(admin, each) for each in _descriptions(admin, sorted(set(wanted))).values()]


def delete(admin: Admin, wanted: Sequence[str]) -> list[Outcome]:
    """Delete groups, which must have no members."""
    outcomes = []
    for name in dict.fromkeys(wanted):
        try:
            admin.retrying(partial(_delete, admin, name))
        except RefusedError as error:
            outcomes.append(Outcome(name, str(error.cause)))
        else:
            outcomes.append(Outcome(name, OK))
    return outcomes


def committed(admin: Admin, group: str) -> dict[Place, int]:
    """What the group has committed; nothing for a group that is not there."""
    from confluent_kafka import ConsumerGroupTopicPartitions

    asked = [ConsumerGroupTopicPartitions(group)]
    found = admin.retrying(lambda: admin.raw.list_consumer_group_offsets(asked)[group]).topic_partitions or ()
    return {(each.topic, each.partition): each.offset for each in found if each.offset >= 0}


def missing(group: str) -> RefusedError:
    """The error for a group that is not there."""
    return RefusedError(
        f'The group "{group}" does not exist.',
        cause="It has no members and has committed nothing.",
        fix="rpkpy group list shows the groups that are there.",
    )


def _descriptions(admin: Admin, wanted: list[str]) -> Mapping[str, Any]:
    futures = admin.raw.describe_consumer_groups(wanted) if wanted else {}
    found = {}
    for name, future in futures.items():
        try:
            found[name] = admin.wait(future)
        except RefusedError:  # perhaps its coordinator is not ready
            found[name] = admin.retrying(partial(_describe, admin, name))
    return found


def _describe(admin: Admin, name: str) -> Any:
    return admin.raw.describe_consumer_groups([name])[name]


def _delete(admin: Admin, name: str) -> Any:
    return admin.raw.delete_consumer_groups([name])[name]


def _group(admin: Admin, found: Any) -> Group:
    commits = committed(admin, found.group_id)
    state = _state(found.state)
    if state == "Dead" and not commits:
        raise missing(found.group_id)
    owners = {
        (place.topic, place.partition): member
        for member in found.members
        for place in (member.assignment.topic_partitions if member.assignment is not None else ())
    }
    partitions = _lags(admin, commits, owners)
    return Group(
        found.group_id,
        found.coordinator.id if found.coordinator is not None else -1,
        state,
        found.partition_assignor,
        len(found.members),
        sum(each.lag or 0 for each in partitions),
        tuple(partitions),
    )


def _lags(admin: Admin, commits: Mapping[Place, int], owners: Mapping[Place, Any]) -> list[PartitionLag]:
    places = sorted({*commits, *owners})
    there = {(topic.name, each.partition) for topic in topics.list_topics(admin) for each in topic.partition_details}
    known = [place for place in places if place in there]
    starts = offsets_at(admin, known, Position(Anchor.START))
    ends = offsets_at(admin, known, Position(Anchor.END))
    return [_lag(place, commits.get(place), starts.get(place), ends.get(place), owners.get(place)) for place in places]


def _lag(place: Place, commit: int | None, start: int | None, end: int | None, owner: Any) -> PartitionLag:
    begin = commit if commit is not None else start
    lag = None if end is None or begin is None else max(0, end - begin)
    error = None if end is not None else "UNKNOWN_TOPIC_OR_PARTITION"
    if owner is None:
        return PartitionLag(*place, commit, start, end, lag, error=error)
    return PartitionLag(
        *place, commit, start, end, lag, owner.member_id, owner.group_instance_id, owner.client_id, owner.host, error
    )


def _state(state: Any) -> str:
    """Kafka's name of a confluent-kafka ConsumerGroupState."""
    name: str = state.name
    return _STATES.get(name, "".join(word.capitalize() for word in name.split("_")))


def lag_by_topic(groups: Iterable[Group]) -> list[tuple[str, str, int]]:
    """(group, topic, lag) of each topic of each group."""
    sums: dict[tuple[str, str], int] = {}
    for group in groups:
        for each in group.partitions:
            sums[group.group, each.topic] = sums.get((group.group, each.topic), 0) + (each.lag or 0)
    return [(*key, lag) for key, lag in sums.items()]
