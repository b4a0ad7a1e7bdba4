"""Topics as rpk's tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rpkpy.cli.render import table

if TYPE_CHECKING:
    from rpkpy.kafka.topics import Topic


def topics_table(topics: "Sequence[Topic]") -> str:
    """A line for each topic."""
    return table(("NAME", "PARTITIONS", "REPLICAS"), [(each.name, each.partitions, each.replicas) for each in topics])


def partitions_tables(topics: "Sequence[Topic]") -> str:
    """A block for each topic, a line in it for each partition."""
    parts = []
    for topic in topics:
        internal = " (internal)" if topic.internal else ""
        rows = [
            (each.partition, each.leader, "-", _ids(each.replicas), each.error or "")
            for each in topic.partition_details
        ]
        lines = table(("PARTITION", "LEADER", "EPOCH", "REPLICAS", ""), rows).splitlines()
        head = f"{topic.name}{internal}, {topic.partitions} partitions, {topic.replicas} replicas"
        parts.append("\n".join([head, *(f"      {line}".rstrip() for line in lines)]))
    return "\n\n".join(parts) + "\n" if parts else ""


def _ids(numbers: tuple[int, ...]) -> str:
    return f"[{' '.join(map(str, numbers))}]"
