"""Signals while a guest runs."""

# The signal module's own functions turn each number into an enum, which takes longer than a guest's whole turn.
import _signal  # type: ignore[import-not-found, unused-ignore]
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_SIGNALS = tuple(
    int(getattr(signal, name)) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGALRM") if hasattr(signal, name)
)


class DeferredSignals:
    """Keeps Python's signal handlers from raising where an exception would be lost.

    CPython runs a handler at the first instruction of whatever Python function comes next; while a guest runs, that
    is a host function's entry, before any `try` of its own, where ctypes prints the exception, drops it, and returns
    an undefined pointer. Inside this context a signal is only noted; `deliver`, called where an exception is handled,
    runs the handler that was there before. Only the main thread has handlers; elsewhere this does nothing. A context
    may be entered again once it has been left.
    """

    def __init__(self) -> None:
        self.pending: list[tuple[int, FrameType | None]] = []
        self._saved: dict[int, Callable[[int, FrameType | None], Any]] = {}

    def __enter__(self) -> None:
        if threading.get_ident() == threading.main_thread().ident:
            try:
                for number in _SIGNALS:
                    handler = _signal.getsignal(number)
                    if callable(handler):
                        self._saved[number] = handler
                        _signal.signal(number, self._note)
            except BaseException:
                self._restore()
                raise

    def __exit__(self, *_: object) -> None:
        if self._saved:
            self._restore()
            self.deliver()
            self._saved.clear()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.pending.append((number, frame))

    def _restore(self) -> None:
        for number, handler in self._saved.items():
            _signal.signal(number, handler)

    def deliver(self) -> None:
        """Run the handlers of the signals noted so far; what they raise comes out here."""
        while self.pending:
            number, frame = self.pending.pop(0)
            self._saved[number](number, frame)
