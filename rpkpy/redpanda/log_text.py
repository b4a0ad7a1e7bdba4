"""Log events as lines of text: a guest's writes joined until a newline, stdout and stderr apart, as rpk does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from rpkpy.redpanda.transform_logs import SEVERITY_INFO, LogEvent


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a guest's output without its newline; `time_ns` is that of the write which completed it."""

    text: str
    severity: int
    time_ns: int
    transform: str = ""

    @property
    def wide(self) -> str:
        """The line behind its time (UTC) and level."""
        moment = datetime.fromtimestamp(self.time_ns // 1_000_000_000, UTC)
        level = "INFO" if self.severity <= SEVERITY_INFO else "WARN"
        return f"{moment:%b %d %H:%M:%S} {level} {self.text}"


class LineAssembler:
    """Joins events to lines, each transform's apart; a carriage return before the newline is dropped."""

    def __init__(self) -> None:
        self._pending: dict[tuple[str, int], LogEvent] = {}

    def feed(self, event: LogEvent) -> Iterator[Line]:
        """The lines that `event` completes."""
        before = self._pending.pop((event.transform, event.severity), None)
        *whole, rest = ((before.body if before else "") + event.body).split("\n")
        for text in whole:
            yield Line(text.removesuffix("\r"), event.severity, event.time_ns, event.transform)
        if rest:
            left = LogEvent(event.transform, rest, event.time_ns, event.severity)
            self._pending[event.transform, event.severity] = left

    def finish(self) -> Iterator[Line]:
        """What was written without a newline at its end, oldest first."""
        for event in sorted(self._pending.values(), key=lambda event: event.time_ns):
            yield Line(event.body, event.severity, event.time_ns, event.transform)
        self._pending.clear()
