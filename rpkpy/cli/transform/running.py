"""The streams around `rpkpy transform run`: records in, records out, the guest's log, the record it failed on."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import TYPE_CHECKING, BinaryIO

from rpkpy.batches.record import Record
from rpkpy.cli.context import Context
from rpkpy.errors import InvalidError, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.engine import Stats
    from rpkpy.engine.schema_registry import SchemaRegistry
    from rpkpy.project.records import Runner
    from rpkpy.project.run import Plan

_RAW = "%v\\n"
# Records outside have no timestamps but these (Kafka: -1 is none; JSON numbers are exact to 2^53).
_MIN_TIMESTAMP_MS, _MAX_TIMESTAMP_MS = -1, 1 << 53
_SHOWN_CHARS = 500

Placed = tuple[Record, int]
"""A record and the partition it comes from."""
Source = Callable[[Callable[[], None]], AbstractContextManager[Iterator[Placed]]]
"""Opens the input: `with source(idle) as records` gives them and calls `idle` while the input pauses."""


def incoming(
    context: Context, input: str | None, topic: str | None, format: str, *, offset: str, partitions: Sequence[str]
) -> Source:
    """Where records come from: the topic, else the file `input`, else standard input. Raises UsageError."""
    if topic is None:
        if partitions or offset != ":end":
            raise UsageError("--partitions and --offset go with --from-topic.")
        return lambda idle: _opened(context, input, format, idle)
    if input is not None:
        raise UsageError("--input and --from-topic do not go together.")
    return lambda idle: closing(_consume(context, topic, offset, partitions, idle))


@contextmanager
def _opened(context: Context, input: str | None, format: str, idle: Callable[[], None]) -> Iterator[Iterator[Placed]]:
    if input is None or input == "-":
        if context.is_terminal(context.stdin):
            context.note("Reading records from the terminal; Ctrl-D ends them.")
        yield _read(context, context.stdin_bytes, format, idle)
        return
    try:
        stream = context.path(input).open("rb")
    except OSError as error:
        raise UsageError(f"{input} cannot be read.", cause=error.strerror) from error
    with stream:
        yield _read(context, stream, format, idle)


def _read(context: Context, stream: BinaryIO, format: str, idle: Callable[[], None]) -> Iterator[Placed]:
    from rpkpy.kafka.formats import Reader

    now_ms = int(context.now() * 1000)
    reader = Reader(_RAW if format == "raw" else format, stream, idle=idle)
    try:
        for number, each in enumerate(reader):
            timestamp_ms = now_ms if each.timestamp_ms is None else each.timestamp_ms
            if not _MIN_TIMESTAMP_MS <= timestamp_ms < _MAX_TIMESTAMP_MS:
                raise InvalidError(f"Record {number + 1}: timestamp {timestamp_ms} is out of range.")
            yield Record(each.key, each.value, each.headers, timestamp_ms, number), 0
    except InvalidError as error:
        if format == "json" and error.fix is None:
            error.fix = "Input is one JSON object a line; for plain lines pass --input-format raw."
        raise


def _consume(
    context: Context, topic: str, offset: str, partitions: Sequence[str], idle: Callable[[], None]
) -> Generator[Placed, None, None]:
    from rpkpy.cli.kafka import connect, numbers
    from rpkpy.kafka import consume
    from rpkpy.kafka import span as spans

    span = spans.parse(offset, now_ms=int(context.now() * 1000))
    wanted = numbers(partitions, "--partitions") if partitions else []
    settings = context.settings()
    admin = connect(context)
    places = consume.select(admin, [topic], regex=False, partitions=wanted)
    # A broker shows transforms committed records alone.
    plan = consume.resolve(admin, places, span, read_committed=True)
    fetching = consume.Fetching(read_committed=True)
    for run in consume.records(settings.kafka, plan, fetching, dial_timeout_s=settings.dial_timeout_s):
        for placed in run:
            yield placed.record, placed.partition
        idle()


class Sink:
    """Standard output for records in one format."""

    def __init__(self, context: Context, form: Callable[[str, Record], bytes]) -> None:
        self._stream = context.stdout_bytes
        self._safe = context.is_terminal(context.stdout)
        self._form = form

    @classmethod
    def of(cls, context: Context, format: str) -> "Sink":
        """The sink for `format`. Raises UsageError for one that is none."""
        from rpkpy.kafka.formats import Printer, TopicRecord
        from rpkpy.project.records import to_json

        if format == "json":
            return cls(context, lambda topic, record: to_json(topic, record).encode() + b"\n")
        printer = Printer.of(_RAW if format == "raw" else format)
        return cls(context, lambda topic, record: printer(TopicRecord(topic, 0, record)))

    def write(self, topic: str, records: Sequence[Record]) -> None:
        """Print the records, made fit where a terminal shows them."""
        data = b"".join([self._form(topic, record) for record in records])
        self._stream.write(printable(data.decode("utf-8", "backslashreplace")).encode() if self._safe else data)
        self._stream.flush()


def run(
    context: Context,
    plan: "Plan",
    source: Source,
    sink: Sink,
    *,
    num: int,
    stats: bool,
    registry: "SchemaRegistry | None" = None,
) -> None:
    """Pass the records of `source` (at most `num`, 0: all) through the plan's module to `sink`."""
    from rpkpy.engine import Engine, GuestTrap, Instance
    from rpkpy.project.records import Runner, to_json

    def on_log(fd: int, text: bytes) -> None:
        style = "dim" if fd == 1 else "yellow"
        prefix = context.style(f"{plan.name}:", style, context.stderr)
        for line in printable(text.decode("utf-8", "replace")).splitlines():
            context.note(f"{prefix} {line}")

    module = Engine(plan.limits, cache_dir=context.dirs.cache / "modules").compile(plan.wasm)
    runner: Runner | None = None

    def idle() -> None:
        if runner is not None:
            runner.flush()

    with (
        source(idle) as records,  # opened before the guest starts: a missing file is said before its first log line
        Instance(
            module,
            name=plan.name,
            input_topic=plan.input_topic,
            output_topics=plan.output_topics,
            env=plan.env,
            on_log=on_log,
            schema_registry=registry,
            metered=True,
            check_crcs=False,
        ) as instance,
    ):
        started = instance.start()
        runner = Runner(instance, plan.output_topics, sink.write)
        runner.count(started.stats)
        try:
            _feed(runner, records, num)
        except GuestTrap:
            if runner.failed is not None:
                shown = to_json(plan.input_topic, runner.failed)
                cut = shown if len(shown) <= _SHOWN_CHARS else f"{shown[:_SHOWN_CHARS]}..."
                context.note(f"The record: {printable(cut)}")
            raise
        finally:
            if runner.stats is not None:
                _report(context, runner.stats, plan.limits.fuel, plan.limits_from, stats=stats)


def _feed(runner: "Runner", records: Iterator[Placed], num: int) -> None:
    count = 0
    try:
        for record, partition in records:
            runner.add(record, partition)
            count += 1
            if count == num:
                break
    except InvalidError:
        runner.flush()  # what came before the bad record has its answer
        raise
    runner.flush()


def _report(context: Context, total: "Stats", budget: int, limits_from: str, *, stats: bool) -> None:
    if total.logs_dropped:
        context.warn(
            f"A broker drops {total.logs_dropped} of these writes to the log: "
            "they are not UTF-8, or hold control characters other than newline and tab."
        )
    if stats:
        share = 100 * total.max_record_fuel / budget
        context.note(
            f"records: {total.records_in} in, {total.records_out} out\n"
            f"fuel:    {total.fuel_used:,}, at most {total.max_record_fuel:,} for a record "
            f"({share:.2g} % of its budget)\n"
            f"memory:  {total.memory_bytes:,} bytes\n"
            f"limits:  {limits_from}"
        )
