"""What Prometheus' client libraries say of every process, by their names."""

import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

_STARTED_S = time.time()


def process_figures() -> tuple[tuple[str, str, str, Callable[[], float]], ...]:
    """Name, type, what it says, and how it is read."""
    return (
        ("process_cpu_seconds_total", "counter", "CPU seconds of the process, user and system", time.process_time),
        ("process_resident_memory_bytes", "gauge", "Bytes of memory resident", _resident_bytes),
        ("process_start_time_seconds", "gauge", "When the process started, in seconds since 1970", lambda: _STARTED_S),
        ("process_open_fds", "gauge", "Open file descriptors", _open_files),
        ("process_threads", "gauge", "Threads that Python knows", threading.active_count),
    )


def _resident_bytes() -> float:
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):  # no /proc: the most it ever was, which macOS counts in bytes
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _open_files() -> float:
    for folder in (Path("/proc/self/fd"), Path("/dev/fd")):
        if folder.is_dir():
            return len(list(folder.iterdir())) - 1  # one is the folder's own
    return 0
