"""What is measured of hosts: throughput, latency beside its floor, resuming after a kill, workers."""

import statistics
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cluster
import workloads
from processes import Host, cpu_s, deployed, loop, running

from rpkpy.config.settings import KafkaSettings
from rpkpy.engine import Engine, Instance
from rpkpy.wasm.limits import BROKER
from tests.host.harness import eventually


@dataclass(frozen=True)
class Sample:
    """One run: records a second of wall time, microseconds of CPU a record."""

    records_per_s: float
    cpu_us: float


@dataclass(frozen=True)
class Times:
    """Percentiles of milliseconds."""

    p50_ms: float
    p99_ms: float
    worst_ms: float

    @classmethod
    def of(cls, found: Sequence[float]) -> "Times":
        """Those of what was found."""
        ordered = sorted(found)
        return cls(statistics.median(ordered), ordered[int(len(ordered) * 0.99)], ordered[-1])


@dataclass(frozen=True)
class Latency:
    """Of batches at an even rate. `whole`: from before one is written until its output can be read. `floor`: until
    the batch itself can be read from the input topic, no host in between, by the same tool. `host`: what a batch's
    output came later than the batch itself, which is the host and the second write."""

    records_per_s: float
    whole: Times
    floor: Times
    host: Times


def throughput(
    kafka: KafkaSettings, host: Host, guest: workloads.Guest, batches: tuple[bytes, ...], records: int
) -> Sample:
    """Have a host work off a full topic."""
    source, target = cluster.new_topic(kafka), cluster.new_topic(kafka)
    with deployed(host.api, guest, source, target) as name:
        host.api.patch(name, is_paused=True)
        count = cluster.fill(kafka, source, batches, records)
        output = cluster.Output(kafka, target)
        before_s, began = host.cpu_s(), time.perf_counter()
        host.api.patch(name, is_paused=False)
        output.await_records(count, 120)
        took_s, used_s = time.perf_counter() - began, host.cpu_s() - before_s
        output.close()
    return Sample(count / took_s, used_s / count * 1e6)


def loop_throughput(kafka: KafkaSettings, guest: workloads.Guest, batches: tuple[bytes, ...], records: int) -> Sample:
    """The same of the loop per record."""
    source, target = cluster.new_topic(kafka), cluster.new_topic(kafka)
    count = cluster.fill(kafka, source, batches, records)
    output = cluster.Output(kafka, target)
    with loop(kafka, guest, source, target, count) as process:
        before_s, began = process.cpu_s(), time.perf_counter()
        process.go()
        output.await_records(int(count * 0.99), 120)  # it ends with the last one
        took_s, used_s = time.perf_counter() - began, process.cpu_s() - before_s
    output.close()
    return Sample(count * 0.99 / took_s, used_s / (count * 0.99) * 1e6)


def guest_us(guest: workloads.Guest, batches: tuple[bytes, ...], seconds: float = 0.5) -> float:
    """Microseconds of CPU a record that the engine takes for it, the input standing in its memory."""
    feed = b"".join(batches)
    compiled = Engine(BROKER).compile(guest.wasm)
    with Instance(
        compiled, name="alone", input_topic="in", output_topics=["out"], env=guest.env, check_crcs=False
    ) as instance:
        instance.start()
        records, used_s = 0, 0.0
        while used_s < seconds:
            instance.input_area(len(feed))[:] = feed
            began = time.thread_time()
            records += instance.process_input(len(feed)).stats.records_in
            used_s += time.thread_time() - began
    return used_s / records * 1e6


def latency(
    kafka: KafkaSettings,
    host: Host,
    guest: workloads.Guest,
    batch_records: int,
    batches: tuple[bytes, ...],
    rate: float,
    seconds: float,
) -> Latency:
    """Give a host batches at an even rate (records a second)."""
    source, target = cluster.new_topic(kafka), cluster.new_topic(kafka)
    interval_s = batch_records / rate
    count = int(seconds / interval_s)
    written: list[float] = []
    with deployed(host.api, guest, source, target):
        arrivals = [cluster.Arrivals(kafka, topic, count * batch_records) for topic in (source, target)]
        writer = cluster.Writer(kafka, source)
        begin = time.perf_counter() + 0.2
        for number in range(count):
            time.sleep(max(0.0, begin + number * interval_s - time.perf_counter()))
            written.append(time.perf_counter())
            writer.write([batches[number % len(batches)]])
        for each in arrivals:
            each.join(60)
        writer.close()
    there, done = (each.of_batches(batch_records, count) for each in arrivals)
    return Latency(
        count * batch_records / (written[-1] - written[0]),
        Times.of([(at - sent) * 1e3 for sent, at in zip(written, done, strict=True)]),
        Times.of([(at - sent) * 1e3 for sent, at in zip(written, there, strict=True)]),
        Times.of([(after - before) * 1e3 for before, after in zip(there, done, strict=True)]),
    )


def resume_s(kafka: KafkaSettings, guest: workloads.Guest, batches: tuple[bytes, ...]) -> float:
    """Two hosts, one killed (SIGKILL) that works on a steady input: seconds until output goes on."""
    source, target = cluster.new_topic(kafka), cluster.new_topic(kafka)
    ending = threading.Event()

    def write() -> None:
        writer = cluster.Writer(kafka, source)
        while not ending.wait(0.02):
            writer.write(batches[:1])
        writer.close()

    with running(kafka, 2) as hosts, deployed(hosts[0][1], guest, source, target) as name:
        arrivals = cluster.Arrivals(kafka, target, 1 << 60)
        thread = threading.Thread(target=write, daemon=True)
        thread.start()
        try:
            if not eventually(lambda: len(arrivals.seen) > 50):
                raise RuntimeError("nothing arrives")
            owner = hosts[0][1].entry(name)["status"][0]["node_id"]
            hosts[owner][0].kill()
            killed = time.perf_counter()
            hosts[owner][0].wait()
            # What it had sent before may still come; what comes a second later is the other host's.
            if not eventually(lambda: arrivals.seen[-1][0] > killed + 1.0):
                raise RuntimeError("nothing arrives after the kill")
            return next(at for at, _ in arrivals.seen if at > killed + 1.0) - killed
        finally:
            ending.set()
            thread.join()
            arrivals.stop()


def workers(
    kafka: KafkaSettings, guest: workloads.Guest, batches: tuple[bytes, ...], count: int, records: int
) -> Sample:
    """A host with `count` workers on a full topic of two partitions, over the wire."""
    source, target = cluster.new_topic(kafka, 2), cluster.new_topic(kafka, 2)
    with (
        running(kafka, 1, "--workers", str(count), "--record-path", "wire") as ((process, api),),
        deployed(api, guest, source, target, 2) as name,
    ):
        api.patch(name, is_paused=True)
        each = [cluster.fill(kafka, source, batches, records // 2, partition) for partition in (0, 1)]
        outputs = [cluster.Output(kafka, target, partition) for partition in (0, 1)]
        before_s, began = _tree_cpu_s(process.pid), time.perf_counter()
        api.patch(name, is_paused=False)
        for output, filled in zip(outputs, each, strict=True):
            output.await_records(filled, 120)
        took_s, used_s = time.perf_counter() - began, _tree_cpu_s(process.pid) - before_s
        for output in outputs:
            output.close()
    return Sample(sum(each) / took_s, used_s / sum(each) * 1e6)


def _tree_cpu_s(pid: int) -> float:
    """CPU seconds of a process and its children so far."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return cpu_s(pid) + sum(map(cpu_s, children))
