"""The input: records whose content says which they are, at a steady pace into every partition of a topic."""

import threading

from rpkpy.config.settings import KafkaSettings
from rpkpy.kafka import client

_TICKS = 20  # a second
_PATIENCE_S = 120
_FILLER = b"0123456789abcdef"


def value(partition: int, number: int) -> bytes:
    """What record `number` (from 0) of an input partition is: 16 to 271 bytes, of which none may change."""
    return b"%04d.%010d." % (partition, number) + _FILLER * (number % 17)


def number(partition: int, found: bytes | None) -> int | None:
    """Which record of `partition` this is; None where it is none that was written there."""
    try:
        claimed = int((found or b"")[5:15])
    except ValueError:
        return None
    return claimed if claimed >= 0 and found == value(partition, claimed) else None


class Load:
    """Writes `rate` records a second to each partition while the block runs, idempotently, whatever the broker does."""

    def __init__(self, kafka: KafkaSettings, topic: str, partitions: int, rate: int) -> None:
        self.count = 0
        """How many were written to each partition."""
        self._topic, self._partitions, self._each = topic, partitions, max(1, rate // _TICKS)
        self._producer = client.producer(
            kafka, linger_ms=5, enable_idempotence=True, message_timeout_ms=_PATIENCE_S * 1_000
        )
        self._failed: list[str] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Load":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()
        left = self._producer.flush(_PATIENCE_S)
        if left or self._failed:
            raise RuntimeError(f"the input could not be written: {left} records left, {self._failed[:3]}")

    def _run(self) -> None:
        while not self._stopping.wait(1 / _TICKS):
            for which in range(self.count, self.count + self._each):
                for partition in range(self._partitions):
                    self._producer.produce(
                        self._topic, value=value(partition, which), partition=partition, on_delivery=self._note
                    )
            self.count += self._each
            self._producer.poll(0)

    def _note(self, error: object, _: object) -> None:
        if error is not None:
            self._failed.append(str(error))
