"""Hosts that are added, killed, paused and stopped by chance, workers too, and a real broker that is restarted."""

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.verifier.account import Window
from bench.verifier.hosts import Host, Pause, Worker
from rpkpy.errors import ExitCode
from tests.host.harness import Api
from tests.kafka.fixture import TestKafka

_AWAY_S = (0.0, 4.0)
_LEAVES_S = 30.0


class Pool:
    """The hosts, and what is done to them; `say` hears of every event."""

    def __init__(
        self,
        kafka: TestKafka,
        folder: Path,
        chance: random.Random,
        say: Callable[[str], None],
        *,
        most: int,
        pause_s: float,
        args: tuple[str, ...],
    ) -> None:
        self._kafka, self._folder, self._chance, self._say = kafka, folder, chance, say
        self._most, self._pause_s, self._args = most, pause_s, args
        self._count = 0
        self.hosts: list[Host] = []
        self._pauses: list[Pause] = []
        self._restart: threading.Thread | None = None
        self.events: Counter[str] = Counter()
        self.standstills: list[Window] = []
        """When somebody was paused, or the broker away."""
        self.failures: list[str] = []
        """Hosts that ended although nobody had told them to, or did not end although they were told."""

    def add(self) -> None:
        """One more host."""
        host = Host(self._count, self._kafka, self._folder / f"host-{self._count}", self._args)
        self.hosts.append(host)
        self._count += 1
        self._event("add", host.name)

    def disturb(self) -> None:
        """Do something to somebody, by chance."""
        working = [host for host in self.hosts if host.leaves_by is None]
        steady = [host for host in working if not self._paused(host)]
        workers = [worker for host in steady for worker in host.workers()]
        choices = ["kill", "pause", "leave"] if len(steady) > 1 else []
        if len(working) < self._most:
            choices += ["add"] * (1 + 2 * (len(working) < 2))
        if workers:
            choices += ["kill worker", "pause worker"] * 3
        what = self._chance.choice(choices or ["kill"])
        chosen = self._chance.choice(workers) if what.endswith("worker") else None
        for worker in workers:
            if worker is not chosen:
                worker.close()
        if what == "add":
            self.add()
        elif chosen is not None and what == "kill worker":
            self._event(what, chosen.name)
            chosen.send(signal.SIGKILL)
            chosen.close()
        elif chosen is not None:
            self._pause(what, chosen)
        elif what == "kill":
            self._kill(self._chance.choice(working))
        elif what == "pause":
            self._pause(what, self._chance.choice(steady))
        else:
            self._leave(self._chance.choice(steady))

    def look_after(self) -> None:
        """Let those go on whose pause is over; notice those that ended."""
        now = time.time()
        for pause in list(self._pauses):
            if now >= pause.resume_at:
                self._say(f"{pause.who.name} goes on")
                self._resume(pause)
        for host in list(self.hosts):
            code = host.process.poll()
            if code is not None:
                self.hosts.remove(host)
                if code == ExitCode.UNREACHABLE and host.url is None:
                    self._event("start without a broker", host.name)
                elif host.leaves_by is None or code != 0:
                    self._fail(f"{host.name} ended with {code}")
            elif host.leaves_by is not None and now > host.leaves_by:
                self._fail(f"{host.name} was told to end and did not within {_LEAVES_S:g} s")
                self._end(host)

    def restart_broker(self) -> bool:
        """Begin to stop the broker and to start it again after a while; False where that is under way already."""
        if self._restart is not None and self._restart.is_alive():
            return False
        self._event("restart", "the broker")
        self._restart = threading.Thread(target=self._restarted, args=(self._chance.uniform(*_AWAY_S),))
        self._restart.start()
        return True

    def settle(self) -> None:
        """Have the broker back, let all go on that are paused, wait for those that leave; a host is there then."""
        if self._restart is not None:
            while self._restart.is_alive():
                self.rest(0.1)
        for pause in self._pauses:
            pause.resume_at = 0.0
        while self._pauses or any(host.leaves_by is not None for host in self.hosts):
            self.rest(0.1)
        if not self.hosts:
            self.add()

    def api(self) -> Api | None:
        """The Admin API of one that serves it."""
        serving = [host for host in self.hosts if host.alive and host.leaves_by is None and not self._paused(host)]
        urls = [host.url for host in serving]
        return next((Api(url) for url in urls if url is not None), None)

    def end(self) -> None:
        """Kill whatever is left."""
        if self._restart is not None:
            self._restart.join()
        for pause in list(self._pauses):
            self._resume(pause)  # workers end with their hosts
        for host in self.hosts:
            if host.alive:
                os.kill(host.process.pid, signal.SIGKILL)
            host.process.wait()

    def rest(self, seconds: float) -> None:
        """Wait, looking after them."""
        until = time.monotonic() + seconds
        while True:
            self.look_after()
            left = until - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(0.05, left))

    def _restarted(self, away_s: float) -> None:
        began = time.time()
        try:
            self._kafka.broker.stop()
            time.sleep(away_s)
            self._kafka.broker.start()
        except Exception as error:
            self._fail(f"the broker did not come back: {error}")
        self.standstills.append((began, time.time()))
        self._say(f"the broker was away for {time.time() - began:.1f} s")

    def _paused(self, who: Host) -> bool:
        return any(pause.who is who for pause in self._pauses)

    def _kill(self, host: Host) -> None:
        self._event("kill", host.name)
        self._end(host)

    def _end(self, host: Host) -> None:
        host.process.kill()
        host.process.wait()
        for pause in list(self._pauses):
            if pause.who is host:
                self._note(pause)
        self.hosts.remove(host)

    def _pause(self, what: str, who: Host | Worker) -> None:
        length_s = self._chance.uniform(0.2, self._pause_s)
        self._event(what, who.name, f" for {length_s:.1f} s")
        self._pauses.append(Pause(who, length_s))

    def _resume(self, pause: Pause) -> None:
        pause.end()
        self._note(pause)

    def _note(self, pause: Pause) -> None:
        self._pauses.remove(pause)
        self.standstills.append((pause.began, time.time()))

    def _leave(self, host: Host) -> None:
        if host.url is None:  # it has hardly begun, and takes no signals yet
            self._kill(host)
            return
        self._event("leave", host.name)
        host.send(signal.SIGTERM)
        host.leaves_by = time.time() + _LEAVES_S

    def _event(self, what: str, who: str, more: str = "") -> None:
        self.events[what] += 1
        self._say(f"{what}: {who}{more}")

    def _fail(self, what: str) -> None:
        self.failures.append(what)
        self._say(f"!! {what}")
