"""What the engine is measured in besides speed: threads, starting, memory."""

import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

from hosts import instance
from workloads import Feeds, Guest

from rpkpy.engine import Engine, Instance
from rpkpy.wasm.limits import Limits

_STATM = Path("/proc/self/statm")


def _process(one: Instance, feeds: Feeds, repeats: int) -> None:
    for _ in range(repeats):
        for feed in feeds.feeds:
            len(one.process(feed).batches[0])


def two_threads(guest: Guest, feeds: Feeds, *, rounds: int, seconds: float) -> dict[str, float]:
    """Throughput of two instances on two threads as a multiple of one's, and the cores that the two kept busy."""
    module = Engine().compile(guest.wasm)
    with instance(module, guest) as first, instance(module, guest) as second:
        for one in (first, second):
            one.start()
            _process(one, feeds, 1)
        begin = time.perf_counter()
        _process(first, feeds, 1)
        repeats = max(1, round(seconds / (time.perf_counter() - begin)))
        ratios, cores = [], []
        for _ in range(rounds):
            begin = time.perf_counter()
            _process(first, feeds, repeats)
            alone = time.perf_counter() - begin
            threads = [threading.Thread(target=_process, args=(one, feeds, repeats)) for one in (first, second)]
            begin, cpu = time.perf_counter(), time.process_time()
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            together = time.perf_counter() - begin
            ratios.append(2 * alone / together)
            cores.append((time.process_time() - cpu) / together)
    return {"ratio": statistics.median(ratios), "cores": statistics.median(cores)}


def warm_start(guest: Guest, *, rounds: int) -> dict[str, float]:
    """Medians in ms: loading the module from the cache of compiled code, and an instance up to its first read."""
    loads, starts = [], []
    limits = Limits(memory_bytes=guest.memory_bytes)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        with instance(Engine(limits, cache_dir=cache).compile(guest.wasm), guest) as one:
            one.start()
        for _ in range(max(rounds, 5)):
            engine = Engine(limits, cache_dir=cache)
            begin = time.perf_counter()
            module = engine.compile(guest.wasm)
            loaded = time.perf_counter()
            with instance(module, guest) as one:
                one.start()
                started = time.perf_counter()
            loads.append((loaded - begin) * 1000)
            starts.append((started - loaded) * 1000)
    load, start = statistics.median(loads), statistics.median(starts)
    return {"load_ms": load, "start_ms": start, "total_ms": load + start}


def _rss_mib() -> float:
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def memory(guest: Guest, feeds: Feeds, records: int) -> dict[str, float] | None:
    """Resident memory of this process in MiB before and after `records` records went through one instance.

    Begins after a twentieth of them; `peak_mib` is the most at a hundred looks in between. None where there is no
    /proc.
    """
    if not _STATM.exists():
        return None
    repeats = max(20, -(-records // feeds.records))
    with instance(Engine().compile(guest.wasm), guest) as one:
        one.start()
        _process(one, feeds, repeats // 20)
        start = peak = _rss_mib()
        for number in range(repeats):
            _process(one, feeds, 1)
            if number % max(1, repeats // 100) == 0:
                peak = max(peak, _rss_mib())
        end = _rss_mib()
    return {"records": repeats * feeds.records, "start_mib": start, "end_mib": end, "peak_mib": max(peak, end)}
