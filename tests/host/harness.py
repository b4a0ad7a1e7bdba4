"""A host in this process, on a real Kafka, with its Admin API on a real socket; and what tests do with it."""

import asyncio
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import httpx  # noqa: TID253
import uvicorn  # noqa: TID253
from confluent_kafka import KafkaError, TopicPartition  # noqa: TID253
from starlette.applications import Starlette  # noqa: TID253

from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.host import service
from rpkpy.host.access import listening
from rpkpy.host.access.connections import Loop
from rpkpy.host.journal import MODULES, TRANSFORMS
from rpkpy.host.server import application, server_config
from rpkpy.host.settings import HostSettings, Timing
from rpkpy.host.telemetry import Telemetry
from rpkpy.kafka import client, groups
from rpkpy.redpanda import transform_logs
from rpkpy.wasm.limits import Limits

T = TypeVar("T")

RECORD_PATHS = ("wire", "client")
"""The ways of records that tests run on: what passes on one passes on all."""

GROUPS = "groups"
_STEPS = 200

QUICK = Timing(commit_s=0.2, log_flush_s=0.05, backoff_first_s=0.2, backoff_max_s=1.0, refresh_s=0.3)
"""Intervals for tests: nothing but waiting differs from the broker's."""


class Api:
    """The Admin API of a host."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=30, trust_env=False)

    def deploy(self, name: str, source: str, outputs: Sequence[str], wasm: bytes, **more: Any) -> httpx.Response:
        """Deploy as rpk does; asserts nothing."""
        document = {"name": name, "input_topic": source, "output_topics": list(outputs), **more}
        body = json.dumps(document, separators=(",", ":")).encode() + wasm
        return self.http.post("/v1/transform/deploy", content=body, headers={"content-type": "application/json"})

    def patch(self, name: str, **patch: Any) -> httpx.Response:
        """Patch a transform whose name needs no escaping."""
        return self.http.put(f"/v1/transform/{name}/meta", json=patch)

    def listing(self) -> list[dict[str, Any]]:
        """The list answer."""
        answer: list[dict[str, Any]] = self.http.get("/v1/transform").json()
        return answer

    def entry(self, name: str) -> dict[str, Any]:
        """The list's entry of a transform."""
        (found,) = [item for item in self.listing() if item["name"] == name]
        return found

    def states(self, name: str) -> list[str]:
        """The states of a transform's partitions, in order."""
        return [status["status"] for item in self.listing() if item["name"] == name for status in item["status"]]

    def lags(self, name: str) -> list[int]:
        """The lags of a transform's partitions, in order."""
        return [status["lag"] for status in self.entry(name)["status"]]

    def committed(self) -> list[tuple[str, int, int]]:
        """Name, partition and offset of each output's committed offset."""
        rows = self.http.get("/v1/transform/debug/committed_offsets").json()
        return [(row["transform_name"], row["partition"], row["offset"]) for row in rows]


@contextmanager
def running_host(
    kafka: KafkaSettings, *, timing: Timing = QUICK, telemetry: Telemetry | None = None, **more: Any
) -> Iterator[Api]:
    """A host on `kafka` for the time of the block, stopped in order at its end."""
    host = service.Host(HostSettings(kafka, timing=timing, **more), telemetry=telemetry)
    host.start()
    app = application(host.controller, host.around, watch=host.watch)
    access = host.settings.access
    tls = listening.context(access.tls) if access.tls is not None else None
    try:
        with served(app, tls, host.settings.listen_host) as listener:
            api = Api(listening.url(host.settings.listen_host, listener, access))
            with api.http:
                yield api
    finally:
        host.stop()


@contextmanager
def served(app: Starlette, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1") -> Iterator[socket.socket]:
    """The socket at which `app` is served, as a host serves its own."""
    listener = listening.listen(address, 0)
    server = uvicorn.Server(server_config(app, tls))

    def serve() -> None:
        with asyncio.Runner(loop_factory=Loop) as runner:
            runner.run(server.serve(sockets=[listener]))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        assert eventually(lambda: server.started)
        yield listener
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


def eventually(probe: Callable[[], T], timeout_s: float = 60) -> T:
    """Ask until the answer is true; the last answer, whatever it is, after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while True:
        answer = probe()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.05)


def produce(
    kafka: KafkaSettings, topic: str, values: Sequence[str | bytes | None], partition: int = 0, **more: Any
) -> None:
    """Write `values`, acknowledged; `more` goes to the client's produce (key, headers, timestamp)."""
    producer = client.producer(kafka)
    for value in values:
        producer.produce(topic, value=value, partition=partition, **more)
    assert producer.flush(20) == 0


@contextmanager
def steadily_written(
    kafka: KafkaSettings, topic: str, count: int, partitions: int = 1, *, lasting_s: float = 8.0
) -> Iterator[None]:
    """Writes `count` numbered records of 100 bytes to each partition while the block runs, over `lasting_s`.

    A host is much faster than that: whatever happens to it in these seconds happens in the middle of its work.
    """
    ending = threading.Event()

    def write() -> None:
        producer = client.producer(kafka, linger_ms=5)
        for index in range(count):
            for partition in range(partitions):
                producer.produce(topic, value=b"%08d" % index + b"x" * 92, partition=partition)
            if index % (count // _STEPS) == 0:
                producer.poll(0)
                ending.wait(lasting_s / _STEPS)
        producer.flush(20)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    try:
        yield
    finally:
        ending.set()
        writer.join(30)


def consume(kafka: KafkaSettings, topic: str, partition: int = 0) -> list[Record]:
    """All records of a partition as it is now; none where the topic is not there."""
    consumer = client.consumer(
        kafka, group_id="reader", enable_partition_eof=True, enable_auto_commit=False, fetch_wait_max_ms=10
    )
    records: list[Record] = []
    try:
        consumer.assign([TopicPartition(topic, partition, 0)])
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            message = consumer.poll(1)
            if message is None:
                continue
            error = message.error()
            if error is not None:
                if error.code() == KafkaError._PARTITION_EOF:
                    return records
                assert error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_PARTITION), error
                return []
            offset, headers = message.offset(), cast("list[tuple[str, bytes | None]]", message.headers() or [])
            assert offset is not None
            named = tuple((key.encode(), value) for key, value in headers)
            records.append(Record(message.key(), message.value(), named, message.timestamp()[1], offset))
    finally:
        consumer.close()
    raise AssertionError(f"{topic} could not be read to its end")


def values(kafka: KafkaSettings, topic: str, partition: int = 0) -> list[str]:
    """The values in a partition, as text."""
    return [(record.value or b"").decode() for record in consume(kafka, topic, partition)]


def values_of(kafka: KafkaSettings, topic: str, count: int, partition: int = 0) -> list[str]:
    """The values in a partition once there are `count` of them (or after some time)."""
    found: list[str] = []

    def enough() -> bool:
        found[:] = values(kafka, topic, partition)
        return len(found) >= count

    eventually(enough)
    return found


def logged(kafka: KafkaSettings, name: str) -> list[tuple[int, str]]:
    """Severity and body of a transform's log events, oldest first, in whatever partition they are."""
    # other tests of the session write to the topic too, also what is no log event
    own = [record for record in log_records(kafka) if record.key == transform_logs.encode_key(name)]
    events = sorted((transform_logs.decode(record.value or b"") for record in own), key=lambda event: event.time_ns)
    return [(event.severity, event.body) for event in events if event.transform == name]


def log_records(kafka: KafkaSettings) -> list[Record]:
    """All records of the log topic: every partition, since the session's topic has as many as its first user made."""
    topic = client.admin(kafka).metadata().topics.get(transform_logs.TOPIC)
    partitions = sorted(topic.partitions) if topic is not None else []
    return [record for partition in partitions for record in consume(kafka, transform_logs.TOPIC, partition)]


def state_of(kafka: KafkaSettings) -> dict[str, dict[bytes, bytes]]:
    """What is kept of transforms, as a fresh host would read it: two topics, and the names of groups as keys."""
    names = [name for name in groups.names(client.admin(kafka)) if name.startswith("rpkpy.")]
    state: dict[str, dict[bytes, bytes]] = {GROUPS: {name.encode(): b"" for name in names}}
    for topic in (TRANSFORMS, MODULES):
        found: dict[bytes, bytes] = {}
        for record in consume(kafka, topic):
            assert record.key is not None
            found.pop(record.key, None)
            if record.value is not None:
                found[record.key] = record.value
        state[topic] = found
    return state


def limits(**changes: int) -> Limits:
    """The broker's limits with `changes`."""
    return Limits(**changes)
