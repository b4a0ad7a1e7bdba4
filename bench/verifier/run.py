"""Verifies the host's promise: numbered records through real hosts that come, stop, stand still and are killed.

    python bench/verifier/run.py [--seconds N] [--guarantee at-least-once|exactly-once] [--record-path wire|client|auto]
                                 [--workers N] [--seed N] [--format text|json] [--folder FOLDER] [-v]

Exit code 1 when the promise is broken. See bench/README.md.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).parents[2]))

import httpx

from bench.verifier.load import Load
from bench.verifier.pool import Pool
from bench.verifier.reader import Reader
from bench.verifier.report import PARTITIONS, Plan, Report
from tests.host import guests
from tests.kafka.fixture import running_kafka

NAME = "verified"

T = TypeVar("T")


def verify(plan: Plan, folder: Path, say: Callable[[str], None] = lambda what: None) -> Report:
    """Run it in `folder`, which keeps what the hosts said."""
    chance = random.Random(plan.seed)  # noqa: S311
    args = ("--record-path", plan.record_path, "--memory", "1GiB", "--workers", str(plan.workers), "-v")
    args += ("--set", f"data_transforms_commit_interval_ms={int(plan.commit_s * 1_000)}")
    report = Report(plan)
    with running_kafka(folder / "broker") as kafka:
        pool = Pool(kafka, folder, chance, say, most=plan.most, pause_s=plan.pause_s, args=args)
        try:
            source, targets = kafka.topic(PARTITIONS), [kafka.topic(PARTITIONS) for _ in range(plan.outputs)]
            _begin(pool, plan, source, targets)
            with Load(kafka.settings, source, PARTITIONS, plan.rate) as load:
                _faults(pool, plan, chance)
                over_s = time.time()
                pool.settle()
            say(f"{load.count} records in each partition; settling")
            report.broken += _settled(pool, plan)
            report.settled_s = round(time.time() - over_s, 1)
            accounts = Reader(kafka.settings, targets, PARTITIONS).accounts(load.count, plan.settle_s / 2)
            report.events = dict(pool.events)
            report.count(accounts, load.count, over_s, pool.standstills)
            for repeat in sorted((each for one in accounts for each in one.repeats), key=lambda each: each.first_s):
                say(f"repeated: {repeat}, {repeat.worked_s(pool.standstills):.2f} s of work")
        finally:
            pool.end()
    return report


def _begin(pool: Pool, plan: Plan, source: str, targets: list[str]) -> None:
    pool.add()
    api = _wait(pool, pool.api, 60)
    if api is None:
        raise RuntimeError("the first host does not come up")
    options = {"guarantee": plan.guarantee}
    answer = api.deploy(NAME, source, targets, guests.wasm(*guests.fan_out(targets)), rpkpy=options)
    if answer.status_code != 200:
        raise RuntimeError(f"the transform is not deployed: {answer.text}")


def _faults(pool: Pool, plan: Plan, chance: random.Random) -> None:
    ends = time.monotonic() + plan.seconds
    restart = time.monotonic() + plan.restart_s * chance.uniform(0.4, 0.8)
    while time.monotonic() < ends:
        pool.rest(plan.every_s)
        if time.monotonic() >= restart and pool.restart_broker():
            restart = time.monotonic() + plan.restart_s * chance.uniform(0.6, 1.4)
        pool.disturb()


def _settled(pool: Pool, plan: Plan) -> list[str]:
    """Wait until every partition is done with all of its input, and every host has a share; what does not come."""
    found: list[str] = ["nothing is known"]

    def settled() -> bool:
        found[:] = _unsettled(pool)
        return not found

    _wait(pool, settled, plan.settle_s)
    return list(found) + pool.failures


def _unsettled(pool: Pool) -> list[str]:
    api = pool.api()
    if api is None:
        return ["no host answers"]
    try:
        with api.http:
            (entry,) = api.listing()
    except (httpx.HTTPError, ValueError) as error:
        return [f"a host does not answer: {error!r}"]
    statuses = entry["status"]
    stuck = [
        f"partition {each['partition']} is {each['status']}, lag {each['lag']}"
        for each in statuses
        if each["status"] != "running" or each["lag"]
    ]
    if len(statuses) != PARTITIONS:
        stuck.append(f"{len(statuses)} partitions are listed")
    idle = {host.number for host in pool.hosts} - {each["node_id"] for each in statuses}
    return stuck + [f"host {number} has no partition" for number in sorted(idle)]


def _wait(pool: Pool, probe: Callable[[], T], timeout_s: float) -> T:
    deadline = time.monotonic() + timeout_s
    while not (found := probe()) and time.monotonic() < deadline:
        pool.rest(0.2)
    return found


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description="Numbered records through hosts that come and go.")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--guarantee", choices=("at-least-once", "exactly-once"), default="at-least-once")
    parser.add_argument("--record-path", choices=("auto", "wire", "client"), default="wire")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=int, default=100, help="records a second into each partition")
    parser.add_argument("--outputs", type=int, default=2, help="topics that get every record")
    parser.add_argument("--workers", type=int, default=1, help="processes of each host")
    parser.add_argument("--hosts", type=int, default=4, help="at a time, at most")
    parser.add_argument("--every", type=float, default=1.0, metavar="S", help="between events")
    parser.add_argument("--pause", type=float, default=9.0, metavar="S", help="the longest standstill")
    parser.add_argument("--restart", type=float, default=20.0, metavar="S", help="the broker, every so often")
    parser.add_argument("--commit", type=float, default=3.0, metavar="S", help="commit interval of the hosts")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--folder", type=Path, help="keeps what the hosts say")
    parser.add_argument("-v", "--verbose", action="store_true")
    given = parser.parse_args()
    plan = Plan(
        given.seconds, given.guarantee, given.record_path, given.seed, rate=given.rate, restart_s=given.restart,
        commit_s=given.commit, outputs=given.outputs, workers=given.workers, most=given.hosts, every_s=given.every,
        pause_s=given.pause,
    )  # fmt: skip
    began = time.monotonic()

    def say(what: str) -> None:
        if given.verbose:
            print(f"{time.strftime('%H:%M:%S')} {time.monotonic() - began:6.1f} {what}", file=sys.stderr, flush=True)

    with tempfile.TemporaryDirectory(prefix="rpkpy-verifier-") as temporary:
        folder: Path = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        report = verify(plan, folder, say)
    print(json.dumps(asdict(report)) if given.format == "json" else report.text())
    return bool(report.broken)


if __name__ == "__main__":
    sys.exit(main())
