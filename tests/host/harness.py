"""A host in this process, on a real Kafka, with its Admin API on a real socket; and what tests do with it."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

import httpx  # noqa: TID253
import uvicorn  # noqa: TID253
from confluent_kafka import KafkaError, TopicPartition  # noqa: TID253

from rpkpy.batches.record import Record
from rpkpy.config.settings import KafkaSettings
from rpkpy.host import service
from rpkpy.host.journal import MODULES, OFFSETS, TRANSFORMS
from rpkpy.host.server import application
from rpkpy.host.settings import HostSettings, Timing
from rpkpy.kafka import client
from rpkpy.redpanda import transform_logs
from rpkpy.wasm.limits import Limits

T = TypeVar("T")

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

    def states(self, name: str) -> list[str]:
        """The states of a transform's partitions, in order."""
        return [status["status"] for item in self.listing() if item["name"] == name for status in item["status"]]


@contextmanager
def running_host(kafka: KafkaSettings, *, timing: Timing = QUICK, **more: Any) -> Iterator[Api]:
    """A host on `kafka` for the time of the block, stopped in order at its end."""
    host = service.Host(HostSettings(kafka, timing=timing, **more))
    host.start()
    config = uvicorn.Config(application(host.controller, host.around), port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    try:
        eventually(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        api = Api(f"http://127.0.0.1:{port}")
        with api.http:
            yield api
    finally:
        server.should_exit = True
        thread.join(20)
        host.stop()


def eventually(probe: Callable[[], T], timeout_s: float = 20) -> T:
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
    """What the state topics hold, as a fresh host would read it."""
    state: dict[str, dict[bytes, bytes]] = {}
    for topic in (TRANSFORMS, MODULES, OFFSETS):
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
