"""What transforms cost in each language: the patterns of rpkpy's templates, as it makes and builds them, in its engine.

    python bench/languages/run.py [--language KEY]... [--quick] [--format json]

Every language whose toolchain is here is measured; the others are named on standard error, with the reason. The
languages take turns (c, cpp, go, ..., c, cpp, ...), and each figure is the median of its rounds. See bench/README.md.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from platformdirs import user_cache_path

sys.path.append(str(Path(__file__).parents[1] / "engine"))

import extras
import workloads
from hosts import EngineHost, instance
from workloads import Feeds, Guest, Workload

from rpkpy.engine import Engine
from rpkpy.errors import ToolchainError
from rpkpy.toolchains import languages
from rpkpy.wasm.limits import Limits

PATTERNS = ("identity", "masking")
BATCH_RECORDS = (1000, 100)
"""Records of a batch; a feed is one batch."""
VALUE_BYTES = 100


@dataclass
class Measured:
    """A pattern in a language.

    `records_per_s` is by the batch's records, in CPU time of the thread that runs the guest, from batches in to batches
    out. `fuel` is of one record (in batches of 1000), the engine's own part in it being the same for all.
    `start_ms` is an instance of the compiled module up to its first read; `memory_bytes` the most that the guest had.
    """

    language: str
    pattern: str
    module_bytes: int
    start_ms: float
    fuel: float = 0.0
    memory_bytes: int = 0
    records_per_s: dict[int, float] = field(default_factory=dict)


class Candidate:
    """A pattern's module in a language, and the hosts that run it."""

    def __init__(self, language: str, pattern: str, guest: Guest, rounds: int) -> None:
        started = extras.warm_start(guest, rounds=rounds)["start_ms"]
        self.measured = Measured(language, pattern, len(guest.wasm), started)
        self._feeds = {n: workloads.feeds(Workload(pattern, VALUE_BYTES), n, by_batch=True) for n in BATCH_RECORDS}
        self._host = EngineHost(guest)
        self._rates: dict[int, list[float]] = {n: [] for n in BATCH_RECORDS}
        self._repeats: dict[int, int] = {}
        self._count_fuel(guest, self._feeds[BATCH_RECORDS[0]])

    def _count_fuel(self, guest: Guest, feeds: Feeds) -> None:
        engine = Engine(Limits(memory_bytes=guest.memory_bytes))
        with instance(engine.compile(guest.wasm), guest) as one:
            one.start()
            for turn in range(2):  # the first one fills caches
                outputs = [one.process(feed) for feed in feeds.feeds]
                if turn and sum(output.stats.records_out for output in outputs) != feeds.records:
                    raise RuntimeError(f"{self.measured.language} does not write a record for each")
        self.measured.fuel = sum(output.stats.fuel_used for output in outputs) / feeds.records
        self.measured.memory_bytes = outputs[-1].stats.memory_bytes

    def turn(self, seconds: float) -> None:
        """One round of all feeds, about `seconds` each."""
        for n, feeds in self._feeds.items():
            if n not in self._repeats:
                once = self._host.measure(feeds, 1).cpu_s
                self._repeats[n] = max(1, round(seconds / (once + 1e-9)))
            sample = self._host.measure(feeds, self._repeats[n])
            self._rates[n].append(sample.records / sample.cpu_s)
            self.measured.records_per_s[n] = statistics.median(self._rates[n])


def candidates(keys: Sequence[str], folder: Path, rounds: int) -> tuple[list[Candidate], dict[str, str]]:
    """Every pattern of the languages `keys` that can be built here; the others with the reason."""
    cache = Path(os.environ.get("RPKPY_CACHE_DIR") or user_cache_path("rpkpy"))
    found: list[Candidate] = []
    missing: dict[str, str] = {}
    for key in keys:
        try:
            languages.find(key).detect(os.environ, cache)
            note(f"building {key} ...")
            found += [Candidate(key, name, workloads.template(folder, key, name), rounds) for name in PATTERNS]
        except ToolchainError as error:
            missing[key] = error.message
        except workloads.NotMade as error:
            missing[key] = str(error)
    return found, missing


def note(line: str) -> None:
    """Say something that is no result."""
    print(line, file=sys.stderr, flush=True)


_LINE = "{:<11} {:>7} {:>7} {:>7}  {:>8} {:>8}  {:>8} {:>7} {:>7}"


def table(measured: Sequence[Measured]) -> str:
    """A line for each language, 80 columns wide."""
    lines = [
        f"{'':<11} {'identity':^23}  {'masking':^17}  {'masking, the module':^24}",
        _LINE.format("", "rec/s", "rec/s", "fuel/", "rec/s", "fuel/", "size", "start", "memory"),
        _LINE.format("language", *(f"of {n}" for n in BATCH_RECORDS), "rec", "of 1000", "rec", "KB", "ms", "KiB"),
    ]
    by_pattern = {(one.language, one.pattern): one for one in measured}
    for language in dict.fromkeys(one.language for one in measured):
        passing, masking = (by_pattern[language, pattern] for pattern in PATTERNS)
        lines.append(
            _LINE.format(
                language,
                *(_rate(passing.records_per_s[n]) for n in BATCH_RECORDS),
                f"{passing.fuel:,.0f}",
                _rate(masking.records_per_s[BATCH_RECORDS[0]]),
                f"{masking.fuel:,.0f}",
                f"{masking.module_bytes / 1000:,.0f}",
                f"{masking.start_ms:.2f}",
                f"{masking.memory_bytes / 1024:,.0f}",
            )
        )
    return "\n".join(lines)


def _rate(per_s: float) -> str:
    return f"{per_s / 1e6:.2f} M" if per_s >= 1e5 else f"{per_s / 1e3:.1f} k"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", action="append", metavar="KEY", choices=languages.keys(), help="this one alone")
    parser.add_argument("--quick", action="store_true", help="three short rounds instead of seven")
    parser.add_argument("--rounds", type=int, help="turns of each language")
    parser.add_argument("--seconds", type=float, help="length of a turn at each feed")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    options = parser.parse_args()
    options.language = options.language or languages.keys()
    options.rounds = options.rounds or (3 if options.quick else 7)
    options.seconds = options.seconds or (0.05 if options.quick else 0.25)
    return options


def main() -> int:
    """Build, measure, print."""
    options = _options()
    with tempfile.TemporaryDirectory() as name:
        found, missing = candidates(options.language, Path(name), options.rounds)
        note(f"measuring {len(found)} modules, {options.rounds} rounds ...")
        for _ in range(options.rounds):
            for candidate in found:
                candidate.turn(options.seconds)
    measured = [candidate.measured for candidate in found]
    for reason in dict.fromkeys(missing.values()):
        note(f"left out: {', '.join(key for key in missing if missing[key] == reason)}: {reason}")
    if options.format == "json":
        print(json.dumps({"measured": [asdict(one) for one in measured], "missing": missing}, indent=2))
    else:
        print(table(measured))
    return 0 if measured else 1


if __name__ == "__main__":
    sys.exit(main())
