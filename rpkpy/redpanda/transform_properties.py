"""The cluster properties that transforms live by: what each does, in words for who writes transforms.

Defaults, ranges and restarts: Redpanda's src/v/config/configuration.cc.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

RESERVATION = "data_transforms_per_core_memory_reservation"
FUNCTION = "data_transforms_per_function_memory_limit"
ENABLED = "data_transforms_enabled"


@dataclass(frozen=True, slots=True)
class Explained:
    """A property: its default and range as written, whether brokers must be restarted, and what it means."""

    default: str
    range: str
    restart: bool
    meaning: str


EXPLAINED = {
    ENABLED: Explained("false", "", True, "Whether the cluster runs transforms at all."),
    RESERVATION: Explained(
        "20971520",
        "65536 to 107374182400 bytes",
        True,
        "Memory that each core sets aside for transforms. Divided by the memory of a function it is how many "
        "transforms the cluster takes.",
    ),
    FUNCTION: Explained(
        "2097152",
        "65536 to 4294967296 bytes",
        True,
        "Memory that a transform has on a core, for its stack and heap. Each transform takes all of it, used or not; "
        "a module that wants more at its start is never run.",
    ),
    "data_transforms_runtime_limit_ms": Explained(
        "3000", "milliseconds", True, "How long a transform may work on one record, or on its start."
    ),
    "data_transforms_binary_max_size": Explained(
        "10485760", "1048576 to 134217728 bytes", False, "The largest module that can be deployed."
    ),
    "data_transforms_commit_interval_ms": Explained(
        "3000",
        "milliseconds",
        False,
        "How often a transform's place is written down: after a crash up to this much is done again.",
    ),
    "data_transforms_logging_line_max_bytes": Explained(
        "1024", "bytes", False, "The longest log line of a transform; what is longer is cut."
    ),
    "data_transforms_logging_buffer_capacity_bytes": Explained(
        "512000", "102400 to 2097152 bytes", True, "Log lines that wait to be written, on each core; more are dropped."
    ),
    "data_transforms_logging_flush_interval_ms": Explained(
        "500", "milliseconds", False, "How often log lines are written to the log topic."
    ),
    "data_transforms_read_buffer_memory_percentage": Explained(
        "45",
        "1 to 99, with the one for writing at most 90",
        True,
        "The part of the memory reservation for records that wait to be transformed.",
    ),
    "data_transforms_write_buffer_memory_percentage": Explained(
        "45",
        "1 to 99, with the one for reading at most 90",
        True,
        "The part of the memory reservation for records that wait to be written.",
    ),
}


def room(properties: Mapping[str, Any]) -> int | None:
    """How many transforms the cluster takes by these properties; None where they do not say."""
    reservation, function = properties.get(RESERVATION), properties.get(FUNCTION)
    if not isinstance(reservation, int) or not isinstance(function, int) or function < 1:
        return None
    return reservation // function
