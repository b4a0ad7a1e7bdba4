"""The end of the log topic, followed only while somebody looks: events of every host, whoever ran the transform."""

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rpkpy.errors import RpkpyError
from rpkpy.kafka import client, codes
from rpkpy.redpanda.transform_logs import TOPIC, LogEvent, MalformedLogRecord, decode

if TYPE_CHECKING:
    from rpkpy.config.settings import KafkaSettings
    from rpkpy.host.topology import Topology

logger = logging.getLogger("rpkpy.host")

KEPT = 200
"""Events of each transform."""
_TRANSFORMS = 100
_TAIL = 1_000
"""How far before the end of each partition reading begins."""
_LOOKED_AT_S = 20.0
_FIRST_S = 1.5
"""How long the first look waits until what was there is read."""


@dataclass(frozen=True, slots=True)
class Line:
    """An event with its number: later ones have higher numbers, as long as `Seen.reading` stays the same."""

    number: int
    event: LogEvent


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look saw: `reading` tells one reading of the topic from the next, which begins with the same events."""

    reading: int
    lines: Sequence[Line]


class LogTail:
    """Follows the log topic from the first `look` until nobody has looked for a while, or `stopping`. Thread-safe."""

    def __init__(self, kafka: "KafkaSettings", topology: "Topology", stopping: threading.Event) -> None:
        self._stopping = stopping
        self._kafka = kafka
        self._topology = topology
        self._lock = threading.Lock()
        self._caught_up = threading.Event()
        self._looked = 0.0
        self._thread: threading.Thread | None = None
        self._reading = 0
        self._number = 0
        self._lines: dict[str, deque[Line]] = {}

    def look(self, transform: str, *, reading: int = 0, after: int = 0) -> Seen:
        """The events of a transform, oldest first, KEPT at most: of the same `reading` those numbered above `after`."""
        self._follow()
        self._caught_up.wait(_FIRST_S)
        with self._lock:
            least = after if reading == self._reading else 0
            return Seen(self._reading, [line for line in self._lines.get(transform, ()) if line.number > least])

    def _follow(self) -> None:
        with self._lock:
            self._looked = time.monotonic()
            if self._thread is None and not self._stopping.is_set():
                self._caught_up.clear()
                self._reading += 1
                self._thread = threading.Thread(target=self._run, name="rpkpy-log-tail", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            self._read()
        except RpkpyError as error:
            logger.info("the log topic cannot be followed: %s", error)
        except Exception:
            logger.exception("the log topic cannot be followed")
        with self._lock:  # the next look begins anew
            self._thread = None
            self._lines = {}
        self._caught_up.set()

    def _read(self) -> None:
        from confluent_kafka import TopicPartition

        topic = self._topology.known(TOPIC) or self._topology.describe([TOPIC])[TOPIC]
        if topic is None:
            return
        bounds = self._topology.bounds(TOPIC, range(topic.partitions))
        behind = {partition for partition, bound in bounds.items() if bound.end > bound.start}
        consumer = client.consumer(
            self._kafka,
            group_id="_rpkpy.unused",  # the client demands one; nothing is committed to it
            enable_auto_commit=False,
            enable_partition_eof=True,
            auto_offset_reset="earliest",
            queued_max_messages_kbytes=1_024,
        )
        try:
            consumer.assign(
                [TopicPartition(TOPIC, number, max(at.start, at.end - _TAIL)) for number, at in bounds.items()]
            )
            while time.monotonic() - self._looked < _LOOKED_AT_S and not self._stopping.is_set():
                if not behind:
                    self._caught_up.set()
                message = consumer.poll(client.POLL_S)
                if message is None:
                    continue
                error = message.error()
                if error is None:
                    self._keep(message.value())
                elif error.code() == codes.PARTITION_EOF:
                    behind.discard(message.partition() or 0)
        finally:
            consumer.close()

    def _keep(self, value: Any) -> None:
        try:
            event = decode(value or b"")
        except MalformedLogRecord:
            return
        with self._lock:
            if event.transform not in self._lines and len(self._lines) >= _TRANSFORMS:
                return
            self._number += 1
            self._lines.setdefault(event.transform, deque(maxlen=KEPT)).append(Line(self._number, event))
