"""Sampled records on their way from worker processes to the page of their host."""

import multiprocessing
import threading
import time
from collections.abc import Iterator

import pytest

from rpkpy.batches.record import Record
from rpkpy.host.sample_lines import Line, Taken, answer, ask
from rpkpy.host.samples import Sample


def taken(partition: int) -> Taken:
    return partition, Sample(Record(b"k", b"v"), (("t", Record(None, b"w")),), 0, 5)


class Worker:
    """A worker's end of a line, which answers with its partition unless it stands still."""

    def __init__(self, partition: int) -> None:
        mine, far_end = multiprocessing.Pipe()
        self.partition, self.line = partition, Line(mine)
        self.asked: list[str] = []
        self.going = threading.Event()
        self.going.set()
        threading.Thread(target=answer, args=(far_end, self.samples), daemon=True).start()

    def samples(self, uuid: str) -> list[Taken]:
        self.going.wait()
        self.asked.append(uuid)
        return [taken(self.partition)]


@pytest.fixture
def workers() -> Iterator[list[Worker]]:
    made = [Worker(0), Worker(1)]
    yield made
    for each in made:
        each.going.set()
        each.line.connection.close()


def partitions(workers: list[Worker], uuid: str = "u", patience_s: float = 10.0) -> list[int]:
    return sorted(partition for partition, _ in ask([each.line for each in workers], uuid, patience_s))


def test_all_workers_are_asked(workers: list[Worker]) -> None:
    assert sorted(ask([each.line for each in workers], "u"), key=lambda each: each[0]) == [taken(0), taken(1)]
    assert [each.asked for each in workers] == [["u"], ["u"]]
    assert ask([], "u") == []


def test_a_worker_that_stands_still_is_not_waited_for_nor_asked_again(workers: list[Worker]) -> None:
    workers[1].going.clear()
    for uuid in ("first", "second", "third"):
        began = time.monotonic()
        assert partitions(workers, uuid, 0.1) == [0]
        assert time.monotonic() - began < 5
    workers[1].going.set()

    def answers() -> list[str]:
        partitions(workers, "fourth", 0.1)
        return workers[1].asked

    deadline = time.monotonic() + 10
    while "fourth" not in (asked := answers()) and time.monotonic() < deadline:
        pass
    assert asked[:2] == ["first", "fourth"], "the questions in between were never sent"
    assert partitions(workers, "fifth") == [0, 1], "an answer that came late is nobody else's"


def test_a_worker_that_has_ended_is_left_out(workers: list[Worker]) -> None:
    mine, far_end = multiprocessing.Pipe()
    ended = Line(mine)
    far_end.close()
    for _ in range(2):
        assert [partition for partition, _ in ask([ended, workers[1].line], "u", 10)] == [1]
    mine.close()
    assert ask([ended], "u") == []
