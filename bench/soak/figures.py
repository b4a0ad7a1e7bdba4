"""How long a run is, and what it measured."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(slots=True)
class Budget:
    """A run of `cases` cases, ended early after `seconds`; `seed` decides what is random in it."""

    cases: int
    seconds: float = float("inf")
    seed: int = 1
    begun: float = field(default_factory=time.monotonic)

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() - self.begun > self.seconds

    def rounds(self) -> Iterator[int]:
        """0, 1, ... while cases and time are left."""
        for index in range(self.cases):
            if self.over:
                return
            yield index


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of a run: `met` when it is what the row demands, `measured` says it in a line, `numbers` to scripts."""

    cases: int
    met: bool
    measured: str
    numbers: dict[str, float | int | str | bool] = field(default_factory=dict)


class Clock:
    """The longest of several spans, in seconds of this thread's CPU and of the wall."""

    def __init__(self) -> None:
        self.cpu_s = self.wall_s = 0.0

    def __enter__(self) -> "Clock":
        self._began = time.thread_time(), time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s = max(self.cpu_s, time.thread_time() - self._began[0])
        self.wall_s = max(self.wall_s, time.monotonic() - self._began[1])


def resident_bytes(process: int | str = "self") -> int:
    """A process's resident set (Linux, proc(5): VmRSS)."""
    return _status("VmRSS", process) << 10


def threads(process: int | str = "self") -> int:
    """How many threads a process has."""
    return _status("Threads", process)


def descriptors(process: int | str = "self") -> int:
    """How many files and sockets a process has open."""
    return len(list(Path(f"/proc/{process}/fd").iterdir()))


def forget_peak() -> None:
    """Let `peak_bytes` begin anew (proc(5): 5 in clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_bytes() -> int:
    """The most that was resident since `forget_peak` (VmHWM)."""
    return _status("VmHWM") << 10


def _status(field_name: str, process: int | str = "self") -> int:
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{field_name}:"):
            return int(line.split()[1])
    raise OSError(f"/proc/{process}/status has no {field_name}")
