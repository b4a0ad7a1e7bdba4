"""How a failing record is found among others, by a reader that fails at it; and what a dead letter says."""

import pytest
from confluent_kafka import KafkaError  # noqa: TID253
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.batches.record import Record
from rpkpy.config.host_options import HostOptions
from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import RefusedError
from rpkpy.host import dead_letters, sink
from rpkpy.host.model import ModuleRef, Start, Transform
from rpkpy.host.record_path import MAX_FEED_RECORDS, RecordRefused
from rpkpy.host.suspicion import Suspicion

TRANSFORM = Transform(
    "n", "u", "in", ("out",), ModuleRef("", 0, 0), Start(None, 0, "in", {}), options=HostOptions("dlq")
)


@given(
    offsets=st.sets(st.integers(0, 5_000), min_size=1, max_size=3_000).map(sorted),
    picked=st.data(),
    wish=st.integers(1, MAX_FEED_RECORDS),
)
def test_failing_records_are_found_and_no_other_is_blamed(offsets: list[int], picked: st.DataObject, wish: int) -> None:
    """Offsets with gaps; `narrow` is told only what a sink that refused a whole feed knows."""
    bad = picked.draw(st.sets(st.sampled_from(offsets), max_size=5))
    suspicion, done, given_up, position, feeds = Suspicion(), [], [], -1, 0
    while position < offsets[-1]:
        most, until = suspicion.bound(position, wish)
        ahead = [offset for offset in offsets if offset > position]
        feed = ahead[:most]
        if until is not None and feed[0] <= until:
            feed = [offset for offset in feed if offset <= until]
        if not suspicion.near(position) and suspicion.near(feed[0] - 1):  # over a gap: read anew
            position = feed[0] - 1
            continue
        feeds += 1
        assert feeds < 40 * (len(bad) + 1) + len(offsets)
        if len(feed) == 1 and suspicion.proven(feed[0]):
            given_up.append(feed[0])
        elif bad & set(feed):
            suspicion.narrow(feed[0], feed[-1], len(feed), ValueError())
            continue
        else:
            done += feed
        position = feed[-1]
    assert given_up == sorted(bad)
    assert done == [offset for offset in offsets if offset not in bad]


def test_one_bad_record_of_a_thousand_is_found_in_few_steps() -> None:
    suspicion, position, feeds = Suspicion(), -1, 0
    while not suspicion.proven(777):
        most, until = suspicion.bound(position, 1_000)
        last = min(position + most, 999 if until is None else until)
        feeds += 1
        if position < 777 <= last:
            suspicion.narrow(position + 1, last, last - position, ValueError())
        else:
            position = last
    assert feeds < 40


def test_a_letter_is_the_record_with_headers_behind_its_own() -> None:
    record = Record(b"k", None, ((b"h", None), (b"h", b"\xff")), 5, 7)
    letter = dead_letters.letter(record, TRANSFORM, 3, ValueError("é" * 3_000))
    assert (letter.key, letter.value, letter.headers[:2]) == (b"k", None, record.headers)
    added = dict(letter.headers[2:])
    error = added.pop(b"rpkpy.error") or b""
    assert error.decode() == "é" * 1_024
    assert added == {
        b"rpkpy.topic": b"in",
        b"rpkpy.partition": b"3",
        b"rpkpy.offset": b"7",
        b"rpkpy.timestamp": b"5",
        b"rpkpy.transform": b"n",
        b"rpkpy.attempt": b"2",
    }


@pytest.mark.parametrize(
    ("code", "records_fault"),
    [
        (KafkaError.MSG_SIZE_TOO_LARGE, True),
        (KafkaError.RECORD_LIST_TOO_LARGE, True),
        (KafkaError.INVALID_RECORD, True),
        (KafkaError.INVALID_TIMESTAMP, True),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, False),
        (KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, False),
        (KafkaError.UNKNOWN_TOPIC_OR_PART, False),
        (KafkaError.NOT_ENOUGH_REPLICAS, False),
        (KafkaError.REQUEST_TIMED_OUT, False),
        (KafkaError._MSG_TIMED_OUT, False),
        (KafkaError._TRANSPORT, False),
        (KafkaError._FENCED, False),
        (KafkaError.POLICY_VIOLATION, False),
    ],
)
def test_what_is_the_records_fault_and_what_the_clusters(code: int, records_fault: bool) -> None:
    failure = sink._failure(KafkaError(code), KafkaSettings(("a:1",)), "out")
    assert isinstance(failure, RecordRefused) == records_fault
    assert isinstance(dead_letters.undeliverable(TRANSFORM, failure), RefusedError)
    assert not isinstance(dead_letters.undeliverable(TRANSFORM, failure), RecordRefused)
