"""Row 14: brokers end and come back, partitions get other leaders, topics grow, vanish and come back, under load."""

import os
import random
import signal
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from bench.soak.figures import Budget, Figures
from bench.verifier.account import Account
from bench.verifier.load import Load
from bench.verifier.reader import Reader
from rpkpy.host.topology import Topology
from rpkpy.kafka import client, topic_changes, topics
from rpkpy.kafka.local.broker import LocalBroker
from tests.host import guests
from tests.host.harness import RECORD_PATHS, Api, eventually, produce, values_of
from tests.host.processes import host_process
from tests.kafka.cluster import Cluster, running_cluster

WITHIN_S = 10.0
_PARTITIONS = 4
_RATE = 100
"""Records a second into each partition."""
_PATIENCE_S = 120.0
_GUARANTEES = ("at-least-once", "exactly-once")


def run(budget: Budget) -> Figures:
    """A case is an event. Two hosts, one on each record path, share a transform of each guarantee on the same input."""
    with tempfile.TemporaryDirectory() as folder, running_cluster(Path(folder)) as cluster, ExitStack() as stack:
        kafka = cluster.kafka
        source = kafka.topic(_PARTITIONS)
        targets = {guarantee: kafka.topic(_PARTITIONS) for guarantee in _GUARANTEES}
        for path in RECORD_PATHS:
            home = Path(folder) / path
            _, api = stack.enter_context(host_process(kafka, home, "--record-path", path))
        for guarantee, target in targets.items():
            answer = api.deploy(guarantee, source, [target], guests.wasm(), rpkpy={"guarantee": guarantee})
            assert answer.status_code == 200, answer.text
        with Load(kafka.settings, source, _PARTITIONS, _RATE) as load:
            events = _Events(cluster, api, list(targets.values()), random.Random(budget.seed))  # noqa: S311
            _grows(cluster, targets.values())
            for index in budget.rounds():
                events.next(index)
        accounts = {
            guarantee: Reader(kafka.settings, [target], _PARTITIONS).accounts(load.count, _PATIENCE_S)
            for guarantee, target in targets.items()
        }
    return _figures(accounts, load.count, events)


class _Events:
    """What happens, one thing after the other, and how long it was until all went on, in seconds, by its name."""

    def __init__(self, cluster: Cluster, api: Api, targets: list[str], chance: random.Random) -> None:
        self.took_s: defaultdict[str, list[float]] = defaultdict(list)
        self.moved = 0
        """Partitions that somebody else led afterwards."""
        self._cluster = cluster
        self._targets = targets
        self._chance = chance
        self._growing = _Line(cluster, api, "grows")
        self._going = _Line(cluster, api, "goes")

    def next(self, index: int) -> None:
        """The next one: each kind in turn."""
        kinds = (self._stop, self._kill, self._stop_controller, self._grow, self._output_gone, self._input_gone)
        kinds[index % len(kinds)]()

    def _stop(self) -> None:
        self._without(self._chance.choice(self._cluster.brokers[1:]), "broker stopped", LocalBroker.stop)

    def _kill(self) -> None:
        self._without(self._chance.choice(self._cluster.brokers[1:]), "broker killed", _kill)

    def _without(self, broker: LocalBroker, name: str, end: Callable[[LocalBroker], object]) -> None:
        """Work goes on without the broker; then it is back, and leads what it has led before."""
        before = self._leaders()
        began = time.monotonic()
        end(broker)
        self._goes_on(name, began)
        self._count_moved(before)
        broker.start()
        before = self._leaders()
        began = time.monotonic()
        assert eventually(self._prefer, _PATIENCE_S), f"who leads: {self._leaders()}"
        self._goes_on("leaders moved", began)
        self._count_moved(before)

    def _prefer(self) -> bool:
        """Ask for it; whether every broker leads some partition by now."""
        self._cluster.prefer()
        return set(self._leaders().values()) == {1, 2, 3}

    def _stop_controller(self) -> None:
        """While it is away nobody gets another leader: the clock runs from when it is back."""
        broker = self._cluster.brokers[0]
        broker.stop()
        time.sleep(self._chance.uniform(0, 3))
        broker.start()
        self._goes_on("controller restarted", time.monotonic())

    def _grow(self) -> None:
        line = self._growing
        began = time.monotonic()
        line.grow()
        line.write(1)
        line.await_output()
        self.took_s["partition added"].append(time.monotonic() - began)

    def _output_gone(self) -> None:
        line = self._going
        line.delete(line.target)
        line.write(1)
        assert eventually(lambda: "running" not in line.api.states(line.name), _PATIENCE_S), "nobody misses the output"
        line.make(line.target)
        began = time.monotonic()
        line.await_output()
        self.took_s["output topic back"].append(time.monotonic() - began)

    def _input_gone(self) -> None:
        line = self._going
        line.delete(line.source)
        time.sleep(self._chance.uniform(0, 3))
        line.make(line.source)
        began = time.monotonic()
        line.write(1)
        line.await_output()
        self.took_s["input topic back"].append(time.monotonic() - began)

    def _goes_on(self, name: str, began: float) -> None:
        _grows(self._cluster, self._targets)
        self.took_s[name].append(time.monotonic() - began)

    def _leaders(self) -> dict[tuple[str, int], int]:
        return {
            (target, partition): node
            for target in self._targets
            for partition, node in self._cluster.leaders(target).items()
        }

    def _count_moved(self, before: dict[tuple[str, int], int]) -> None:
        self.moved += sum(node != before[place] for place, node in self._leaders().items())


class _Line:
    """A transform with topics of its own, and what must stand in the last partition of its output."""

    def __init__(self, cluster: Cluster, api: Api, name: str) -> None:
        self.api, self.name = api, name
        self._kafka = cluster.kafka
        self.source, self.target = self._kafka.topic(), self._kafka.topic()
        self._last = 0
        self._written = 0
        self._wanted: list[str] = []
        answer = api.deploy(name, self.source, [self.target], guests.wasm())
        assert answer.status_code == 200, answer.text
        self.write(1)
        self.await_output()

    def write(self, count: int) -> None:
        """Write records to the input's last partition."""
        new = [f"{self.name} {self._written + each}" for each in range(count)]
        self._written += count
        self._wanted += new
        produce(self._kafka.settings, self.source, new, self._last)

    def await_output(self) -> None:
        """Wait for what was written; nothing else may stand there."""
        found = values_of(self._kafka.settings, self.target, len(self._wanted), self._last)
        assert found == self._wanted, f"{found} instead of {self._wanted}"

    def grow(self) -> None:
        """A partition more for the input and the output."""
        admin = client.admin(self._kafka.settings)
        _done(topic_changes.add_partitions(admin, [self.source, self.target], 1))
        self._last += 1
        self._wanted = []

    def delete(self, topic: str) -> None:
        """Delete one of its topics."""
        _done(topics.delete(client.admin(self._kafka.settings), [topic]))
        if topic == self.target:
            self._wanted = []

    def make(self, topic: str) -> None:
        """Make it anew."""
        _done(topics.create(client.admin(self._kafka.settings), [topic], partitions=self._last + 1))


def _done(outcomes: Iterable[topics.Outcome]) -> None:
    for outcome in outcomes:
        assert outcome.ok, outcome


def _kill(broker: LocalBroker) -> None:
    pid = broker.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def _grows(cluster: Cluster, targets: Collection[str]) -> None:
    """Wait until every partition of each target has grown."""
    topology = Topology(cluster.settings, _PATIENCE_S)

    def ends() -> dict[tuple[str, int], int]:
        found = {target: topology.bounds(target, range(_PARTITIONS)) for target in targets}
        return {(target, partition): each.end for target, some in found.items() for partition, each in some.items()}

    before = ends()

    def grown() -> bool:
        now = ends()
        return all(now[place] > before[place] for place in before)

    assert eventually(grown, _PATIENCE_S), f"some of {sorted(targets)} do not grow"


def _figures(accounts: Mapping[str, Sequence[Account]], count: int, events: _Events) -> Figures:
    every = [account for some in accounts.values() for account in some]
    missing = sum(account.missing(count) for account in every)
    spoiled = sum(account.invalid + account.unwritten(count) + account.disordered for account in every)
    least, once = (sum(each.duplicates for each in accounts[guarantee]) for guarantee in _GUARANTEES)
    took = events.took_s
    longest_s = max((max(some) for some in took.values()), default=0.0)
    told = ", ".join(
        f"{len(some)} x {name} {statistics.median(some):.1f} s, at most {max(some):.1f} s"
        for name, some in took.items()
    )
    cases = sum(map(len, took.values()))
    return Figures(
        cases,
        cases > 0 and not (missing or spoiled or once) and longest_s <= WITHIN_S,
        f"{cases} events on three brokers until all went on: {told}; {events.moved} partitions got other leaders; "
        f"{count * len(every):,} records: {missing} missing, {spoiled} invalid or out of order; "
        f"{least:,} came twice at least once, {once} exactly once",
        {
            "records": count * len(every),
            "missing": missing,
            "duplicates": least,
            "duplicates_exactly_once": once,
            "leaders_moved": events.moved,
            "longest_s": round(longest_s, 2),
        },
    )
