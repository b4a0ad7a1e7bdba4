"""What goes through a deployed transform's topics, as it comes: each input record is given to the trial as well."""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rpkpy.config.settings import KafkaSettings
from rpkpy.dev.events import Event, Traffic
from rpkpy.dev.trial import Trial
from rpkpy.errors import RpkpyError

if TYPE_CHECKING:
    from rpkpy.kafka.formats.record import TopicRecord

_TRIED_PER_S = 50
_REPORT_S = 0.25
_EXPECTED = 2_000
"""So many outputs are waited for; older ones are forgotten."""

Content = tuple[str, bytes | None, bytes | None]


class Tail:
    """Reads the topics in a thread of its own, from their end on, until `close`."""

    def __init__(
        self,
        settings: KafkaSettings,
        inputs: Sequence[str],
        outputs: Sequence[str],
        trial: Trial,
        publish: Callable[[Event], None],
    ) -> None:
        self.topics = (*inputs, *outputs)
        self._inputs = {*inputs}
        self._settings = settings
        self._trial = trial
        self._publish = publish
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._expected: deque[tuple[Content, int]] = deque(maxlen=_EXPECTED)
        self._counts = [0, 0]
        self._latency_ms: list[int] = []
        self._tried_since, self._tried = 0.0, 0
        self._thread = threading.Thread(target=self._run, name="traffic", daemon=True)

    def start(self, timeout_s: float) -> None:
        """Begin; returns when the end of the topics is known, or after `timeout_s`."""
        self._thread.start()
        self._ready.wait(timeout_s)

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        try:
            self._read()
        except RpkpyError:  # no cluster, no view of it: what is deployed says so itself
            return
        finally:
            self._ready.set()

    def _read(self) -> None:
        from confluent_kafka import TopicPartition

        from rpkpy.kafka import client, consume
        from rpkpy.kafka.consume import Fetching
        from rpkpy.kafka.span import Anchor, Position, Span

        admin = client.admin(self._settings)
        places = consume.select(admin, self.topics, regex=False, partitions=())
        plan = consume.resolve(admin, places, Span(Position(Anchor.END), None), read_committed=True)
        fetching = Fetching(read_committed=True, max_wait_s=0.05)
        consumer = client.consumer(
            self._settings,
            group_id="rpkpy-transform-dev",
            enable_auto_commit=False,
            enable_auto_offset_store=False,
            auto_offset_reset="latest",
            **fetching.configuration(),
        )
        try:
            consumer.assign([TopicPartition(topic, number, start) for (topic, number), (start, _) in plan.items()])
            self._ready.set()
            reported = time.monotonic()
            while not self._stop.is_set():
                for placed in consume.placed(consumer.consume(500, timeout=0.02)):
                    self._take(placed)
                if time.monotonic() - reported > _REPORT_S:
                    reported = time.monotonic()
                    self._report()
        finally:
            consumer.close()

    def _take(self, placed: "TopicRecord") -> None:
        record: Any = placed.record
        if placed.topic not in self._inputs:
            self._counts[1] += 1
            self._match((placed.topic, record.key, record.value), record.timestamp_ms)
            return
        self._counts[0] += 1
        second = time.monotonic() // 1
        if second != self._tried_since:
            self._tried_since, self._tried = second, 0
        self._tried += 1
        if self._tried > _TRIED_PER_S:
            return
        exchange = self._trial.run(placed.topic, record, placed.partition, topic=placed.topic)
        if exchange is None:
            return
        self._publish(exchange)
        for topic, output in exchange.outputs:
            self._expected.append(((topic, output.key, output.value), record.timestamp_ms))

    def _match(self, content: Content, written_ms: int) -> None:
        """An output that was expected came: how long after its record was produced."""
        for index, (expected, produced_ms) in enumerate(self._expected):
            if expected == content:
                del self._expected[index]
                self._latency_ms.append(max(0, written_ms - produced_ms))
                return

    def _report(self) -> None:
        if any(self._counts):
            self._publish(Traffic(self._counts[0], self._counts[1], tuple(self._latency_ms)))
            self._counts = [0, 0]
            self._latency_ms = []
