"""Waiting times between attempts."""

from rpkpy.host.backoff import Backoff
from rpkpy.host.settings import Timing


def brokers_backoff() -> Backoff:
    timing = Timing()
    return Backoff(timing.backoff_first_s, timing.backoff_max_s, timing.backoff_reset_s)


def test_it_doubles_up_to_thirty_seconds() -> None:
    backoff = brokers_backoff()
    assert [backoff.after(0) for _ in range(8)] == [1, 2, 4, 8, 16, 30, 30, 30]


def test_it_begins_anew_after_more_than_ten_seconds_of_running() -> None:
    backoff = brokers_backoff()
    assert [backoff.after(ran_s) for ran_s in (0, 0, 10, 10.01, 0, 11)] == [1, 2, 4, 1, 2, 1]
