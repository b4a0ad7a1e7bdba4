"""Tells all hosts what this process does: when something changes, and every few seconds that it is there."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from rpkpy.errors import UnreachableError
from rpkpy.host import worker_status
from rpkpy.host.journal import STATUS
from rpkpy.host.worker_status import WorkerStatus
from rpkpy.kafka import client
from rpkpy.kafka.contact import Kept

if TYPE_CHECKING:
    from confluent_kafka import Producer

    from rpkpy.config.settings import KafkaSettings

logger = logging.getLogger("rpkpy.host")

_LOOK_S = 0.1
_FLUSH_S = 1.0
_MAX_BYTES = 8 * 1024 * 1024
_NUMBERS_S = 1.0
"""How soon lag and progress are told, when nothing else is news."""


class Heartbeat:
    """The writer of this process's record in the topic of statuses. `status` says what it is now."""

    def __init__(self, kafka: "KafkaSettings", status: Callable[[], WorkerStatus], interval_s: float) -> None:
        self._status = status
        self._interval_s = interval_s
        self._told: WorkerStatus | None = None
        self._told_at = 0.0
        self._wake = threading.Event()
        self._stopping = False
        self._producer: Kept[Producer] = Kept(
            lambda more: client.producer(
                kafka,
                enable_idempotence=True,
                acks="all",
                compression_type="lz4",
                message_max_bytes=_MAX_BYTES,  # before compression; a thousand partitions come near the default
                linger_ms=0,
                message_timeout_ms=10_000,
                **more,
            )
        )
        self._thread = threading.Thread(target=self._run, name="rpkpy-heartbeat", daemon=True)

    def start(self, dead: Iterable[str]) -> None:
        """Begin, and remove the records of processes that are long `dead`."""
        for each in dead:
            self._write(each, None)
        self._thread.start()

    def changed(self) -> None:
        """There is news: tell it now."""
        self._wake.set()

    def stop(self) -> None:
        """Say that this process is gone."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(_FLUSH_S)
        with contextlib.suppress(UnreachableError):  # others will see that nothing more comes
            self._write(self._status().id, None)
            self._producer.get().flush(_FLUSH_S)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._tell()
                self._producer.get()
            except UnreachableError as error:
                logger.info("a status was not written: %s", error)
            except Exception:
                logger.exception("telling what this worker does failed, will try again")
            self._wake.wait(_LOOK_S)
            self._wake.clear()

    def _tell(self) -> None:
        status = self._status()
        silent_s = time.monotonic() - self._told_at
        news = self._told is None or status.news() != self._told.news()
        if news or silent_s >= self._interval_s or (silent_s >= _NUMBERS_S and status != self._told):
            self._told, self._told_at = status, time.monotonic()
            self._write(status.id, worker_status.encode(status))

    def _write(self, key: str, value: bytes | None) -> None:
        from confluent_kafka import KafkaException

        try:
            self._producer.get().produce(STATUS, key=key.encode(), value=value, partition=0)
        except (BufferError, KafkaException) as error:  # Kafka is away: the next one will do
            logger.info("a status was not written: %s", error)
