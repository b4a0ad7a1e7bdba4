"""How fast the engine is: against a native host, and against a Python host that is called for each record.

    python bench/engine/run.py [--quick] [--long] [--json] [--guest NAME] [--batch N]... [--no-native]

Each line is one workload and one way to feed it: `1 MiB of 100` is a feed of 1 MiB in batches of 100 records,
`1 batch of 100` is a feed of one such batch. The hosts take turns (engine, native, per record, engine, ...), so that a
machine whose speed drifts does not tilt the ratios, and each ratio is the median of the rounds' ratios: above 1 the
engine is the faster one. Records per second are those of the thread's CPU time; wall time shows beside it in the
ratios, and is what a busy machine spoils. Before the clock starts, all hosts must have written the same records.

Guests: `identity` writes each record as it came (WebAssembly text), `masking` is the C template's JSON masking, built
by `rpkpy transform init` and `build`. Hosts: the engine (`Instance.process` and the finished batches of its Output),
bench/native (Rust; left out, with a note, without cargo), per_record_host.py. See bench/README.md.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import extras
import native
import workloads
from hosts import EngineHost, Host, Native, PerRecord, Sample, engine_checks_crc
from workloads import Feeds, Guest, Workload

from rpkpy.batches.codec import decode_batches

_ENGINE = EngineHost.name


@dataclass(frozen=True)
class Row:
    """One workload fed in one way. Rates by host; ratios of the engine to each other host."""

    workload: str
    feed: str
    records_per_cpu_s: dict[str, float]
    records_per_wall_s: dict[str, float]
    cpu_ratio: dict[str, float]
    wall_ratio: dict[str, float]


def _same_output(hosts: Sequence[Host], feeds: Feeds) -> None:
    """Raises unless all hosts write the same records; timestamps are those of writing, and differ."""
    first, *others = (
        [
            (record.key, record.value, record.headers)
            for batch in decode_batches(host.output(feeds))
            for record in batch.records()
        ]
        for host in hosts
    )
    if not first or any(other != first for other in others):
        raise RuntimeError(f"{', '.join(host.name for host in hosts)} do not write the same records")


def compare(workload: Workload, hosts: Sequence[Host], feeds: Feeds, *, rounds: int, seconds: float) -> Row:
    """Measure `hosts` (the engine first) in turns, about `seconds` each a turn."""
    _same_output(hosts, feeds)
    repeats = {host.name: max(1, round(seconds / (host.measure(feeds, 1).wall_s + 1e-9))) for host in hosts}
    turns: list[dict[str, Sample]] = [
        {host.name: host.measure(feeds, repeats[host.name]) for host in hosts} for _ in range(rounds)
    ]

    def rate(name: str, sample: Sample) -> float:
        return sample.records / (sample.cpu_s if name == "cpu" else sample.wall_s)

    def rates(clock: str) -> dict[str, float]:
        return {name: statistics.median(rate(clock, turn[name]) for turn in turns) for name in repeats}

    def ratios(clock: str) -> dict[str, float]:
        return {
            name: statistics.median(rate(clock, turn[_ENGINE]) / rate(clock, turn[name]) for turn in turns)
            for name in repeats
            if name != _ENGINE
        }

    return Row(workload.name, feeds.name, rates("cpu"), rates("wall"), ratios("cpu"), ratios("wall"))


def _feeds(workload: Workload, batch_records: Sequence[int]) -> Iterator[Feeds]:
    for records in batch_records:
        whole = workloads.feeds(workload, records, by_batch=False)
        yield whole
        if len(whole.batches) > 1:  # else a batch is a feed already
            yield workloads.feeds(workload, records, by_batch=True)


_LINE = "{:<14} {:<15} {:>9} {:>9} {:>10}   {:>6} {:>6}    {:>6} {:>6}"
_HEAD = (
    f"{'':<30} {'records per CPU second':^30}   {'engine/native':^13}   {'engine/per record':^14}\n"
    + _LINE.format("workload", "feed", _ENGINE, Native.name, PerRecord.name, "CPU", "wall", "CPU", "wall")
)  # fmt: skip


def _line(row: Row) -> str:
    def rate(name: str) -> str:
        return f"{row.records_per_cpu_s[name] / 1000:,.0f} k" if name in row.records_per_cpu_s else "-"

    def ratio(ratios: dict[str, float], name: str) -> str:
        if name not in ratios:
            return "-"
        return f"{ratios[name]:.2f}" if ratios[name] >= 0.1 else f"{ratios[name]:.4f}"

    return _LINE.format(
        row.workload,
        row.feed,
        *(rate(name) for name in (_ENGINE, Native.name, PerRecord.name)),
        *(ratio(r, name) for name in (Native.name, PerRecord.name) for r in (row.cpu_ratio, row.wall_ratio)),
    )


def _rest(guest: str, threads: dict[str, float], start: dict[str, float], memory: dict[str, float] | None) -> str:
    lines = [
        f"\n{guest}, values of 100 B, 1 MiB feeds",
        f"  two instances on two threads  {threads['ratio']:.2f} x one ({threads['cores']:.2f} cores busy)",
        f"  warm start of an instance     {start['total_ms']:.2f} ms "
        f"({start['load_ms']:.2f} to load the compiled module, {start['start_ms']:.2f} to its first read)",
    ]
    if memory is not None:
        lines.append(
            f"  resident memory               {memory['start_mib']:.1f} MiB; {memory['end_mib']:.1f} MiB after "
            f"{memory['records'] / 1e6:.1f} million records (at most {memory['peak_mib']:.1f})"
        )
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three short rounds instead of seven: a rough look")
    parser.add_argument("--long", action="store_true", help="look at memory over 10 million records, not 1 million")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end instead of the table")
    parser.add_argument("--guest", choices=("identity", "masking"), help="this guest alone")
    parser.add_argument("--batch", type=int, action="append", metavar="N", help="batches of N records (repeatable)")
    parser.add_argument("--rounds", type=int, help="turns of each host")
    parser.add_argument("--seconds", type=float, help="length of a turn")
    parser.add_argument("--records", type=int, help="records that pass while memory is looked at")
    parser.add_argument("--no-native", action="store_true", help="leave the native host out")
    options = parser.parse_args()
    options.batch = options.batch or list(workloads.BATCH_RECORDS)
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.05 if options.quick else 0.25)
    options.records = options.records or (10_000_000 if options.long else 100_000 if options.quick else 1_000_000)
    return options


def _native(options: argparse.Namespace) -> Path | None:
    """The native host's path, or None, and a note says why."""
    if options.no_native:
        return None
    print("Building bench/native (minutes the first time) ...", file=sys.stderr)
    try:
        return native.build()
    except native.NativeUnavailable as error:
        print(f"No native host: {error}.", file=sys.stderr)
        return None


def _hosts(guest: Guest, native_host: Path | None, folder: Path) -> list[Host]:
    hosts: list[Host] = [EngineHost(guest), PerRecord(guest)]
    if native_host is not None:
        some_batch = workloads.feeds(workloads.WORKLOADS[0], 1, by_batch=True).batches[0]
        hosts.insert(1, Native(native_host, guest, folder, trust_crc=not engine_checks_crc(guest, some_batch)))
    return hosts


def main() -> None:
    """Measure, and print each line as it is known."""
    options = _options()
    native_host = _native(options)
    rows: list[Row] = []

    def show(line: str) -> None:
        if not options.json:
            print(line, flush=True)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        guests = {name: make(folder) for name, make in workloads.GUESTS.items() if options.guest in (None, name)}
        show(_HEAD)
        for workload in workloads.WORKLOADS:
            if workload.guest not in guests:
                continue
            hosts = _hosts(guests[workload.guest], native_host, folder)
            for feeds in _feeds(workload, options.batch):
                rows.append(compare(workload, hosts, feeds, rounds=options.rounds, seconds=options.seconds))
                show(_line(rows[-1]))

    rest: dict[str, dict[str, dict[str, float] | None]] = {}
    for guest_name, guest in guests.items():
        feeds = workloads.feeds(Workload(guest_name, 100), max(options.batch), by_batch=False)
        threads = extras.two_threads(guest, feeds, rounds=options.rounds, seconds=options.seconds)
        start = extras.warm_start(guest, rounds=options.rounds)
        memory = extras.memory(guest, feeds, options.records)
        rest[guest_name] = {"two_threads": threads, "warm_start": start, "memory": memory}
        show(_rest(guest_name, threads, start, memory))
    if options.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "guests": rest}, indent=2))


if __name__ == "__main__":
    main()
