"""What `rpkpy transform dev` shows: a live view on a terminal, lines elsewhere, JSON lines when they are asked for."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rpkpy.batches.record import Record
from rpkpy.cli.context import Context
from rpkpy.cli.render import to_data
from rpkpy.dev.events import Activity, Event, Exchange, Stage, Traffic
from rpkpy.text import printable

if TYPE_CHECKING:
    from rich.console import RenderableType

_STAGES = ("project", "build", "validate", "test", "deploy")
_WINDOW_S = 5.0
_CELL_CHARS = 200
_LOG_LINES = 6
_COMMON_CHARS = 24


class View:
    """Takes events, from any thread. A context manager; what `say_at_end` was told is printed when it is over."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._last_words: list[str] = []

    def publish(self, event: Event) -> None:
        """Show an event."""
        raise NotImplementedError

    def turn(self, turn: Callable[[Collection[str]], bool], parts: Collection[str]) -> None:
        """Run a turn for `parts` and show that it goes on, and how it ended."""
        self._ended(turn(parts))

    def _ended(self, good: bool) -> None:
        """A turn is over."""

    def say_at_end(self, text: str) -> None:
        """Leave a word for the person when the view is gone."""
        self._last_words.append(text)

    def __enter__(self) -> "View":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for words in self._last_words:
            self._context.note(words)


class Json(View):
    """An event a line."""

    def publish(self, event: Event) -> None:
        """Print the event; its key `event` says which it is."""
        data: dict[str, Any] = {"event": type(event).__name__.lower(), **to_data(event)}
        if isinstance(event, Exchange):
            from rpkpy.project.records import to_json

            data["record"] = json.loads(to_json(event.source, event.record))
            data["outputs"] = [json.loads(to_json(topic, record)) for topic, record in event.outputs]
        self._context.stdout.write(json.dumps(data, separators=(",", ":"), ensure_ascii=False) + "\n")
        self._context.stdout.flush()


class Lines(View):
    """What happens, line by line, where nobody watches."""

    def publish(self, event: Event) -> None:
        """Print what a person would want to read in a log; traffic is left out."""
        for line in _lines(event):
            self._context.stdout.write(f"{line}\n")
        self._context.stdout.flush()

    def _ended(self, good: bool) -> None:
        self._context.note("Waiting for changes; Ctrl-C ends it.")


def _lines(event: Event) -> list[str]:
    if isinstance(event, Stage):
        word = "ok  " if event.ok else "FAIL"
        first = f"{word}  {event.stage:<8}  {printable(event.text)}  ({event.seconds * 1000:.0f} ms)"
        return [first, *(f"      {line}" for line in printable(event.detail).splitlines())]
    if isinstance(event, Exchange):
        lines = [f"      in   {shown(event.record)}"]
        lines += [f"      out  {topic}: {shown(record)}" for topic, record in event.outputs]
        lines += [f"      log  {printable(line)}" for line in event.logs]
        return [*lines, f"      TRAP {printable(event.trap)}"] if event.trap else lines
    return []


def shown(record: Record) -> str:
    """Key and value for a person, in one line that is not too long."""
    value = _text(record.value)
    return f"{_text(record.key)}: {value}" if record.key is not None else value


def _text(content: bytes | None) -> str:
    if content is None:
        return "null"
    cut = content[: 4 * _CELL_CHARS]
    text = " ".join(printable(cut.decode("utf-8", "replace")).split())
    return text if len(text) <= _CELL_CHARS else f"{text[:_CELL_CHARS]}…"


@dataclass
class Board:
    """What the live view shows, as it is now."""

    name: str
    stages: dict[str, Stage] = field(default_factory=dict)
    busy: bool = True
    activity: str = ""
    exchanges: deque[Exchange] = field(default_factory=lambda: deque(maxlen=100))
    logs: deque[str] = field(default_factory=lambda: deque(maxlen=100))
    traffic: deque[tuple[float, Traffic]] = field(default_factory=lambda: deque(maxlen=1000))
    latency_ms: deque[int] = field(default_factory=lambda: deque(maxlen=500))
    records: list[int] = field(default_factory=lambda: [0, 0])

    def take(self, event: Event) -> None:
        """Remember an event."""
        if isinstance(event, Stage):
            self.stages[event.stage] = event
        elif isinstance(event, Exchange):
            self.exchanges.append(event)
            self.logs.extend(event.logs)
        elif isinstance(event, Activity):
            self.activity = event.text
        else:
            self.traffic.append((time.monotonic(), event))
            self.latency_ms.extend(event.latency_ms)
            self.records[0] += event.records_in
            self.records[1] += event.records_out

    def rates(self) -> tuple[float, float]:
        """Records a second in and out, over the last seconds."""
        since = time.monotonic() - _WINDOW_S
        recent = [traffic for at, traffic in self.traffic if at > since]
        incoming, outgoing = (sum(getattr(each, f"records_{way}") for each in recent) for way in ("in", "out"))
        return incoming / _WINDOW_S, outgoing / _WINDOW_S

    def figures(self) -> list[str]:
        """The figures that there are, a line each."""
        said = []
        if fuels := [exchange.fuel for exchange in self.exchanges if not exchange.trap]:
            said.append(f"fuel {sorted(fuels)[len(fuels) // 2]:,} a record, {max(fuels):,} at most")
        if any(self.records):
            rate_in, rate_out = self.rates()
            said.append(f"in {self.records[0]:,} ({rate_in:.1f}/s), out {self.records[1]:,} ({rate_out:.1f}/s)")
        if self.latency_ms:
            ordered = sorted(self.latency_ms)
            p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.5, 0.99))
            said.append(f"latency p50 {p50} ms, p99 {p99} ms")
        return said


class Live(View):
    """The board on the terminal's other screen, drawn some times a second."""

    def __init__(self, context: Context, name: str) -> None:
        super().__init__(context)
        from rich.console import Console
        from rich.live import Live as RichLive

        self._lock = threading.Lock()
        self._board = Board(name)
        self._console = Console(file=context.stdout, no_color=not context.colored(context.stdout))
        self._live = RichLive(
            get_renderable=self._render, console=self._console, screen=True, auto_refresh=True, refresh_per_second=10
        )

    def publish(self, event: Event) -> None:
        """Put it on the board."""
        with self._lock:
            self._board.take(event)

    def turn(self, turn: Callable[[Collection[str]], bool], parts: Collection[str]) -> None:
        """Run a turn; what the last one showed of the stages goes."""
        with self._lock:
            self._board.busy, self._board.activity = True, ""
            self._board.stages.clear()
            self._board.exchanges.clear()
        self._live.refresh()
        self._ended(turn(parts))

    def _ended(self, good: bool) -> None:
        with self._lock:
            self._board.busy = False
        self._live.refresh()

    def __enter__(self) -> "Live":
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()
        super().__exit__(kind, error, trace)

    def _render(self) -> "RenderableType":
        with self._lock:
            return render(self._board, self._console.size.height)


def render(board: Board, height: int) -> "RenderableType":
    """The board for a terminal of `height` lines."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    head = Text.assemble((board.name, "bold"), "  ", no_wrap=True, overflow="ellipsis")
    failed = None
    for name in _STAGES:
        stage = board.stages.get(name)
        if stage is None:
            continue
        mark, style = ("✓", "green") if stage.ok else ("✗", "bold red")
        head.append_text(Text.assemble((f"{mark} {name}", style), f" {stage.seconds * 1000:.0f} ms  "))
        failed = failed if stage.ok else stage
    if board.busy:
        head.append(f"working … {printable(board.activity)}", "yellow")
    parts: list[RenderableType] = [head]
    for name in ("deploy", "test"):
        if (stage := board.stages.get(name)) and stage.ok:
            parts.append(Text(f"{name}: {printable(stage.text)}", "dim", no_wrap=True, overflow="ellipsis"))
    used = len(parts) + 3  # with the table's head, the last line and one that stays free
    if failed is not None:
        room = max(3, height // 2)
        lines = [f"{failed.stage}: {failed.text}", *failed.detail.splitlines()]
        more = [f"… {len(lines) - room} more lines"] if len(lines) > room else []
        for line in [*lines[:room], *more]:
            parts.append(Text(printable(line), "red", no_wrap=True, overflow="ellipsis"))
        used += len(lines[:room]) + len(more)
    logs = list(board.logs)[-_LOG_LINES:]
    figures = board.figures()
    rows = max(1, height - used - len(logs) - len(figures))
    if board.exchanges:
        table = Table(expand=True, box=None, pad_edge=False, padding=(0, 1))
        table.add_column("in", ratio=1, no_wrap=True, overflow="ellipsis")
        table.add_column("out", ratio=1, no_wrap=True, overflow="ellipsis")
        for left, right, style in _rows(list(board.exchanges))[-rows:]:
            table.add_row(Text(left), Text(right, style))
        parts.append(table)
    parts += [Text(f"log: {printable(line)}", "dim", no_wrap=True, overflow="ellipsis") for line in logs]
    parts += [Text(line, no_wrap=True, overflow="ellipsis") for line in figures]
    return Group(*parts, Text("Ctrl-C ends it.", "dim"))


def _rows(exchanges: list[Exchange]) -> list[tuple[str, str, str]]:
    """Left and right cells and the right one's style: a line for each output, the record beside the first."""
    rows = []
    several = len({topic for exchange in exchanges for topic, _ in exchange.outputs}) > 1
    for exchange in exchanges:
        right = [(f"{topic}: {shown(record)}" if several else shown(record), "") for topic, record in exchange.outputs]
        if exchange.trap:
            right.append((f"TRAP {printable(exchange.trap)}", "bold red"))
        left = shown(exchange.record)
        for index, (text, style) in enumerate(right or [("(nothing)", "dim")]):
            rows.append((*(_from_difference(left, text) if index == 0 else ("", text)), style))
    return rows


def _from_difference(left: str, right: str) -> tuple[str, str]:
    """Both texts, from a little before where they begin to differ when that is far inside: cells are narrow."""
    pairs = enumerate(zip(left, right, strict=False))
    common = next((index for index, (one, other) in pairs if one != other), min(len(left), len(right)))
    if common <= _COMMON_CHARS or common == len(left) == len(right):
        return left, right
    start = common - _COMMON_CHARS // 2
    return f"…{left[start:]}", f"…{right[start:]}"


def view(context: Context, kind: str, name: str) -> View:
    """The view for `kind` (text or json) and for who is watching."""
    if kind == "json":
        return Json(context)
    return Live(context, name) if context.is_terminal(context.stdout) else Lines(context)
