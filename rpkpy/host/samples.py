"""The last records of a partition, in and out side by side, taken only while somebody looks at them."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from rpkpy.batches.record import Record

_LOOKED_AT_S = 10.0
"""How long after the last look records are still taken."""
_EVERY_S = 0.5
_KEPT = 10
_MAX_BYTES = 2_048
_MAX_HEADERS = 16
_MAX_OUTPUTS = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """A record and what was made of it: `outputs` are topics with records. Long values are cut to 2 KiB.

    `more` counts output records left out. `fuel` is what the guest used for it, `error` why it failed at it.
    """

    record: Record
    outputs: tuple[tuple[str, Record], ...]
    more: int
    fuel: int
    error: str = ""


class Sampler:
    """Takes a record twice a second at most. `look` is called by those who look, the rest by the processor's thread."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._looked = -_LOOKED_AT_S - 1
        self._taken = -_EVERY_S - 1
        self._samples: deque[Sample] = deque(maxlen=_KEPT)

    def look(self) -> list[Sample]:
        """What was taken, newest first; from now on there will be more."""
        with self._lock:
            self._looked = self._now()
            return list(reversed(self._samples))

    def due(self) -> bool:
        """Whether the next record should go to the guest alone, and be taken."""
        now = self._now()
        return now - self._looked < _LOOKED_AT_S and now - self._taken >= _EVERY_S

    def take(self, record: Record, outputs: Sequence[tuple[str, Record]], fuel: int, error: str = "") -> None:
        """Keep `record` and what came of it: records with their topics, or an error."""
        shown = tuple((topic, cut(made)) for topic, made in outputs[:_MAX_OUTPUTS])
        sample = Sample(cut(record), shown, len(outputs) - len(shown), fuel, error)
        with self._lock:
            self._taken = self._now()
            self._samples.append(sample)


def cut(record: Record, most_bytes: int = _MAX_BYTES) -> Record:
    """`record` with its key, value and headers cut to `most_bytes` each, and a sign where something is missing."""

    def short(content: bytes) -> bytes:
        return content if len(content) <= most_bytes else content[:most_bytes] + "…".encode()

    def short_or_null(content: bytes | None) -> bytes | None:
        return None if content is None else short(content)

    headers = tuple((short(name), short_or_null(value)) for name, value in record.headers[:_MAX_HEADERS])
    return replace(record, key=short_or_null(record.key), value=short_or_null(record.value), headers=headers)
