"""Row 13: one host under load, killed again and again; every record comes, once where that is promised."""

import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.soak.figures import Budget, Figures
from bench.verifier.account import Account, Window
from bench.verifier.load import Load
from bench.verifier.reader import Reader
from bench.verifier.report import LATE_S
from rpkpy.host.topology import Topology
from tests.host import guests
from tests.host.harness import RECORD_PATHS, eventually
from tests.host.processes import host_process
from tests.kafka.fixture import TestKafka, running_kafka

_PARTITIONS = 4
_RATE = 100
"""Records a second into each partition."""
_COMMIT_S = 3.0  # the host's default
_LIVES_S = 4.0
"""How long it works at most before it is killed: more than a commit interval."""
_PATIENCE_S = 120.0
_GUARANTEES = ("at-least-once", "exactly-once")


def run(budget: Budget) -> Figures:
    """A kill is a case: hosts of both record paths in turn, with a transform of each guarantee on the same input."""
    chance = random.Random(budget.seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as folder, running_kafka(Path(folder) / "broker") as kafka:
        source = kafka.topic(_PARTITIONS)
        targets = {guarantee: kafka.topic(_PARTITIONS) for guarantee in _GUARANTEES}
        home = Path(folder) / "host"
        with host_process(kafka, home) as (_, api):
            for guarantee, target in targets.items():
                answer = api.deploy(guarantee, source, [target], guests.wasm(), rpkpy={"guarantee": guarantee})
                assert answer.status_code == 200, answer.text
        resumed: list[float] = []
        away: list[Window] = []
        with Load(kafka.settings, source, _PARTITIONS, _RATE) as load:
            for index in budget.rounds():
                path = RECORD_PATHS[index % len(RECORD_PATHS)]
                began = time.time()
                with host_process(kafka, home, "--record-path", path) as (process, _):
                    resumed.append(_goes_on(kafka, targets.values(), began))
                    away.append((began, time.time()))
                    time.sleep(chance.uniform(0, _LIVES_S))
                    process.kill()
        with host_process(kafka, home):
            accounts = {
                guarantee: Reader(kafka.settings, [target], _PARTITIONS).accounts(load.count, _PATIENCE_S)
                for guarantee, target in targets.items()
            }
    return _figures(accounts, load.count, resumed, away)


def _goes_on(kafka: TestKafka, targets: Iterable[str], began: float) -> float:
    """Wait until every partition of each target has grown; how long that was after `began`, in seconds."""
    topology = Topology(kafka.settings, _PATIENCE_S)

    def ends() -> dict[tuple[str, int], int]:
        bounds = {target: topology.bounds(target, range(_PARTITIONS)) for target in targets}
        return {(target, partition): each.end for target, found in bounds.items() for partition, each in found.items()}

    before = ends()
    waiting = set(before)

    def grown() -> bool:
        now = ends()
        waiting.difference_update([place for place in waiting if now[place] > before[place]])
        return not waiting

    if not eventually(grown, _PATIENCE_S):
        raise AssertionError(f"nothing is written to {sorted(waiting)}")
    return time.time() - began


def _figures(
    accounts: Mapping[str, Sequence[Account]], count: int, resumed: list[float], away: list[Window]
) -> Figures:
    every = [account for some in accounts.values() for account in some]
    missing = sum(account.missing(count) for account in every)
    spoiled = sum(account.invalid + account.unwritten(count) + account.disordered for account in every)
    least, once = (accounts[guarantee] for guarantee in _GUARANTEES)
    twice = sum(account.duplicates for account in least)
    longest_s = max((each.worked_s(away) for one in least for each in one.repeats), default=0.0)
    doubled = sum(account.duplicates for account in once)
    kills, records = len(resumed), count * len(every)
    return Figures(
        kills,
        kills > 0 and not (missing or spoiled or doubled) and longest_s <= _COMMIT_S + LATE_S,
        f"{kills} kills of a host on the record paths in turn, {records:,} records: {missing} missing, {spoiled} "
        f"invalid or out of order; at least once {twice:,} came twice, {longest_s:.1f} s of work at a stretch at most "
        f"(committed every {_COMMIT_S:g} s); exactly once {doubled}. From a host's start to output in all partitions "
        f"{statistics.median(resumed):.1f} s, at most {max(resumed):.1f} s",
        {
            "records": records,
            "missing": missing,
            "duplicates": twice,
            "longest_repeat_s": round(longest_s, 2),
            "duplicates_exactly_once": doubled,
            "resume_median_s": round(statistics.median(resumed), 2),
            "resume_max_s": round(max(resumed), 2),
        },
    )
