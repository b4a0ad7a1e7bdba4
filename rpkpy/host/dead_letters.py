"""Records that a transform could not process, as they stand in its dead-letter topic.

Key, value and headers are the input record's, byte for byte. Headers that begin with `rpkpy.` follow: where the
record is from (`topic`, `partition`, `offset`, `timestamp` in milliseconds since the epoch), which `transform`
failed at it, with what `error`, and at which `attempt`. Their values are text in UTF-8.
"""

from typing import TYPE_CHECKING

from rpkpy.batches.record import Record
from rpkpy.errors import RefusedError
from rpkpy.host.guest import words
from rpkpy.host.suspicion import ATTEMPTS

if TYPE_CHECKING:
    from rpkpy.host.model import Transform

PREFIX = "rpkpy."
MAX_VALUE_BYTES = 2_048


def letter(record: Record, transform: "Transform", partition: int, error: Exception) -> Record:
    """`record`, which came from `partition`, as it goes to the dead-letter topic."""
    said = {
        "topic": transform.input_topic,
        "partition": partition,
        "offset": record.offset,
        "timestamp": record.timestamp_ms,
        "transform": transform.name,
        "error": words(error),
        "attempt": ATTEMPTS,
    }
    added = tuple((f"{PREFIX}{name}".encode(), _cut(str(value))) for name, value in said.items())
    return Record(record.key, record.value, record.headers + added, record.timestamp_ms, record.offset)


def _cut(text: str) -> bytes:
    """`text` in UTF-8, its end cut off between two characters where it is too long."""
    return text.encode("utf-8", "replace")[:MAX_VALUE_BYTES].decode("utf-8", "ignore").encode()


def undeliverable(transform: "Transform", error: Exception) -> RefusedError:
    """The error where the dead-letter topic does not take a record, which is then tried for ever."""
    return RefusedError(
        f"A record can go neither through the transform nor to the dead-letter topic {transform.dead_letter_topic}.",
        cause=words(error),
        fix="Raise max.message.bytes of the dead-letter topic, or have the transform skip what fails.",
    )
