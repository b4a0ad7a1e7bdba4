"""Records through a module in runs, as they come, and the JSON lines in which they are shown.

A line is `{"topic", "key", "value", "headers", "timestamp"}` in this order, the form of a project's samples: key,
value and a header's value are a string, null, or `{"base64": "..."}` for bytes that are not UTF-8; `timestamp` is in
milliseconds since 1970.
"""

import base64
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rpkpy.batches.record import Record

if TYPE_CHECKING:
    from rpkpy.engine import Instance, Output, Stats

# A run is handed over when it is this large, or when the input pauses.
RUN_RECORDS = 1_000
RUN_BYTES = 1024 * 1024


def to_json(topic: str, record: Record) -> str:
    """`record` of `topic` as one line, without the newline."""
    data = {
        "topic": topic,
        "key": _text(record.key),
        "value": _text(record.value),
        "headers": [{"key": _text(key), "value": _text(value)} for key, value in record.headers],
        "timestamp": record.timestamp_ms,
    }
    return json.dumps(data, separators=(",", ":"), ensure_ascii=False)


def _text(content: bytes | None) -> Any:
    if content is None:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


class Runner:
    """Gathers records into batches for a started instance and hands what it writes to `write(topic, records)`.

    Memory is bounded by one run of records. When the guest traps, what it had written for earlier records is handed
    on, `failed` is the record it trapped on (None when it was at none), and GuestTrap goes on to the caller.
    """

    def __init__(
        self, instance: "Instance", topics: Sequence[str], write: Callable[[str, Sequence[Record]], None]
    ) -> None:
        self.stats: Stats | None = None
        self.failed: Record | None = None
        self._instance = instance
        self._topics = topics
        self._write = write
        self._run: list[Record] = []
        self._run_bytes = 0
        self._partition = 0

    def add(self, record: Record, partition: int = 0) -> None:
        """Take a record; batches hold records of one partition at offsets without gaps."""
        if self._run and (partition != self._partition or record.offset != self._run[-1].offset + 1):
            self.flush()
        self._partition = partition
        self._run.append(record)
        self._run_bytes += len(record.key or b"") + len(record.value or b"")
        if len(self._run) >= RUN_RECORDS or self._run_bytes >= RUN_BYTES:
            self.flush()

    def flush(self) -> None:
        """Pass on what has been taken so far."""
        run, self._run, self._run_bytes = self._run, [], 0
        if not run:
            return
        from rpkpy.batches.codec import encode_batch
        from rpkpy.engine import GuestTrap

        self._instance.partition = self._partition
        try:
            self._hand_on(self._instance.process(encode_batch(run, base_offset=run[0].offset)))
        except GuestTrap as trap:
            if trap.record_offset is not None:
                self.failed = run[trap.record_offset - run[0].offset]
            if trap.output is not None:
                self._hand_on(trap.output)
            raise

    def _hand_on(self, output: "Output") -> None:
        for topic, records in zip(self._topics, output.records, strict=True):
            if records:
                self._write(topic, records)
        self.count(output.stats)

    def count(self, stats: "Stats") -> None:
        """Add to `stats`."""
        before = self.stats
        self.stats = stats if before is None else stats._replace(
            records_in=before.records_in + stats.records_in,
            records_out=before.records_out + stats.records_out,
            fuel_used=before.fuel_used + stats.fuel_used,
            max_record_fuel=max(before.max_record_fuel, stats.max_record_fuel),
            memory_bytes=max(before.memory_bytes, stats.memory_bytes),
            logs_dropped=before.logs_dropped + stats.logs_dropped,
        )  # fmt: skip
