"""What rpkpy's own transform host does for a transform that a Redpanda broker does not."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

ON_ERROR = ("fail", "skip", "dlq")
"""What becomes of a record that the guest fails at, or that makes one too large for its output."""

GUARANTEES = ("at-least-once", "exactly-once")
PARTITIONERS = ("input", "key")
TIMESTAMPS = ("append", "carry")

NAMES = ("on_error", "dead_letter_topic", "guarantee", "partitioner", "timestamps")
CHOICES = {"on_error": ON_ERROR, "guarantee": GUARANTEES, "partitioner": PARTITIONERS, "timestamps": TIMESTAMPS}
"""The options that are one of several words; the first is the broker's way, and the default."""

DEAD_LETTER_SUFFIX = ".dlq"


@dataclass(frozen=True, slots=True)
class HostOptions:
    """The options of one transform, the broker's behaviour where nothing is said.

    `on_error`: `fail` tries a record for ever, `skip` leaves it out, `dlq` puts it into `dead_letter_topic` (None:
    the input topic's name with `.dlq`). `guarantee`: `at-least-once` or `exactly-once`. `partitioner`: an output's
    partition follows the `input` partition or the record's `key`. `timestamps`: `append` is the time of the write,
    `carry` that of the input record.
    """

    on_error: str = ON_ERROR[0]
    dead_letter_topic: str | None = None
    guarantee: str = GUARANTEES[0]
    partitioner: str = PARTITIONERS[0]
    timestamps: str = TIMESTAMPS[0]

    def dead_letters(self, input_topic: str) -> str | None:
        """Where records go that failed; None unless `on_error` is dlq."""
        if self.on_error != "dlq":
            return None
        return self.dead_letter_topic or input_topic + DEAD_LETTER_SUFFIX

    def changes(self) -> dict[str, str]:
        """What differs from the broker's behaviour, by the names of the Admin API's object `rpkpy`."""
        found = {item.name: (getattr(self, item.name), item.default) for item in fields(self)}
        return {name: value for name, (value, default) in found.items() if value != default}

    def told(self, input_topic: str) -> dict[str, str]:
        """Every option in words for a person, by its name in flags and transform.yaml; nothing is left to be known."""
        found = {name: getattr(self, name) for name in NAMES} | {"dead_letter_topic": self.dead_letters(input_topic)}
        return {spelled(name): value for name, value in found.items() if value is not None}

    def patched(self, changes: Mapping[str, str]) -> "HostOptions":
        """These with `changes`; a dead-letter topic goes with the policy that needs it."""
        patched = replace(self, **changes)
        if patched.on_error != "dlq" and "dead_letter_topic" not in changes:
            patched = replace(patched, dead_letter_topic=None)
        return patched

    @classmethod
    def of(cls, document: dict[str, Any]) -> "HostOptions":
        """The options in an object `rpkpy` whose words are known to be right."""
        return cls(**document)


def spelled(name: str) -> str:
    """The name of an option in flags and in transform.yaml."""
    return name.replace("_", "-")
