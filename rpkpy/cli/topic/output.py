"""How `rpkpy topic consume` prints records, decoded by their schemas where that is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rpkpy.cli.context import Context
from rpkpy.errors import InvalidError, RefusedError, UsageError
from rpkpy.text import printable

if TYPE_CHECKING:
    from rpkpy.kafka.formats import Printer, TopicRecord

_PARTS = ("key", "value")


def decoded_parts(asked: Sequence[str]) -> list[str]:
    """What --use-schema-registry asks for: key, value or both, also shortened as rpk has it. Raises UsageError."""
    parts = []
    for word in (word for each in asked for word in each.split(",")):
        found = [part for part in _PARTS if word and part.startswith(word)]
        if not found:
            raise UsageError(f'--use-schema-registry "{word}" is neither key nor value.')
        parts += found
    return parts


class Output:
    """Prints runs of records; those that cannot be decoded go to standard error as they are, as rpk has it.

    The first of them is explained, each other one with -v; at the end is said how many there were.
    """

    def __init__(self, context: Context, printer: "Printer", parts: Sequence[str]) -> None:
        self._context = context
        self._printer = printer
        self._parts = parts
        self._failed = 0
        self._safe = context.is_terminal(context.stdout)
        if parts:
            from rpkpy.cli.registry.target import registry_of
            from rpkpy.redpanda.registry.serde.serdes import Serdes

            self._serdes = Serdes(registry_of(context))

    def __enter__(self) -> "Output":
        return self

    def __call__(self, run: "Sequence[TopicRecord]") -> None:
        """Print records and flush."""
        output = self._context.stdout_bytes
        printed = b"".join(map(self._one, run) if self._parts else map(self._printer, run))
        output.write(printable(printed.decode("utf-8", "backslashreplace")).encode() if self._safe else printed)
        output.flush()

    def _one(self, placed: "TopicRecord") -> bytes:
        """What of the record belongs on standard output."""
        decoded: dict[str, Any] = {}
        for part in self._parts:
            data = getattr(placed.record, part)
            try:
                decoded[part] = None if data is None else self._serdes.decode(data)
            except (InvalidError, RefusedError) as error:
                self._tell(placed, part, error)
                return b""
        return self._printer(replace(placed, record=replace(placed.record, **decoded)))

    def _tell(self, placed: "TopicRecord", part: str, error: InvalidError | RefusedError) -> None:
        context = self._context
        self._failed += 1
        where = f"the {part} of {placed.topic}, partition {placed.partition}, offset {placed.record.offset}"
        why = f" {error.cause}" if error.cause else ""
        text = printable(f"{where} cannot be decoded by a schema: {error.message}{why}")
        (context.warn if self._failed == 1 else context.debug)(text)
        context.stderr.write(printable(self._printer(placed).decode("utf-8", "backslashreplace")))
        context.stderr.flush()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._failed > 1:
            more = "" if self._context.options.verbose else "; -v says why of each"
            self._context.warn(f"{self._failed} records could not be decoded; they stand above as they are{more}.")
