"""Keeps an eye on a host: its figures of now, and those of the last minutes."""

import logging
import threading
import time
from typing import TYPE_CHECKING

from rpkpy.host.figures import Counted, Figures, counted, figures
from rpkpy.host.history import EVERY_S, History

if TYPE_CHECKING:
    from collections.abc import Callable

    from rpkpy.host.controller import Controller
    from rpkpy.host.processor import Surroundings
    from rpkpy.host.sample_lines import Taken

logger = logging.getLogger("rpkpy.host")


class Watch:
    """Reads a host's figures; between `start` and `stop` it keeps their history. Thread-safe.

    `samples` are the last records in and out of a transform (its uuid) on this host.
    """

    def __init__(
        self,
        controller: "Controller",
        around: "Surroundings",
        samples: "Callable[[str], list[Taken]]" = lambda uuid: [],
        *,
        every_s: float = EVERY_S,
    ) -> None:
        self.samples = samples
        self.history = History()
        self._controller = controller
        self._around = around
        self._every_s = every_s
        self.stopping = threading.Event()
        """Set by `stop`: others who watch with it end, too."""
        self._thread = threading.Thread(target=self._run, name="rpkpy-watch", daemon=True)

    def figures(self) -> Figures:
        """The figures of this moment; waits some seconds at most where Kafka does not answer."""
        return figures(self._controller, self._around.settings.limits.memory_bytes, self._processes())

    def start(self) -> None:
        """Begin to keep a history."""
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self.stopping.set()

    def _processes(self) -> list[Counted]:
        """What each process of this host counted: this one, and its workers as they last said."""
        found = [counted(self._around.observation.counters, self._around.logs)]
        for worker in self._controller.siblings():
            try:
                if worker.counted is not None:
                    found.append(Counted.of_data(worker.counted))
            except ValueError as error:
                logger.info("worker %s: %s", worker.id, error)
        return found

    def _run(self) -> None:
        while not self.stopping.wait(self._every_s):
            try:
                self.history.note(self.figures(), time.monotonic())
            except Exception:
                logger.exception("figures cannot be read, will try again")
