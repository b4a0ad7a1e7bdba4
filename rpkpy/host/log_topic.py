"""What guests print, on its way to the log topic: judged as the broker does, buffered, sent every flush interval."""

import contextlib
import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from rpkpy.errors import RpkpyError, UnreachableError
from rpkpy.host.topology import Topology
from rpkpy.kafka import client
from rpkpy.kafka.contact import Kept
from rpkpy.redpanda import transform_logs
from rpkpy.redpanda.transform_logs import LogEvent

if TYPE_CHECKING:
    from confluent_kafka import Producer

    from rpkpy.config.settings import KafkaSettings

logger = logging.getLogger("rpkpy.host")

HOST_PREFIX = "rpkpy host: "
"""Begins the body of what the host itself says in a transform's log."""

_STDERR = 2
_SEND_S = 30.0
_EARLY_FLUSH = 0.9  # of the buffer: the broker flushes early when 10 % are left
# What an event holds beside its body and name; the figure only has to make tiny events count for something.
_EVENT_OVERHEAD_BYTES = 64


class LogTopic:
    """The writer of `_redpanda.transform_logs`. Thread-safe.

    `write` never blocks and never fails: what does not fit into the buffer is dropped and counted. `on_event` is told
    of every event, where it is set.
    """

    def __init__(
        self,
        kafka: "KafkaSettings",
        topology: Topology,
        *,
        interval_s: float,
        buffer_bytes: int,
        line_max_bytes: int,
        node_id: int,
        on_event: Callable[[LogEvent], None] | None = None,
    ) -> None:
        self._on_event = on_event
        self._topology = topology
        self._interval_s = interval_s
        self._buffer_bytes = buffer_bytes
        self._line_max_bytes = line_max_bytes
        self._node_id = node_id
        self._lock = threading.Lock()
        self._events: list[LogEvent] = []
        self._used_bytes = 0
        self.dropped: defaultdict[str, int] = defaultdict(int)
        self.written: defaultdict[str, int] = defaultdict(int)
        self._wake = threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="rpkpy-logs", daemon=True)
        self._producer: Kept[Producer] = Kept(
            lambda more: client.producer(
                kafka, compression_type="none", linger_ms=5, message_timeout_ms=int(_SEND_S * 1_000), **more
            ),
            patience_s=_SEND_S + 10,  # by then nothing waits in the old one any more
        )

    def start(self) -> None:
        """Make the topic where there is none, and begin to flush."""
        self._ensure()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Send what is buffered, within `timeout_s`."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        with contextlib.suppress(UnreachableError):
            self._flush()
            self._producer.get().flush(timeout_s)

    def write(self, transform: str, fd: int, data: bytes) -> None:
        """A guest's write of `data` to `fd` (1 stdout, 2 stderr)."""
        event = transform_logs.event_of_write(
            transform, fd, data, time_ns=time.time_ns(), node=self._node_id, line_max_bytes=self._line_max_bytes
        )
        if event is None:
            return
        if self._on_event is not None:
            self._on_event(event)
        size = len(event.body) + len(transform) + _EVENT_OVERHEAD_BYTES
        with self._lock:
            self.written[transform] += 1
            if self._used_bytes + size > self._buffer_bytes:
                self.dropped[transform] += 1
                return
            self._events.append(event)
            self._used_bytes += size
            full = self._used_bytes > self._buffer_bytes * _EARLY_FLUSH
        if full:
            self._wake.set()

    def say(self, transform: str, text: str) -> None:
        """The host's own word on a transform, so that its log shows why it stands still."""
        plain = "".join(char if char >= " " and char != "\x7f" else " " for char in text)
        body = (HOST_PREFIX + plain).encode("utf-8", "replace")[: self._line_max_bytes - 1]
        self.write(transform, _STDERR, body.decode("utf-8", "ignore").encode() + b"\n")

    def _run(self) -> None:
        while not self._stopping:
            self._wake.wait(self._interval_s)
            self._wake.clear()
            try:
                self._flush()
            except UnreachableError as error:
                logger.info("log records wait for Kafka: %s", error)
            except Exception:
                logger.exception("writing the log topic failed")

    def _flush(self) -> None:
        from confluent_kafka import KafkaException

        producer = self._producer.get()  # first: without it they stay in the buffer
        with self._lock:
            events, self._events, self._used_bytes = self._events, [], 0
        partitions = self._partitions() if events else 1
        for event in events:
            try:
                producer.produce(
                    transform_logs.TOPIC,
                    key=transform_logs.encode_key(event.transform),
                    value=transform_logs.encode(event),
                    partition=transform_logs.partition(event.transform, partitions),
                    on_delivery=self._delivered,
                )
            except (BufferError, KafkaException):  # Kafka is away and the client's queue full, or the topic is gone
                self.dropped[event.transform] += 1
        producer.poll(0)

    def _partitions(self) -> int:
        topic = self._topology.known(transform_logs.TOPIC)
        return topic.partitions if topic is not None else 1

    def _delivered(self, error: object, message: object) -> None:
        if error is not None:
            logger.warning("a log record did not reach %s: %s", transform_logs.TOPIC, error)

    def _ensure(self) -> None:
        config = {
            "cleanup.policy": "delete",
            "retention.ms": str(transform_logs.RETENTION_MS),
            "retention.bytes": str(transform_logs.RETENTION_BYTES),
        }
        try:
            self._topology.ensure(transform_logs.TOPIC, partitions=1, config=config)
        except RpkpyError as error:
            logger.warning("no log topic: %s %s", error, error.cause or "")
