"""How much a guest is given at once."""

import pytest

from rpkpy.host.attempt import fitting_records
from rpkpy.host.record_path import MAX_FEED_RECORDS


def after(feeds: int, seconds_a_record: float, backlog: int = MAX_FEED_RECORDS) -> int:
    """The wish after so many feeds from a backlog that is large enough."""
    wish = 1
    for _ in range(feeds):
        given = min(wish, backlog)
        wish = fitting_records(wish, given, given * seconds_a_record)
    return wish


def test_a_quick_guest_has_all_of_a_burst_after_a_few_feeds() -> None:
    assert after(4, 1e-6) == MAX_FEED_RECORDS


@pytest.mark.parametrize("seconds_a_record", [0.001, 0.01, 0.1])
def test_a_slow_guest_is_given_what_it_does_in_a_quarter_of_a_second(seconds_a_record: float) -> None:
    for feeds in range(2, 12):
        assert 0.1 <= after(feeds, seconds_a_record) * seconds_a_record <= 0.26


def test_a_guest_that_turns_slow_is_given_less_and_less_down_to_one_record() -> None:
    wish = after(4, 1e-6)
    for _ in range(20):
        wish = fitting_records(wish, wish, wish * 1.0)
    assert wish == 1
    assert fitting_records(1, 1, 0.0) == 16


def test_feeds_that_are_small_for_want_of_input_take_nothing_of_the_wish() -> None:
    assert fitting_records(4_096, 3, 0.001) == 4_096
