"""How fast the transform host is from topic to topic: whole batches over the wire, against per-message clients.

    python bench/host/run.py [--quick] [--only WORDS] [--json] [--save] [--brokers HOST:PORT]

Each line is one transform on one partition of a real Kafka, which is started for the benchmark (or named). Hosts are
processes of their own, one after the other in turns (wire, client, loop, wire, ...); each gets a topic that is full
already, and the clock runs from the moment its transform is resumed until the last output record can be read. CPU is
that of the host's whole process, its client library's threads included, and not the broker's. See bench/README.md.
"""

import argparse
import contextlib
import json
import signal
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parents[1]
sys.path[:0] = [str(BENCH.parent), str(BENCH / "engine")]

import measures  # noqa: E402
import workloads  # noqa: E402
from measures import Latency, Sample  # noqa: E402
from processes import Host  # noqa: E402

from rpkpy.config.settings import KafkaSettings  # noqa: E402
from rpkpy.kafka.local.broker import LocalBroker  # noqa: E402
from tests.kafka.fixture import shared_cache  # noqa: E402

PATHS = ("wire", "client")
WAYS = (*PATHS, "loop")
SAVED = Path(__file__).with_name("results.json")

CONNECT = {"records_per_s": 246_000, "cpu_us": [7.1, 8.0]}
"""Redpanda Connect with an identity in Rust, 100 B, the best of 20 configurations, as measured for rpkpy's design on
two quiet cores. A figure taken elsewhere at another time: no ratio is made of it."""


@dataclass(frozen=True)
class Case:
    """A workload in batches of so many records; how many records each way is given."""

    workload: workloads.Workload
    batch_records: int
    records: dict[str, int]

    @property
    def name(self) -> str:
        """As the table shows it."""
        return f"{self.workload.name}, {self.batch_records} a batch"


@dataclass(frozen=True)
class Row:
    """The medians of a case. Ratios are wire to the others, of the rounds' turns (CPU: the others to wire).

    `guest_us` is what the engine alone takes a record. `latency` is the wire's, at half of its load.
    """

    case: str
    records_per_s: dict[str, float]
    cpu_us: dict[str, float]
    ratio: dict[str, float]
    cpu_ratio: dict[str, float]
    guest_us: float
    latency: Latency | None


def measure(kafka: KafkaSettings, case: Case, guest: workloads.Guest, rounds: int, latency_s: float) -> Row:
    """A case, the ways taking turns."""
    batches = workloads.feeds(case.workload, case.batch_records, by_batch=True).batches
    samples: list[dict[str, Sample]] = []
    found = None
    for _ in range(rounds):
        taken: dict[str, Sample] = {}
        for path in PATHS:
            # One host at a time: two on one Kafka share the work.
            with contextlib.closing(Host(kafka.brokers[0], path)) as host:
                taken[path] = measures.throughput(kafka, host, guest, batches, case.records[path])
        taken["loop"] = measures.loop_throughput(kafka, guest, batches, case.records["loop"])
        samples.append(taken)
    if latency_s:
        half = statistics.median(sample["wire"].records_per_s for sample in samples) / 2
        with contextlib.closing(Host(kafka.brokers[0], "wire")) as host:
            found = measures.latency(kafka, host, guest, case.batch_records, batches, half, latency_s)

    def ratio(way: str) -> float:
        return statistics.median(each["wire"].records_per_s / each[way].records_per_s for each in samples)

    def cpu_ratio(way: str) -> float:
        return statistics.median(each[way].cpu_us / max(each["wire"].cpu_us, 1e-9) for each in samples)

    return Row(
        case.name,
        {way: statistics.median(sample[way].records_per_s for sample in samples) for way in WAYS},
        {way: statistics.median(sample[way].cpu_us for sample in samples) for way in WAYS},
        {way: ratio(way) for way in WAYS[1:]},
        {way: cpu_ratio(way) for way in WAYS[1:]},
        measures.guest_us(guest, batches),
        found,
    )


def others(kafka: KafkaSettings, guest: workloads.Guest, case: Case, rounds: int) -> dict[str, Any]:
    """What is measured of whole hosts, on the workload of `case`."""
    batches = workloads.feeds(case.workload, case.batch_records, by_batch=True).batches
    samples: list[dict[int, Sample]] = []
    for _ in range(rounds):
        counts = (1, 2)
        samples.append(
            {count: measures.workers(kafka, guest, batches, count, case.records["wire"]) for count in counts}
        )
    resumed = [measures.resume_s(kafka, guest, batches) for _ in range(rounds)]
    return {
        "resume_after_kill_s": statistics.median(resumed),
        "workers": {
            str(count): {
                "records_per_s": statistics.median(each[count].records_per_s for each in samples),
                "cpu_us": statistics.median(each[count].cpu_us for each in samples),
            }
            for count in (1, 2)
        },
        "two_workers_ratio": statistics.median(each[2].records_per_s / each[1].records_per_s for each in samples),
    }


def cases(scale: float) -> list[Case]:
    """What is measured; `scale` makes it shorter."""
    plan = (
        ("identity", 100, 1000, 2_000_000, 300_000, 60_000),
        ("identity", 100, 10, 1_000_000, 300_000, 60_000),
        ("identity", 1024, 100, 300_000, 100_000, 40_000),
        ("masking", 1024, 100, 100_000, 60_000, 40_000),
    )
    return [
        Case(
            workloads.Workload(guest, size),
            batch,
            {way: int(records * scale) for way, records in zip(WAYS, counts, strict=True)},
        )
        for guest, size, batch, *counts in plan
    ]


def table(rows: list[Row]) -> str:
    """The rows for a terminal."""
    lines = [f"{'':29}{'records/s':>27}{'ratio to':>14}{'CPU s/M records':>21}"]
    lines.append(
        f"{'':29}{'wire':>11}{'client':>8}{'loop':>8}{'client':>8}{'loop':>6}{'wire':>7}{'client':>8}{'loop':>6}"
        f"{'guest':>7}"
    )
    for row in rows:
        rate, cpu = row.records_per_s, row.cpu_us
        lines.append(
            f"{row.case:29}{rate['wire']:11,.0f}{rate['client']:8,.0f}{rate['loop']:8,.0f}"
            f"{row.ratio['client']:8.1f}{row.ratio['loop']:6.1f}"
            f"{cpu['wire']:7.2f}{cpu['client']:8.1f}{cpu['loop']:6.1f}{row.guest_us:7.2f}"
        )
    timed = [(row, row.latency) for row in rows if row.latency is not None]
    if timed:
        lines += ["", f"{'at half load, ms':29}{'whole':>15}{'floor':>15}{'host alone':>15}   (p50 / p99)"]
    for row, found in timed:
        shown = "".join(
            f"{f'{each.p50_ms:.1f} / {each.p99_ms:.1f}':>15}" for each in (found.whole, found.floor, found.host)
        )
        lines.append(f"{row.case:29}{shown}")
    return "\n".join(lines)


def rest(found: dict[str, Any]) -> str:
    """What `others` found, for a terminal."""
    one, two = (found["workers"][count]["records_per_s"] for count in ("1", "2"))
    return (
        f"one worker {one:,.0f} records/s, two {two:,.0f} (ratio {found['two_workers_ratio']:.2f}); "
        f"output goes on {found['resume_after_kill_s']:.1f} s after kill -9"
    )


def _merged(document: dict[str, Any]) -> dict[str, Any]:
    """`document`, with the rows that were saved before and not measured this time."""
    before = json.loads(SAVED.read_text()) if SAVED.exists() else {"rows": [], "others": None}
    rows = {row["case"]: row for row in (*before["rows"], *document["rows"])}
    ordered = [rows[case.name] for case in cases(1) if case.name in rows]
    return document | {"rows": ordered, "others": document["others"] or before["others"]}


@contextlib.contextmanager
def kafka_for(brokers: str | None) -> Iterator[KafkaSettings]:
    """The cluster that is named, or one for the time of the block."""
    if brokers:
        yield KafkaSettings((brokers,))
        return
    with tempfile.TemporaryDirectory() as folder:
        broker = LocalBroker(Path(folder) / "broker", shared_cache(), preferred=None)
        broker.start()
        try:
            yield KafkaSettings((broker.bootstrap,))
        finally:
            broker.purge()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="of the number of records")
    parser.add_argument(
        "--latency", type=float, default=5.0, metavar="SECONDS", help="of each run at half load; 0: none"
    )
    parser.add_argument("--no-others", action="store_true", help="neither workers nor a kill")
    parser.add_argument(
        "--save",
        action="store_true",
        help=f"keep the figures in {SAVED.name}, in place of earlier ones of the same cases",
    )
    parser.add_argument("--only", metavar="WORDS", help="cases whose name holds them")
    parser.add_argument("--brokers", help="a cluster to use; without it one is started")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the broker and the hosts are ended on the way out
    rounds, scale = (1, 0.2 * options.scale) if options.quick else (options.rounds, options.scale)
    rows: list[Row] = []
    found: dict[str, Any] | None = None
    with kafka_for(options.brokers) as kafka, tempfile.TemporaryDirectory() as folder:
        guests: dict[str, workloads.Guest] = {}
        for case in cases(scale):
            if options.only and options.only not in case.name:
                continue
            name = case.workload.guest
            if name not in guests:
                guests[name] = workloads.GUESTS[name](Path(folder))
            rows.append(measure(kafka, case, guests[name], rounds, options.latency))
            print(table(rows[-1:]), file=sys.stderr)
        if not options.no_others:
            found = others(kafka, workloads.identity(Path(folder)), cases(scale)[0], rounds)
            print(rest(found), file=sys.stderr)
    document = {"rows": [asdict(row) for row in rows], "others": found, "redpanda_connect_elsewhere": CONNECT}
    if options.save:
        SAVED.write_text(json.dumps(_merged(document), indent=2) + "\n")
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        print("\n\n".join(filter(None, (table(rows) if rows else "", rest(found) if found else ""))))


if __name__ == "__main__":
    main()
