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
# One spinning record must not hold up the next build for long, whatever the limits allow.
_WALL_TIME_S = 2.0


class Trial:
    """Runs single records; may be used by several threads. A guest that fails is started anew for the next record."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bench: Bench | None = None
        self._instance: Instance | None = None
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

    def run(self, source: str, record: Record, partition: int = 0) -> Exchange | None:
        """What comes of `record`; None before there is a build. A guest that does not start is a trap, too."""
        from rpkpy.batches.codec import encode_batch
        from rpkpy.engine import GuestTrap

        with self._lock:
            bench = self._bench
            if bench is None:
                return None
            self._logs.clear()
            try:
                if self._instance is None:
                    self._instance = self._started(bench)
                self._instance.partition = partition
                output = self._instance.process(encode_batch([record], base_offset=record.offset))
            except RpkpyError as error:
                self._close()
                written = error.output if isinstance(error, GuestTrap) else None
                said = f"{error.message} {error.cause}" if error.cause else error.message
                fuel = written.stats.fuel_used if written is not None else 0
                return Exchange(
                    source, partition, record, _outputs(bench.output_topics, written), fuel, self._printed(), said
                )
            fuel = output.stats.fuel_used
            return Exchange(source, partition, record, _outputs(bench.output_topics, output), fuel, self._printed())

    def _started(self, bench: "Bench") -> "Instance":
        from rpkpy.engine import Instance

        instance = Instance(
            bench.module,
            name=bench.name,
            input_topic=bench.input_topic,
            output_topics=bench.output_topics,
            env=bench.environment,
            on_log=self._log,
            metered=True,
            check_crcs=False,
            wall_time_s=_WALL_TIME_S,
        )
        try:
            instance.start()
        except BaseException:
            instance.close()
            raise
        return instance

    def _log(self, _stream: int, text: bytes) -> None:
        if len(self._logs) < _MAX_LOG_LINES:
            self._logs += text.decode("utf-8", "replace").splitlines()

    def _printed(self) -> tuple[str, ...]:
        return tuple(self._logs[:_MAX_LOG_LINES])

    def _close(self) -> None:
        if self._instance is not None:
            self._instance.close()
            self._instance = None


def _outputs(topics: Sequence[str], output: "Output | None") -> tuple[tuple[str, Record], ...]:
    if output is None:
        return ()
    return tuple((topic, record) for topic, records in zip(topics, output.records, strict=True) for record in records)
