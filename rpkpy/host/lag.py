"""How far transforms are behind: the records of each input partition that are there and not done with."""

from collections.abc import Collection, Mapping

from rpkpy.host.ends import Ends
from rpkpy.host.model import Transform
from rpkpy.host.topology import Topology

Key = tuple[str, int]
"""A transform's uuid and an input partition."""


def measured(
    transforms: Collection[Transform], done: Mapping[Key, int | None], topology: Topology, ends: Ends
) -> dict[Key, int]:
    """The offsets from the last one done with to the end, whatever a partition's state is.

    A paused or failing transform falls behind as input comes. `done` has the partitions that a worker has, with the
    last offset done with; None where nothing is committed, so that it is where the transform began. Left out is what
    cannot be known now.
    """
    topics = {name: topology.known(name) for name in {transform.input_topic for transform in transforms}}
    found = ends.of((topic.name, range(topic.partitions)) for topic in topics.values() if topic is not None)
    lags = {}
    for transform in transforms:
        topic = topics[transform.input_topic]
        begin = transform.start.committed if topic is not None and topic.id == transform.start.topic_id else {}
        for partition in range(topic.partitions) if topic is not None else ():
            key = transform.uuid, partition
            if key not in done:
                continue
            place = done[key] if done[key] is not None else begin.get(partition)
            end = found.get((transform.input_topic, partition))
            if place is not None and end is not None:
                lags[key] = max(0, end - 1 - place)
    return lags
