"""Keeps what a worker takes part in equal to what is deployed."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping

from rpkpy.errors import RpkpyError
from rpkpy.host.followed import Followed
from rpkpy.host.membership import Membership
from rpkpy.host.model import Transform
from rpkpy.host.processor import Processor, Surroundings
from rpkpy.host.reservation import Reservation
from rpkpy.host.worker_status import Assigned
from rpkpy.redpanda import transform_logs

logger = logging.getLogger("rpkpy.host")

_LEAVING_S = 8.0
"""How long it may take to leave a group, with a broker that is slow to answer."""


class Supervisor:
    """The memberships and processors of this process. Thread-safe.

    With each change of what is deployed, and every few seconds, memberships are made, changed and ended; nothing that
    one of them does can stop the others or this. `changed` is called when something of it is news.
    """

    def __init__(
        self, followed: Followed, around: Surroundings, reservation: Reservation, changed: Callable[[], None]
    ) -> None:
        self._followed = followed
        self._around = around
        self._reservation = reservation
        self._changed = changed
        self._memberships: Mapping[str, Membership] = {}
        self.applied = 0
        """The offset in the topic of transforms up to which memberships follow what is deployed."""
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="rpkpy-supervisor", daemon=True)
        followed.listen(self._wake.set)

    def start(self) -> None:
        """Begin, with all that is deployed now."""
        self._wake.set()
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End every membership: records finished, progress committed, groups left; or given up after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        _close(self._memberships.values(), deadline - time.monotonic(), keep=True)

    def status(self) -> list[Assigned]:
        """Every partition that this process has."""
        return [item for membership in self._memberships.values() for item in membership.status()]

    def processors(self) -> list[Processor]:
        """What runs now."""
        return [item for membership in self._memberships.values() for item in membership.processors()]

    def _run(self) -> None:
        refresh_s = self._around.settings.timing.refresh_s
        refreshed = 0.0
        while not self._stopping.is_set():
            try:
                if time.monotonic() - refreshed >= refresh_s:
                    refresh(self._around, self._followed.transforms().values())
                    refreshed = time.monotonic()
                self._reconcile()
            except Exception:
                logger.exception("looking after the processors failed, will try again")
            self._wake.wait(refresh_s)
            self._wake.clear()

    def _reconcile(self) -> None:
        position = self._followed.position  # before what it leads to
        wanted = {transform.uuid: transform for transform in self._followed.transforms().values()}
        memberships = dict(self._memberships)
        gone = [memberships.pop(uuid) for uuid in memberships.keys() - wanted.keys()]
        self._memberships = memberships
        _close(gone, self._around.settings.timing.stop_s + _LEAVING_S, keep=False)
        for uuid, transform in wanted.items():
            if uuid in memberships:
                memberships[uuid].apply(transform)
            else:
                memberships[uuid] = Membership(transform, self._around, self._reservation)
                memberships[uuid].start()
        self._memberships = memberships
        self._around.modules.keep_only({transform.module.sha256 for transform in wanted.values()})
        self._around.observation.counters.keep_only(wanted.keys())
        if self.applied != position:
            self.applied = position
            self._changed()


def refresh(around: Surroundings, transforms: Iterable[Transform]) -> None:
    """Look at the topics that transforms use."""
    names = {transform_logs.TOPIC}
    for transform in transforms:
        names |= transform.topics
    try:
        around.topology.describe(names)
    except RpkpyError as error:
        logger.warning("topics cannot be looked at: %s %s", error, error.cause or "")


def _close(memberships: Iterable[Membership], timeout_s: float, *, keep: bool) -> None:
    """End `memberships` all at once, waiting for them."""
    closing = list(memberships)
    deadline = time.monotonic() + timeout_s
    for membership in closing:
        membership.begin_close(keep=keep)
    for membership in closing:
        membership.join(deadline - time.monotonic())
