"""The transform as it was built last, on this machine: a record goes in, what the broker would make of it comes out."""

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rpkpy.batches.record import Record
from rpkpy.dev.events import Exchange
from rpkpy.errors import RpkpyError

if TYPE_CHECKING:
    from rpkpy.engine import Instance, Output
    from rpkpy.project.fixtures.running import Bench

_MAX_LOG_LINES = 20
_MAX_GUESTS = 16
# One spinning record must not hold up the next build for long, whatever the limits allow.
_WALL_TIME_S = 2.0


class Trial:
    """Runs single records; may be used by several threads. A guest that fails is started anew for the next record.

    As on a cluster, each input topic has a guest of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bench: Bench | None = None
        self._instances: dict[str, Instance] = {}
        self._logs: list[str] = []

    def use(self, bench: "Bench") -> None:
        """From here on run this build."""
        with self._lock:
            self._close()
            self._bench = bench

    def close(self) -> None:
        """Run nothing more."""
        with self._lock:
            self._close()
            self._bench = None

    def run(self, source: str, record: Record, partition: int = 0, *, topic: str = "") -> Exchange | None:
        """What comes of `record` out of the input `topic` (the first without one); None before there is a build.

        A guest that does not start is a trap, too.
        """
        from rpkpy.batches.codec import encode_batch
        from rpkpy.engine import GuestTrap

        with self._lock:
            bench = self._bench
            if bench is None:
                return None
            self._logs.clear()
            reads = topic or bench.input_topic
            try:
                if reads not in self._instances:
                    if len(self._instances) >= _MAX_GUESTS:  # the oldest begins anew with its next record
                        self._instances.pop(next(iter(self._instances))).close()
                    self._instances[reads] = self._started(bench, reads)
                instance = self._instances[reads]
                instance.partition = partition
                output = instance.process(encode_batch([record], base_offset=record.offset))
            except RpkpyError as error:
                if failed := self._instances.pop(reads, None):
                    failed.close()
                written = error.output if isinstance(error, GuestTrap) else None
                said = f"{error.message} {error.cause}" if error.cause else error.message
                fuel = written.stats.fuel_used if written is not None else 0
                return Exchange(
                    source, partition, record, _outputs(bench.output_topics, written), fuel, self._printed(), said
                )
            fuel = output.stats.fuel_used
            return Exchange(source, partition, record, _outputs(bench.output_topics, output), fuel, self._printed())

    def _started(self, bench: "Bench", topic: str) -> "Instance":
        from rpkpy.engine import Instance

        instance = Instance(
            bench.module,
            name=bench.name_for(topic),
            input_topic=topic,
            output_topics=bench.output_topics,
            env=bench.environment,
            on_log=self._log,
            metered=True,
            check_crcs=False,
            wall_time_s=_WALL_TIME_S,
        )
        instance.start()
        return instance

    def _log(self, _stream: int, text: bytes) -> None:
        if len(self._logs) < _MAX_LOG_LINES:
            self._logs += text.decode("utf-8", "replace").splitlines()

    def _printed(self) -> tuple[str, ...]:
        return tuple(self._logs[:_MAX_LOG_LINES])

    def _close(self) -> None:
        for instance in self._instances.values():
            instance.close()
        self._instances.clear()


def _outputs(topics: Sequence[str], output: "Output | None") -> tuple[tuple[str, Record], ...]:
    if output is None:
        return ()
    return tuple((topic, record) for topic, records in zip(topics, output.records, strict=True) for record in records)
