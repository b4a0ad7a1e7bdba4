"""Processors brought to an end: they finish their record, or are interrupted at it."""

import logging
import time
from collections.abc import Collection

from rpkpy.host.processor import Processor

logger = logging.getLogger("rpkpy.host")

_INTERRUPTED_S = 2.0
"""How long a processor may take to end once its guest was interrupted."""


def stop(processors: Collection[Processor], timeout_s: float) -> None:
    """Stop `processors` and wait for them: those that are still at a record after `timeout_s` are interrupted."""
    for processor in processors:
        processor.stop()
    busy = _still_busy(processors, timeout_s)
    for processor in busy:
        logger.warning(
            "transform %r, partition %d: still at a record after %g s, which will begin again",
            processor.transform.name,
            processor.partition,
            timeout_s,
        )
    interrupt(busy)


def interrupt(processors: Collection[Processor]) -> None:
    """End `processors` in the middle of their records, and wait a while for it."""
    for processor in processors:
        processor.stop()
        processor.interrupt()
    _still_busy(processors, _INTERRUPTED_S)


def _still_busy(processors: Collection[Processor], timeout_s: float) -> list[Processor]:
    deadline = time.monotonic() + timeout_s
    return [processor for processor in processors if not processor.join(deadline - time.monotonic())]
