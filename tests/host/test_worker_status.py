"""What workers tell of themselves, what they reserve, and how commits are read: without a Kafka."""

import json
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import UnreachableError
from rpkpy.host import commits
from rpkpy.host.group_member import GroupMember
from rpkpy.host.model import ModuleRef, Start, Transform
from rpkpy.host.progress import GroupProgress
from rpkpy.host.reservation import CLIENTS_BYTES, Reservation, default_memory_bytes
from rpkpy.host.worker_status import Assigned, WorkerStatus, decode, encode
from rpkpy.wasm.limits import Limits

NUMBERS = st.integers(0, 2**63 - 1)
ASSIGNED = st.builds(
    Assigned, st.text(), NUMBERS, st.sampled_from(["running", "errored"]), NUMBERS, st.none() | st.integers(-1, 2**63)
)
STATUSES = st.builds(
    WorkerStatus,
    id=st.text(),
    host=st.text(),
    node_id=NUMBERS,
    hostname=st.text(),
    pid=NUMBERS,
    version=st.text(),
    started_ms=NUMBERS,
    admin=st.none() | st.text(),
    works=st.booleans(),
    applied=NUMBERS,
    memory_bytes=NUMBERS,
    reserved_bytes=NUMBERS,
    partitions=st.lists(ASSIGNED, max_size=3).map(tuple),
    counted=st.none(),
    written_ms=NUMBERS,
)
STATUS = WorkerStatus("a/0", "a", 0, "host", 1, "1.0", 0, partitions=(Assigned("u", 0, "running", 5, 9),))


@given(STATUSES)
def test_a_status_is_read_as_it_was_written(status: WorkerStatus) -> None:
    assert decode(encode(status), status.written_ms) == status


@given(st.binary())
def test_what_is_no_status_is_left_alone(value: bytes) -> None:
    assert decode(value, 0) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("applied", "1"),
        ("applied", None),
        ("partitions", [{"uuid": "u"}]),
        ("partitions", [{"uuid": "u", "partition": "0", "state": "running"}]),
        ("partitions", 3),
        ("id", 3),
        ("reserved_bytes", [1]),
        ("partitions", ["u"]),
    ],
)
def test_a_damaged_status_is_left_alone(field: str, value: Any) -> None:
    data = json.loads(encode(STATUS))
    data["worker"][field] = value
    assert decode(json.dumps(data).encode(), 0) is None


def test_a_host_that_is_upgraded_first_is_understood_by_the_others() -> None:
    data = json.loads(encode(STATUS))
    data["worker"]["new"] = 1
    data["worker"]["partitions"][0]["new"] = [2]
    assert decode(json.dumps(data).encode(), 0) == STATUS


def test_a_status_of_a_newer_version_is_left_alone() -> None:
    data = json.loads(encode(STATUS))
    data["version"] = 2
    assert decode(json.dumps(data).encode(), 0) is None


def test_lag_and_progress_alone_are_no_news() -> None:
    later = WorkerStatus("a/0", "a", 0, "host", 1, "1.0", 0, partitions=(Assigned("u", 0, "running", 3, 11),))
    failed = WorkerStatus("a/0", "a", 0, "host", 1, "1.0", 0, partitions=(Assigned("u", 0, "errored", 3, 11),))
    assert STATUS.news() == later.news()
    assert STATUS.news() != failed.news()


def test_memory_is_reserved_before_it_is_taken() -> None:
    limits = Limits(memory_bytes=8 << 20)
    each = limits.memory_bytes + CLIENTS_BYTES
    reservation = Reservation(2 * each + each // 2, limits)
    assert [reservation.take(("u", partition)) for partition in (0, 1, 2)] == [True, True, False]
    assert reservation.take(("u", 1)), "twice is once"
    assert reservation.reserved_bytes == 2 * each
    reservation.release(("u", 0))
    assert reservation.take(("v", 0))
    assert Reservation(1, limits).take(("u", 0)), "one is always allowed"


def test_workers_share_half_of_the_machine() -> None:
    assert default_memory_bytes(1) >= 256 << 20
    assert default_memory_bytes(4) == default_memory_bytes(1) // 4


@pytest.mark.parametrize(
    ("offset", "metadata", "marks"),
    [
        (-1001, None, [None, None]),
        (7, "", [6, 6]),  # moved by a person
        (7, None, [6, 6]),
        (7, commits.encode("t", [6, 9]), [6, 9]),
        (7, commits.encode("made anew", [6, 9]), [None, None]),
        (7, commits.encode("t", [6]), [None, None]),
        (7, "somebody else's", [None, None]),
    ],
)
def test_how_far_a_commit_says_it_has_come(offset: int, metadata: str | None, marks: list[int | None]) -> None:
    from confluent_kafka import TopicPartition

    found = TopicPartition("in", 0, offset) if metadata is None else TopicPartition("in", 0, offset, metadata)
    commit = commits.of(found)
    assert commit is not None and commit.marks("t", 2) == marks


class Unreadable:
    """What confluent-kafka gives where the memory behind the metadata is no UTF-8."""

    topic, partition, offset = "in", 0, 7

    @property
    def metadata(self) -> str:
        """Fails as it does."""
        return b"\x96".decode()


def test_a_commit_that_cannot_be_read_is_asked_for_again() -> None:
    from confluent_kafka import TopicPartition

    class Consumer:
        """Answers what cannot be read first."""

        answers: ClassVar[list[Any]] = [TopicPartition("in", 0, 7, commits.encode("t", [6])), Unreadable()]

        def committed(self, wanted: list[Any], timeout: float) -> list[Any]:
            """What is committed."""
            assert [each.partition for each in wanted] == [0]
            return [self.answers.pop()]

    transform = Transform("n", "u", "in", ("out",), ModuleRef("m", 1, 1), Start(None, 0, "t", {}), {}, "none", False, 0)
    member = GroupMember(KafkaSettings(("127.0.0.1:1",)), "g", Consumer())
    member.close()  # to ask the library
    progress = GroupProgress(transform, member, timeout_s=0.01)
    progress.own({0})
    progress.read()
    with pytest.raises(UnreachableError, match="how far partition 0 has come"):
        progress.marks(0, 1, "t")
    progress.read()
    assert progress.marks(0, 1, "t") == [6]
