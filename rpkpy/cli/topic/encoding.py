"""How `rpkpy topic produce` encodes keys and values by schemas."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rpkpy.cli.context import Context
from rpkpy.errors import InvalidError, UsageError

if TYPE_CHECKING:
    from rpkpy.kafka.formats import Incoming
    from rpkpy.kafka.produce import Producing
    from rpkpy.redpanda.registry.serde.serdes import Encoder, Serdes

_TOPIC = "topic"
_MAX_ID_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the flags ask for of a record's `part`, key or value: `schema` is an id, topic, or empty.

    Raises UsageError.
    """

    part: str
    schema: str
    message: str

    def __post_init__(self) -> None:
        flag = "--schema-key-id" if self.part == "key" else "--schema-id"
        if self.message and not self.schema:
            raise UsageError(f"The {self.part}'s schema is missing.", fix=f"Pass {flag} ID, or {flag} topic.")
        known = self.schema.isascii() and self.schema.isdigit() and len(self.schema) <= _MAX_ID_DIGITS
        if self.schema and not known and self.schema.lower() != _TOPIC:
            raise UsageError(f'{flag} "{self.schema}" is neither a schema\'s id nor the word topic.')

    @property
    def wanted(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.schema)

    def encoder(self, serdes: "Serdes", topic: str) -> "Encoder":
        """The encoder for records of `topic`: by the TopicName strategy its subjects are TOPIC-key and TOPIC-value."""
        if self.schema.lower() == _TOPIC:
            return serdes.latest(f"{topic}-{self.part}", self.message)
        return serdes.encoder(int(self.schema), self.message)


def encode(
    context: Context, records: "Iterable[Incoming]", encodings: Sequence[Encoding], producing: "Producing"
) -> "Iterator[Incoming]":
    """The records, encoded; nulls (tombstones) stay what they are. Raises InvalidError, naming the record."""
    from rpkpy.cli.registry.target import registry_of
    from rpkpy.redpanda.registry.serde.serdes import Serdes

    serdes = Serdes(registry_of(context))
    kept: dict[tuple[str, str], Encoder] = {}
    for number, incoming in enumerate(records, 1):
        topic = incoming.topic or producing.topic or ""
        key = incoming.key if incoming.has_key else producing.key
        value = None if producing.tombstone and not incoming.value else incoming.value
        parts: dict[str, Any] = {"key": key, "value": value}
        for each in encodings:
            data = parts[each.part]
            place = (each.part, topic if each.schema.lower() == _TOPIC else "")
            if data is None or (each.schema.lower() == _TOPIC and not topic):  # the producer says what is missing
                continue
            if place not in kept:
                kept[place] = each.encoder(serdes, topic)
            try:
                parts[each.part] = kept[place].encode(data)
            except InvalidError as error:
                raise InvalidError(
                    f"Record {number}: the {each.part} cannot be encoded: {error.message}", cause=error.cause
                ) from error
        yield replace(incoming, **parts, has_key=True)
