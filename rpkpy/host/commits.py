"""How far a transform has come, as its consumer group keeps it: names, and the form of a commit's metadata.

The group's committed offset of an input partition is the first one that some output is not done with. Outputs may
be further than that; the metadata tells how far, and in which topic (a topic made anew begins anew).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from rpkpy.host.model import Transform

FORMAT_VERSION = 1
_PRINTABLE = "".join(char for char in map(chr, range(0x20, 0x7F)) if char != "%")


def group_id(transform: "Transform") -> str:
    """The consumer group of a transform: its own, and that of no later one of the same name.

    What is not printable ASCII of the name is percent-encoded: librdkafka takes nothing else in a transaction.
    """
    return f"rpkpy.{quote(transform.name, safe=_PRINTABLE)}.{transform.uuid}"


def transactional_id(transform: "Transform", partition: int) -> str:
    """The transactional id of one input partition of a transform: who takes it over fences who had it."""
    return f"rpkpy.{transform.uuid}.{partition}"


def encode(topic_id: str, outputs: Sequence[int]) -> str:
    """The metadata of a commit: the last offset done with, for each output in the order of the deploy."""
    return json.dumps({"v": FORMAT_VERSION, "topic_id": topic_id, "outputs": list(outputs)}, separators=(",", ":"))


def decode(metadata: str | None, topic_id: str, outputs: int) -> list[int] | None:
    """The last offset done with for each output; None where the metadata is of another topic, or not ours."""
    try:
        # What follows is not ours: see `of`.
        data, _ = json.JSONDecoder().raw_decode(metadata or "")
        if data["v"] != FORMAT_VERSION or data["topic_id"] != topic_id or len(data["outputs"]) != outputs:
            return None
        return [int(offset) for offset in data["outputs"]]
    except (ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True, slots=True)
class Commit:
    """What a group has committed of a partition: an offset, negative where there is none, and its metadata."""

    offset: int
    metadata: str

    def marks(self, topic_id: str, outputs: int) -> list[int | None]:
        """The last offset done with for each output, None for each where there is none in the topic with this id.

        A commit without metadata is one that a person made (`rpkpy group seek`): it holds for every output.
        """
        if self.offset < 0:
            return [None] * outputs
        if not self.metadata:
            return [self.offset - 1] * outputs
        found = decode(self.metadata, topic_id, outputs)
        return list(found) if found is not None else [None] * outputs


def of(found: Any) -> Commit | None:
    """The commit in a confluent-kafka TopicPartition; None where it cannot be read and has to be asked for again.

    confluent-kafka reads on behind a metadata's end, to the next zero byte in memory, and fails where what stands
    there is no UTF-8 (2.16). Another answer stands elsewhere.
    """
    try:
        return Commit(found.offset, found.metadata or "")
    except UnicodeDecodeError:
        return None
