"""Keeps what runs equal to what is wanted: a processor for each input partition of each transform not paused."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from rpkpy.errors import RpkpyError
from rpkpy.host.model import Transform
from rpkpy.host.processor import Processor, State, Surroundings
from rpkpy.redpanda import transform_logs
from rpkpy.redpanda.cluster import PartitionStatus

logger = logging.getLogger("rpkpy.host")

_INTERRUPTED_S = 2.0
"""How long a processor may take to end once its guest was interrupted."""

Key = tuple[str, int]
"""A transform's uuid and an input partition."""


class Supervisor:
    """The processors of this host. Thread-safe.

    `wanted` gives the transforms by name. Every few seconds, and when told to, topics are looked at and processors
    started and stopped; nothing that one of them does can stop the others or this.
    """

    def __init__(self, wanted: Callable[[], Mapping[str, Transform]], around: Surroundings) -> None:
        self._wanted = wanted
        self._around = around
        self._reconciling = threading.Lock()
        # Replaced, never changed: who asks for a status does not wait for a processor that is slow to stop.
        self._processors: Mapping[Key, Processor] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rpkpy-supervisor", daemon=True)

    def start(self) -> None:
        """Begin, with all that is wanted now."""
        self._refresh()
        self.reconcile()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Stop every processor; returns when all have ended, or after `timeout_s`."""
        self._stopping.set()
        with self._reconciling:
            _stop(self.processors(), timeout_s)

    def reconcile(self) -> None:
        """Start what is wanted and not running, stop what runs and is not wanted (waiting a while for it to end)."""
        with self._reconciling:
            if self._stopping.is_set():
                return
            wanted = {
                (transform.uuid, partition): transform
                for transform in self._wanted().values()
                if not transform.paused
                for partition in self._partitions(transform)
            }
            unwanted = [
                processor
                for key, processor in self._processors.items()
                if key not in wanted or wanted[key].revision != processor.transform.revision
            ]
            # Waited for once: one that does not end must not hold up every later change for as long again.
            _stop([item for item in unwanted if not item.stopping], self._around.settings.timing.stop_s)
            # One that is still ending keeps its place: two at once would mix up the order.
            processors = {key: processor for key, processor in self._processors.items() if processor.alive}
            for key, transform in wanted.items():
                if key not in processors:
                    processors[key] = Processor(transform, key[1], self._around)
                    processors[key].start()
            self._processors = processors

    def status(self, transform: Transform) -> list[PartitionStatus]:
        """The state of each input partition, as the Admin API lists it."""
        node_id = self._around.settings.node_id
        processors = {key[1]: item for key, item in self._processors.items() if key[0] == transform.uuid}
        statuses = []
        for partition in self._partitions(transform):
            processor = processors.get(partition)
            if transform.paused:
                state, lag = State.INACTIVE, 0
            elif processor is None:
                state, lag = State.UNKNOWN, 0
            else:
                state, lag = processor.state, processor.lag
            statuses.append(PartitionStatus(node_id, partition, state.value, lag))
        return statuses

    def processors(self) -> list[Processor]:
        """What runs now."""
        return list(self._processors.values())

    def _partitions(self, transform: Transform) -> Iterable[int]:
        """The input's partitions; those of the deploy while the topic is gone, so that their state is seen."""
        topic = self._around.topology.known(transform.input_topic)
        if topic is not None:
            return range(topic.partitions)
        return sorted(transform.start.committed)

    def _refresh(self) -> None:
        names = {transform_logs.TOPIC}
        for transform in self._wanted().values():
            names |= {transform.input_topic, *transform.output_topics}
        try:
            self._around.topology.describe(names)
        except RpkpyError as error:
            logger.warning("topics cannot be looked at: %s %s", error, error.cause or "")

    def _run(self) -> None:
        while not self._stopping.wait(self._around.settings.timing.refresh_s):
            try:
                self._refresh()
                self.reconcile()
            except Exception:
                logger.exception("looking after the processors failed, will try again")


def _stop(processors: list[Processor], timeout_s: float) -> None:
    for processor in processors:
        processor.stop()
    busy = _still_busy(processors, timeout_s)
    for processor in busy:
        logger.warning(
            "transform %r, partition %d: still at a record after %g s, which it will begin again",
            processor.transform.name,
            processor.partition,
            timeout_s,
        )
        processor.interrupt()
    _still_busy(busy, _INTERRUPTED_S)


def _still_busy(processors: list[Processor], timeout_s: float) -> list[Processor]:
    deadline = time.monotonic() + timeout_s
    return [processor for processor in processors if not processor.join(deadline - time.monotonic())]
