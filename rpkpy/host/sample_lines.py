"""Sampled records of worker processes, for the page of their host: asked for over a pipe to each.

What workers tell the hosts of others goes through Kafka; records do not, they stay on their machine.
"""

import contextlib
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait

from rpkpy.host.samples import Sample

Taken = tuple[int, Sample]
"""An input partition and a record of it."""

_PATIENCE_S = 0.5


def answer(line: "Connection[list[Taken], str]", samples: Callable[[str], list[Taken]]) -> None:
    """A worker's end: answer with the samples of a transform (its uuid) until the other end is closed."""
    with contextlib.suppress(EOFError, OSError):
        while True:
            line.send(samples(line.recv()))


class Line:
    """The page's end of the pipe to one worker. Who has not answered yet, standing still, is not asked again."""

    def __init__(self, connection: "Connection[str, list[Taken]]") -> None:
        self.connection = connection
        self._owed = False

    def ask(self, uuid: str) -> bool:
        """Ask, if all earlier questions are answered; whether an answer will come."""
        try:
            if self._owed and self.connection.poll(0):
                self.take()
            if self._owed:
                return False
            self.connection.send(uuid)
        except (EOFError, OSError):  # the worker has ended
            return False
        self._owed = True
        return True

    def take(self) -> list[Taken]:
        """The answer that has come."""
        try:
            found = self.connection.recv()
        except (EOFError, OSError):
            return []
        self._owed = False
        return found


def ask(lines: Sequence[Line], uuid: str, patience_s: float = _PATIENCE_S) -> list[Taken]:
    """What the workers have taken of a transform, of those that answer within `patience_s`."""
    waiting = {line.connection: line for line in lines if line.ask(uuid)}
    deadline = time.monotonic() + patience_s
    found: list[Taken] = []
    while waiting and (ready := wait(list(waiting), max(0.0, deadline - time.monotonic()))):
        for connection in ready:
            found += waiting.pop(connection).take()  # type: ignore[call-overload]
    return found
