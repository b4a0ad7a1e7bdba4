"""Where a transform begins that has committed nothing yet: the broker's arithmetic (transform_processor.cc).

A position is written as the offset taken as committed; the first record read is the one after it.
"""

from dataclasses import dataclass

from rpkpy.redpanda.cluster import StartOffset


@dataclass(frozen=True, slots=True)
class Bounds:
    """One partition as it is now: `start` its first offset, `end` the offset the next readable record gets."""

    start: int
    end: int

    @property
    def last(self) -> int:
        """L, the last readable offset; `start - 1` in an empty partition."""
        return self.end - 1


def committed(requested: StartOffset | None, bounds: Bounds, offset_at: int | None) -> int:
    """The offset taken as committed.

    `offset_at` is the offset of the first record at or after the time in question: the requested timestamp, or the
    time of the deploy where nothing was requested; None when there is no such record.

    `from_start` past the end reads the last record again, and `from_end` by the number of records or more leaves
    out the first record: so does the broker.
    """
    if requested is None or requested.format == "timestamp":
        return bounds.last if offset_at is None else offset_at - 1
    if bounds.end <= bounds.start:  # nothing there: both begin with the first record to come
        return bounds.last
    if requested.format == "from_start":
        return min(bounds.start + requested.value, bounds.last) - 1
    return max(bounds.last - requested.value, bounds.start)


def committed_in_new_partition(requested: StartOffset | None, bounds: Bounds, offset_at: int | None) -> int:
    """The same for a partition that was added after the deploy.

    All of its records came after the deploy, so a start counted from the deploy or from the end then reads all.
    """
    if requested is None or requested.format == "from_end":
        return bounds.start - 1
    return committed(requested, bounds, offset_at)
