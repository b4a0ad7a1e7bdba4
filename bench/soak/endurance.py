"""Row 27: one host for long, with ever new modules and traps: memory, threads and descriptors stay as they are."""

import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from bench.soak.figures import Budget, Figures, descriptors, resident_bytes, threads
from rpkpy.host.topology import Topology
from tests.host import guests
from tests.host.harness import Api, eventually, produce
from tests.host.processes import host_process
from tests.kafka.fixture import TestKafka, running_kafka

_NAME = "endurance"
_TRAPS = 10
"""Records of each deployment at which the guest traps; as many others pass."""
_PATIENCE_S = 60.0
_SAMPLES = 100
_LEAK_BYTES = 10 * 1024
"""What a deployment with its traps may leave behind: at one a minute that is 0.6 MB an hour."""
_WOBBLE = 4
"""Threads and descriptors that come and go: clients are connected, asked and closed all the time."""


@dataclass(frozen=True, slots=True)
class _Sample:
    deploys: int
    resident: int
    threads: int
    descriptors: int


def run(budget: Budget, leak_bytes: int = _LEAK_BYTES) -> Figures:
    """A case is a deployment of a module that was never there before, in place of the last one, and its traps."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running_kafka(Path(folder) / "broker") as kafka:
        source, target = kafka.topic(), kafka.topic()
        topology = Topology(kafka.settings, _PATIENCE_S)
        samples = []
        with host_process(kafka, Path(folder) / "host") as (process, api):
            every = max(1, budget.cases // _SAMPLES)
            done = 0
            for index in budget.rounds():
                _deploy(api, index, source, target)
                _pass_records(kafka, topology, source, target, index)
                done += 1
                if done % every == 0:
                    samples.append(_sample(process, done))
            left_out = api.http.get("/public_metrics").text
    return _figures(samples, done, _skipped(left_out), time.monotonic() - began, leak_bytes)


def _deploy(api: Api, index: int, source: str, target: str) -> None:
    wasm = guests.wasm(guests.TRAP_ON_MARK, f'(data (i32.const 700) "{index}")')
    answer = api.deploy(_NAME, source, [target], wasm, rpkpy={"on_error": "skip"})
    assert answer.status_code == 200, answer.text


def _pass_records(kafka: TestKafka, topology: Topology, source: str, target: str, index: int) -> None:
    produce(kafka.settings, source, ["bad!", "good"] * _TRAPS)
    wanted = (index + 1) * _TRAPS
    assert eventually(lambda: topology.bounds(target, [0])[0].end >= wanted, _PATIENCE_S), (
        f"{index}: records are missing"
    )
    assert topology.bounds(target, [0])[0].end == wanted, f"{index}: records came twice"


def _sample(process: "subprocess.Popen[bytes]", done: int) -> _Sample:
    pid = process.pid
    return _Sample(done, resident_bytes(pid), threads(pid), descriptors(pid))


def _skipped(metrics: str) -> int:
    lines = [line for line in metrics.splitlines() if line.startswith("rpkpy_transform_skipped_total{")]
    return int(sum(float(line.rpartition(" ")[2]) for line in lines))


def _figures(samples: list[_Sample], done: int, skipped: int, took_s: float, leak_bytes: int) -> Figures:
    """The second half against the first, in which caches fill and the allocators find their sizes."""
    early, late = samples[: len(samples) // 2], samples[len(samples) // 2 :]
    if len(late) < 2:
        return Figures(done, False, f"{done} deployments are too few to see a slope")
    slope, _ = statistics.linear_regression([each.deploys for each in late], [each.resident for each in late])
    grown = {
        what: max(getattr(each, what) for each in late) - max(getattr(each, what) for each in early)
        for what in ("threads", "descriptors")
    }
    first, last = early[0], late[-1]
    met = skipped == done * _TRAPS and slope <= leak_bytes and max(grown.values()) <= _WOBBLE
    return Figures(
        done,
        met,
        f"{done} deployments of new modules, {skipped:,} records given up after traps, in {took_s / 60:.0f} min: "
        f"{slope / 1024:+.1f} KiB resident a deployment in the second half ({first.resident >> 20} MiB after "
        f"{first.deploys}, {last.resident >> 20} MiB in the end); threads {first.threads} and {last.threads}, "
        f"descriptors {first.descriptors} and {last.descriptors}",
        {
            "skipped": skipped,
            "kib_a_deployment": round(slope / 1024, 2),
            "resident_first_mib": first.resident >> 20,
            "resident_last_mib": last.resident >> 20,
            "threads_grown": grown["threads"],
            "descriptors_grown": grown["descriptors"],
        },
    )
