"""Real host processes, and their workers' processes, as something that signals can be sent to."""

import contextlib
import os
import signal
import time
from pathlib import Path

from tests.host import processes
from tests.kafka.fixture import TestKafka


class Worker:
    """A worker process of a host with several. Held by a descriptor: another process never gets the signals."""

    def __init__(self, host: "Host", pid: int) -> None:
        self.name = f"worker {pid} of {host.name}"
        self._descriptor = os.pidfd_open(pid)

    def send(self, signal_number: int) -> None:
        """Send a signal; to one that has ended nothing happens."""
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._descriptor, signal_number)

    def close(self) -> None:
        """Let go of the descriptor."""
        os.close(self._descriptor)


class Host:
    """One process of `rpkpy host run`."""

    def __init__(self, number: int, kafka: TestKafka, folder: Path, args: tuple[str, ...]) -> None:
        self.number = number
        self.name = f"host {number}"
        self.folder = folder
        self.process = processes.launch(kafka.bootstrap, folder, "--node-id", str(number), *args)
        self.leaves_by: float | None = None

    @property
    def url(self) -> str | None:
        """Of its Admin API, once it is there."""
        return processes.address(self.folder)

    @property
    def alive(self) -> bool:
        """Whether it runs, or stands still."""
        return self.process.poll() is None

    def send(self, signal_number: int) -> None:
        """Send a signal."""
        self.process.send_signal(signal_number)

    def close(self) -> None:
        """Nothing: it ends with its process."""

    def workers(self) -> list[Worker]:
        """Its worker processes; none where it works itself."""
        found: list[Worker] = []
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for task in Path(f"/proc/{self.process.pid}/task").iterdir():
                for pid in map(int, (task / "children").read_text().split()):
                    command = Path(f"/proc/{pid}/cmdline").read_bytes()
                    if b"multiprocessing-fork" in command or b"spawn_main" in command:
                        found.append(Worker(self, pid))
        return found


class Pause:
    """Somebody who stands still until `resume_at`."""

    def __init__(self, who: Host | Worker, length_s: float) -> None:
        self.who = who
        who.send(signal.SIGSTOP)
        self.began = time.time()
        self.resume_at = self.began + length_s

    def end(self) -> None:
        """Let it go on, if it is still there."""
        self.who.send(signal.SIGCONT)
        if isinstance(self.who, Worker):
            self.who.close()
