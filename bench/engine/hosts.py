"""The hosts that are compared, each behind the same two questions: what do you write, and how long does it take."""

import contextlib
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import native
import wasmtime
from per_record_host import PerRecordHost, make_engine
from workloads import Feeds, Guest

from rpkpy.batches.codec import MalformedBatch
from rpkpy.engine import CompiledModule, Engine, Instance
from rpkpy.wasm.limits import Limits

_TOPIC = "output"


@dataclass(frozen=True)
class Sample:
    """What a number of records took: CPU time of the thread that ran the guest, and wall time, in seconds."""

    records: int
    cpu_s: float
    wall_s: float


class Host(Protocol):
    """Runs a guest over feeds. Each call starts from a warm guest."""

    name: str

    def output(self, feeds: Feeds) -> bytes:
        """Every batch that the guest writes when it gets the feeds once."""

    def measure(self, feeds: Feeds, repeats: int) -> Sample:
        """Give the guest the feeds `repeats` times."""


def _now() -> tuple[int, int]:
    return time.thread_time_ns(), time.perf_counter_ns()


def _sample(records: int, begin: tuple[int, int], end: tuple[int, int]) -> Sample:
    return Sample(records, (end[0] - begin[0]) / 1e9, (end[1] - begin[1]) / 1e9)


class EngineHost:
    """rpkpy.engine as a record path uses it: in a thread of its own, input stands in the instance's memory, where a
    fetch puts it, and the finished batches are read where they stand (`Instance.process_input`)."""

    name = "engine"

    def __init__(self, guest: Guest) -> None:
        engine = Engine(Limits(memory_bytes=guest.memory_bytes))
        self._instance = instance(engine.compile(guest.wasm), guest)
        self._instance.start()

    def output(self, feeds: Feeds) -> bytes:
        written = []
        for feed in feeds.feeds:
            self._instance.input_area(len(feed))[:] = feed
            written.append(bytes(self._instance.process_input(len(feed)).batches[0]))
        return b"".join(written)

    def measure(self, feeds: Feeds, repeats: int) -> Sample:
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._measure, feeds, repeats).result()

    def _measure(self, feeds: Feeds, repeats: int) -> Sample:
        process, area, given = self._instance.process_input, self._instance.input_area, feeds.feeds
        self.output(feeds)
        begin = _now()
        if len(given) == 1:  # what is given again and again is there already, as it is for the native host
            size = len(given[0])
            for _ in range(repeats):
                len(process(size).batches[0])
        else:
            for _ in range(repeats):
                for feed in given:
                    area(len(feed))[:] = feed
                    len(process(len(feed)).batches[0])
        return _sample(repeats * feeds.records, begin, _now())


def instance(module: CompiledModule, guest: Guest) -> Instance:
    """An instance with one output topic that has not been started; it trusts checksums, as Kafka's clients do."""
    return Instance(
        module, name="bench", input_topic="input", output_topics=[_TOPIC], env=guest.env, on_log=None, check_crcs=False
    )


def engine_checks_crc(guest: Guest, batch: bytes) -> bool:
    """Whether `process` refuses a batch with a wrong checksum: the native host then tests them, too."""
    wrong = batch[:17] + bytes(byte ^ 0xFF for byte in batch[17:21]) + batch[21:]
    with instance(Engine().compile(guest.wasm), guest) as one:
        one.start()
        try:
            one.process(wrong)
        except MalformedBatch:
            return True
        return False


class PerRecord:
    """The frozen Python host of per_record_host.py."""

    name = "per record"

    def __init__(self, guest: Guest) -> None:
        self._env = guest.env
        self._engine = make_engine()
        self._module = wasmtime.Module(self._engine, guest.wasm)

    def _host(self) -> PerRecordHost:
        return PerRecordHost(self._engine, self._module, output_topics=[_TOPIC], env=self._env)

    def output(self, feeds: Feeds) -> bytes:
        written: list[bytes] = []
        self._host().run(iter(feeds.feeds), lambda topics: written.append(topics[0]))
        return b"".join(written)

    def measure(self, feeds: Feeds, repeats: int) -> Sample:
        times: list[tuple[int, int]] = []

        def given() -> Iterator[bytes]:
            yield from feeds.feeds
            times.append(_now())
            for _ in range(repeats):
                yield from feeds.feeds
            times.append(_now())

        self._host().run(given(), lambda topics: len(topics[0]))
        return _sample(repeats * feeds.records, *times)


class Native:
    """The Rust program of bench/native."""

    name = "native"

    def __init__(self, host: Path, guest: Guest, folder: Path, *, trust_crc: bool) -> None:
        self._host, self._env, self._memory_bytes, self._trust_crc = host, guest.env, guest.memory_bytes, trust_crc
        self._module, self._feed, self._output = folder / "guest.wasm", folder / "feed", folder / "output"
        self._module.write_bytes(guest.wasm)

    def _run(self, feeds: Feeds, repeats: int, output: Path | None = None) -> dict[str, float]:
        data = b"".join(feeds.batches)
        with contextlib.suppress(FileNotFoundError):
            if self._feed.read_bytes() == data:
                data = b""
        if data:
            self._feed.write_bytes(data)
        return native.run(
            self._host,
            self._module,
            self._feed,
            feed_batches=1 if feeds.by_batch else 0,
            repeats=repeats,
            env=self._env,
            memory_bytes=self._memory_bytes,
            trust_crc=self._trust_crc,
            output=output,
        )

    def output(self, feeds: Feeds) -> bytes:
        self._run(feeds, 1, self._output)
        return self._output.read_bytes()

    def measure(self, feeds: Feeds, repeats: int) -> Sample:
        answer = self._run(feeds, repeats)
        return Sample(int(answer["records_in"]), answer["cpu_s"], answer["wall_s"])
