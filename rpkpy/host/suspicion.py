"""Which record fails: narrowed down from a feed to one record, and what is to become of that one."""

from dataclasses import dataclass, field

ATTEMPTS = 2
"""How often a record is tried before an error policy takes it: once among others, once alone in a fresh instance."""

_PARTS = 8
"""Into how many parts a feed is cut in which something fails."""


@dataclass(slots=True)
class Suspicion:
    """What a processor knows of failing records; it outlives the processor's attempts.

    From `first` to `last` are the offsets among which something failed, to be read `most` records at a time (all 0
    and -1 where nothing has failed yet). `attempts` is how often it is known to have been that one record, and
    `error` what was said last.
    """

    first: int = 0
    last: int = -1
    most: int = 1
    attempts: int = 0
    error: Exception | None = field(default=None)

    def narrow(self, first: int, last: int, records: int, error: Exception) -> None:
        """Among `records` records from `first` to `last` something failed."""
        if records > 1:
            self.most, self.attempts = max(1, records // _PARTS), 0
        elif self.attempts and self.first == first:
            self.attempts += 1
        else:
            self.most, self.attempts = 1, 1
        self.first, self.last, self.error = first, last, error

    def near(self, position: int) -> bool:
        """Whether what comes after `position` is among what failed."""
        return self.first - 1 <= position < self.last

    def proven(self, offset: int) -> bool:
        """Whether the record at `offset` has failed often enough for a policy to take it."""
        return self.attempts >= ATTEMPTS and self.first == offset

    def bound(self, position: int, wish: int) -> tuple[int, int | None]:
        """How many records to read next, `wish` where nothing is suspected, and up to which offset."""
        if self.near(position):
            return min(wish, self.most), self.last
        return wish, self.first - 1 if position < self.first - 1 else None
