"""OpenTelemetry: what the standard variables ask for reaches a collector on loopback, as protobuf that decodes."""

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import pytest

from rpkpy.errors import ConfigError
from rpkpy.host import telemetry
from tests.host import guests
from tests.host.harness import eventually, produce, running_host, values_of
from tests.kafka.fixture import TestKafka
from tests.redpanda.loopback import Asked, Loopback, Reply

T = TypeVar("T")


class Collector:
    """Takes OTLP over HTTP; its answers can be made to fail."""

    def __init__(self) -> None:
        self.status = 200
        self.server = Loopback(self._answer)
        self.server.start()

    def _answer(self, asked: Asked) -> Reply:
        return Reply(self.status, b"", {"content-type": "application/x-protobuf"})

    def requests(self, path: str) -> list[Asked]:
        return [asked for asked in self.server.asked if asked.path == path]

    def decoded(self, path: str, kind: Callable[[], T]) -> list[T]:
        found = []
        for asked in self.requests(path):
            assert (asked.method, asked.headers["content-type"]) == ("POST", "application/x-protobuf")
            body = gzip.decompress(asked.body) if asked.headers.get("content-encoding") == "gzip" else asked.body
            request: Any = kind()
            assert request.ParseFromString(body) == len(body)
            found.append(request)
        return found

    def spans(self) -> list[Any]:
        from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

        requests: list[Any] = self.decoded("/v1/traces", ExportTraceServiceRequest)
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def logs(self) -> list[tuple[str, Any]]:
        """Scope's name and record."""
        return [
            (scope.scope.name, record)
            for resource in self.resource_logs()
            for scope in resource.scope_logs
            for record in scope.log_records
        ]

    def resource_logs(self) -> list[Any]:
        from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

        requests: list[Any] = self.decoded("/v1/logs", ExportLogsServiceRequest)
        return [resource for request in requests for resource in request.resource_logs]


def attributes(item: Any) -> dict[str, Any]:
    """Of a span, a record or a resource."""
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in item.attributes}


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector that the environment names, asked soon."""
    collector = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://{collector.server.address}")
    for name in ("OTEL_BSP_SCHEDULE_DELAY", "OTEL_BLRP_SCHEDULE_DELAY"):
        monkeypatch.setenv(name, "100")
    try:
        yield collector
    finally:
        collector.server.stop()


@pytest.mark.parametrize(
    ("environ", "signals"),
    [
        ({}, set()),
        ({"OTEL_SERVICE_NAME": "x", "OTEL_TRACES_SAMPLER": "always_on"}, set()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318"}, {"traces", "logs"}),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_SDK_DISABLED": "true"}, set()),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_EXPORTER": "none"}, {"logs"}),
        ({"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://c:4318/v1/logs"}, {"logs"}),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, {"traces"}),
        ({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, {"traces"}),
    ],
)
def test_what_the_environment_asks_for(environ: dict[str, str], signals: set[str]) -> None:
    assert telemetry.wanted(environ) == signals


def test_another_protocol_is_refused_and_the_host_runs_without(caplog: pytest.LogCaptureFixture) -> None:
    environ = {"OTEL_TRACES_EXPORTER": "otlp", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    with pytest.raises(ConfigError, match="cannot be sent by 'grpc'"):
        telemetry.wanted(environ)
    assert telemetry.of_environment(environ) is None
    assert "http/protobuf" in caplog.text


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    assert telemetry.of_environment({"OTEL_TRACES_EXPORTER": "otlp"}) is None
    assert 'pip install "rpkpy[otel]"' in caplog.text


@pytest.mark.kafka
def test_a_collector_gets_spans_and_logs(
    kafka: TestKafka, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    source, target = kafka.topic(), kafka.topic()
    name = f"traced-{source}"
    began_ns = time.time_ns()
    told = telemetry.Telemetry(frozenset({"traces", "logs"}))
    with running_host(kafka.settings, telemetry=told) as api:
        wasm = guests.wasm(guests.LOG + guests.TRAP_ON_MARK.replace(guests.IDENTITY, ""))
        assert api.deploy(name, source, [target], wasm).status_code == 200
        produce(kafka.settings, source, ["one", "two"])
        assert len(values_of(kafka.settings, target, 2)) == 2
        produce(kafka.settings, source, ["bad!"])
        assert eventually(lambda: [span for span in collector.spans() if span.status.code == 2])
        assert eventually(
            lambda: [record for _, record in collector.logs() if "Next attempt" in record.body.string_value]
        )
        api.http.delete(f"/v1/transform/{name}")
    spans = collector.spans()
    good = [span for span in spans if span.status.code != 2]
    assert sum(attributes(span)["messaging.batch.message_count"] for span in good) == 2
    for span in spans:
        assert (span.name, span.kind) == (f"process {source}", 5), "a consumer"
        assert began_ns < span.start_time_unix_nano <= span.end_time_unix_nano < time.time_ns()
        found = attributes(span)
        assert found["messaging.system"] == "kafka"
        assert found["messaging.destination.name"] == source
        assert found["messaging.destination.partition.id"] == "0"
        assert found["rpkpy.transform.name"] == name
    bad = next(span for span in spans if span.status.code == 2)
    assert attributes(bad)["messaging.kafka.offset"] == 2
    assert "failed at the record with offset 2" in attributes(bad.events[0])["exception.message"]
    guests_own = [record for scope, record in collector.logs() if scope == "rpkpy.transform"]
    said = [(record.severity_number, record.body.string_value) for record in guests_own]
    assert said[:2] == [(9, "hello\n"), (13, "uh-oh")]
    assert attributes(guests_own[0]) == {"transform_name": name, "node": 0}
    own = [record for scope, record in collector.logs() if scope == "rpkpy.host"]
    assert any(f"{name!r}" in record.body.string_value and record.severity_text == "WARNING" for record in own)
    resource = attributes(collector.resource_logs()[0].resource)
    assert resource["service.name"] == "rpkpy-host"
    assert resource["deployment.environment.name"] == "test"


@pytest.mark.kafka
def test_a_collector_that_is_away_holds_nothing_up(kafka: TestKafka, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")  # else it is still at it in the next test
        source, target = kafka.topic(), kafka.topic()
        told = telemetry.Telemetry(frozenset({"traces", "logs"}))
        with running_host(kafka.settings, telemetry=told) as api:
            assert api.deploy("away", source, [target], guests.wasm(guests.LOG)).status_code == 200
            produce(kafka.settings, source, ["one"] * 100)
            assert len(values_of(kafka.settings, target, 100)) == 100
            api.http.delete("/v1/transform/away")
            ending = time.monotonic()
        assert time.monotonic() - ending < 15


def test_a_service_has_the_name_of_the_environment(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    from rpkpy.redpanda.transform_logs import LogEvent

    monkeypatch.setenv("OTEL_SERVICE_NAME", "mine")
    told = telemetry.Telemetry(frozenset({"logs"}))
    told.on_event(LogEvent("t", "körper", 5))
    told.close()
    (resource,) = collector.resource_logs()
    assert attributes(resource.resource)["service.name"] == "mine"
    ((_, record),) = collector.logs()
    assert (record.time_unix_nano, record.body.string_value) == (5, "körper")
    assert collector.requests("/v1/traces") == []
