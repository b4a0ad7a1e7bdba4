"""How long to wait between attempts."""


class Backoff:
    """Waiting times between attempts: doubling, and from the first again after an attempt that ran long enough."""

    def __init__(self, first_s: float, max_s: float, reset_s: float) -> None:
        self._first_s = first_s
        self._max_s = max_s
        self._reset_s = reset_s
        self._next_s = first_s

    def after(self, ran_s: float) -> float:
        """How long to wait after an attempt that ran for `ran_s`."""
        if ran_s > self._reset_s:
            self._next_s = self._first_s
        wait_s = self._next_s
        # The broker doubles and cuts: 1, 2, 4, 8, 16, 30, 30, ...
        self._next_s = min(2 * self._next_s, self._max_s)
        return wait_s
