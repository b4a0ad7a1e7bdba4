"""The arithmetic of start offsets, as the first record read."""

import pytest

from rpkpy.host.start_offset import Bounds, committed, committed_in_new_partition
from rpkpy.redpanda.cluster import StartOffset

TEN = Bounds(0, 10)
CUT = Bounds(100, 110)
EMPTY = Bounds(7, 7)


@pytest.mark.parametrize(
    ("text", "bounds", "offset_at", "first_read"),
    [
        (None, TEN, None, 10),  # nothing at or after the deploy: only what comes
        (None, TEN, 8, 8),  # records dated after the deploy
        (None, EMPTY, None, 7),
        ("@5", TEN, 3, 3),
        ("@5", TEN, 0, 0),
        ("@5", TEN, None, 10),
        ("+0", TEN, None, 0),
        ("+3", TEN, None, 3),
        ("+9", TEN, None, 9),
        ("+10", TEN, None, 9),  # past the end: the last record is read
        ("+999", TEN, None, 9),
        ("+0", CUT, None, 100),
        ("+3", CUT, None, 103),
        ("+0", EMPTY, None, 7),
        ("+5", EMPTY, None, 7),
        ("-0", TEN, None, 10),
        ("-1", TEN, None, 9),
        ("-9", TEN, None, 1),
        ("-10", TEN, None, 1),  # as many as there are: the broker leaves out the first
        ("-11", TEN, None, 1),
        ("-3", CUT, None, 107),
        ("-999", CUT, None, 101),
        ("-0", EMPTY, None, 7),
        ("-5", EMPTY, None, 7),
    ],
)
def test_first_record_read(text: str | None, bounds: Bounds, offset_at: int | None, first_read: int) -> None:
    requested = StartOffset.parse(text) if text else None
    assert committed(requested, bounds, offset_at) + 1 == first_read


@pytest.mark.parametrize(
    ("text", "offset_at", "first_read"),
    [
        (None, None, 0),
        ("-0", None, 0),
        ("-3", None, 0),
        ("+0", None, 0),
        ("+4", None, 4),
        ("@5", 2, 2),
        ("@5", None, 10),
    ],
)
def test_partitions_added_after_the_deploy(text: str | None, offset_at: int | None, first_read: int) -> None:
    requested = StartOffset.parse(text) if text else None
    assert committed_in_new_partition(requested, TEN, offset_at) + 1 == first_read
