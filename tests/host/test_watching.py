"""What is remembered and asked while a host is watched: history, ends of partitions, readiness, sampled records."""

from collections.abc import Collection
from dataclasses import replace

import pytest

from rpkpy.batches.record import Record
from rpkpy.errors import RefusedError, UnreachableError
from rpkpy.host.counters import Counters
from rpkpy.host.ends import Ends
from rpkpy.host.figures import Figures, PartitionFigures, TransformFigures
from rpkpy.host.health import Health
from rpkpy.host.history import KEPT, History
from rpkpy.host.samples import Sampler
from rpkpy.host.topology import Topology
from tests.kafka.fixture import TestKafka


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Partitions:
    """Answers as Kafka would, and counts the questions."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[int, ...]]] = []
        self.end = 10
        self.fails: Exception | None = None

    def ends(self, topic: str, partitions: Collection[int], timeout_s: float) -> dict[int, int]:
        self.asked.append((topic, tuple(partitions)))
        if self.fails is not None:
            raise self.fails
        return dict.fromkeys(partitions, self.end)


def test_ends_are_asked_for_once_a_second() -> None:
    clock, kafka = Clock(), Partitions()
    ends = Ends(kafka, clock)
    assert ends.of([("t", [0, 1])]) == {("t", 0): 10, ("t", 1): 10}
    kafka.end = 20
    clock.now += 0.9
    assert ends.of([("t", [0, 1])]) == {("t", 0): 10, ("t", 1): 10}
    clock.now += 0.2
    assert ends.of([("t", [0, 1])]) == {("t", 0): 20, ("t", 1): 20}
    assert ends.of([("t", [0, 1, 2])])["t", 2] == 20, "a new partition is asked for at once"
    assert len(kafka.asked) == 3


def test_a_kafka_that_does_not_answer_is_left_alone_and_the_last_ends_stay() -> None:
    clock, kafka = Clock(), Partitions()
    ends = Ends(kafka, clock)
    ends.of([("t", [0]), ("u", [0])])
    kafka.fails = UnreachableError("gone")
    clock.now += 2
    assert ends.of([("t", [0]), ("u", [0])]) == {("t", 0): 10, ("u", 0): 10}
    assert [len(kafka.asked), ends.reachable] == [3, False]
    kafka.fails, kafka.end = None, 30
    clock.now += 6
    assert ends.of([("t", [0])]) == {("t", 0): 30}
    assert ends.reachable


def test_a_topic_that_is_gone_takes_no_others_with_it() -> None:
    clock, kafka = Clock(), Partitions()
    ends = Ends(kafka, clock)
    kafka.fails = RefusedError("no such topic")
    assert ends.of([("t", [0])]) == {}
    kafka.fails = None
    assert ends.of([("u", [0])]) == {("u", 0): 10}
    assert ends.reachable


def figures(lag: int, records: int, name: str = "t") -> Figures:
    counters = Counters(records_in=records, records_out=2 * records)
    partitions = (PartitionFigures(0, 0, "running", lag),)
    return Figures((TransformFigures(name, "i", ("o",), False, partitions, counters, 0, 0, 0),), 0, True, 0)


def test_history_is_bounded_and_gives_rates() -> None:
    history = History()
    for step in range(3 * KEPT):
        history.note(figures(step, 10 * step), 5.0 * step)
    rates = history.rates("t")
    assert len(rates.lag) == KEPT
    assert rates.lag[-1] == 3 * KEPT - 1
    assert set(rates.records_in) == {2.0}
    assert set(rates.records_out) == {4.0}
    history.note(figures(0, 0), 5.0 * 3 * KEPT)
    assert history.rates("t").records_in[-1] == 0, "a counter that begins anew is no negative rate"
    history.note(figures(0, 0, "other"), 5.0 * 3 * KEPT + 5)
    assert history.rates("t").lag == ()


def test_records_are_taken_only_while_somebody_looks_and_not_too_often() -> None:
    clock = Clock()
    sampler = Sampler(clock)
    assert not sampler.due()
    assert sampler.look() == []
    assert sampler.due()
    sampler.take(Record(b"k", b"v", offset=1), [("a", Record(None, b"x"))], 7)
    assert not sampler.due(), "not twice within half a second"
    clock.now += 0.6
    assert sampler.due()
    sampler.take(Record(b"k", b"v", offset=2), [("b", Record(None, b"y"))] * 20, 7, "failed")
    second, first = sampler.look()
    assert (first.record.offset, second.record.offset) == (1, 2)
    assert [topic for topic, _ in first.outputs] == ["a"]
    assert (len(second.outputs), second.more, second.error) == (8, 12, "failed")
    clock.now += 11
    assert not sampler.due(), "nobody has looked for a while"


def test_sampled_records_are_bounded() -> None:
    sampler = Sampler(Clock())
    large = Record(b"k" * 9_999, b"v" * 9_999, ((b"h" * 9_999, b"x" * 9_999),) * 100)
    for _ in range(50):
        sampler.take(large, [("o", replace(large))], 0)
    samples = sampler.look()
    assert len(samples) == 10
    record = samples[0].record
    assert len(record.value or b"") < 2_100
    assert len(record.headers) == 16
    assert len(record.headers[0][0]) < 2_100


@pytest.mark.kafka
def test_readiness_says_what_is_missing(kafka: TestKafka) -> None:
    topology = Topology(kafka.settings, 5)
    stopping = Health(topology, lambda: False)
    assert stopping.ready() == (False, {"status": "not ready", "checks": {"state": "stopping", "kafka": "reachable"}})


def test_readiness_asks_kafka_once_a_second() -> None:
    class Away(Topology):
        asked = 0

        def __init__(self) -> None:
            pass

        def answers(self, timeout_s: float) -> bool:
            Away.asked += 1
            return False

    clock = Clock()
    health = Health(Away(), lambda: True, clock)
    for _ in range(5):
        ready, answer = health.ready()
        assert not ready
        assert answer["checks"] == {"state": "read", "kafka": "unreachable"}
    assert Away.asked == 1
    clock.now += 1.1
    health.ready()
    assert Away.asked == 2
