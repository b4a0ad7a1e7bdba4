"""Logs and traces of a host by OpenTelemetry (OTLP over HTTP), where the standard OTEL_ variables ask for them.

Off unless an OTLP endpoint or exporter is named. A log record for each event of a guest and each line of the host's own
log; a span for each run of records that a guest gets, in the words of the semantic conventions for messaging.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rpkpy.errors import ConfigError, RpkpyError
from rpkpy.redpanda.transform_logs import SEVERITY_INFO, LogEvent
from rpkpy.version import __version__

if TYPE_CHECKING:
    from rpkpy.host.model import Transform
    from rpkpy.host.record_path import Feed

logger = logging.getLogger("rpkpy.host")

_CLOSE_S = 3.0
_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
_SERVICE = "rpkpy-host"


def wanted(environ: Mapping[str, str]) -> frozenset[str]:
    """Which of the signals `traces` and `logs` the environment asks for. ConfigError for another protocol than HTTP."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    signals = set()
    for signal in ("traces", "logs"):
        exporter = environ.get(f"OTEL_{signal.upper()}_EXPORTER", "").strip()
        named = environ.get(_ENDPOINT) or environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
        if exporter == "otlp" or (not exporter and named):
            signals.add(signal)
            protocol = environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL") or environ.get(_PROTOCOL)
            if protocol not in (None, "", "http/protobuf"):
                raise ConfigError(
                    f"OpenTelemetry's {signal} cannot be sent by {protocol!r}.",
                    cause="The host sends OTLP as protobuf over HTTP.",
                    fix=f"Set {_PROTOCOL}=http/protobuf, and the endpoint to the collector's HTTP port (4318).",
                )
    return frozenset(signals)


class Telemetry:
    """Sends logs and spans in the background; what a collector does not take is dropped. `close` sends the last.

    `on_event` is for LogTopic, `open_span` for Observation; each does nothing where its signal is not wanted.
    """

    def __init__(self, signals: frozenset[str]) -> None:
        from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource

        given = Resource.create({SERVICE_VERSION: __version__})  # with OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES
        unnamed = str(given.attributes.get(SERVICE_NAME, "")).startswith("unknown_service")
        self._resource = given.merge(Resource({SERVICE_NAME: _SERVICE})) if unnamed else given
        self._closers: list[Callable[[], Any]] = []
        self._tracer: Any = self._new_tracer() if "traces" in signals else None
        self._guests: Any = None
        self._handler: logging.Handler | None = None
        if "logs" in signals:
            self._open_logs()

    @contextmanager
    def open_span(self, transform: "Transform", partition: int, feed: "Feed") -> Iterator[None]:
        """A span around a guest's work on `feed`; a failing guest is an error with its exception."""
        if self._tracer is None:
            yield
            return
        from opentelemetry.trace import SpanKind

        attributes = {
            "messaging.system": "kafka",
            "messaging.operation.type": "process",
            "messaging.operation.name": "transform",
            "messaging.destination.name": transform.input_topic,
            "messaging.destination.partition.id": str(partition),
            "messaging.kafka.offset": feed.first_offset,
            "messaging.batch.message_count": feed.records,
            "rpkpy.transform.name": transform.name,
            "rpkpy.last_offset": feed.last_offset,
        }
        name = f"process {transform.input_topic}"
        with self._tracer.start_as_current_span(name, kind=SpanKind.CONSUMER, attributes=attributes):
            yield

    def on_event(self, event: LogEvent) -> None:
        """A guest's write to its log."""
        if self._guests is None:
            return
        from opentelemetry._logs import SeverityNumber

        self._guests.emit(
            timestamp=event.time_ns,
            observed_timestamp=event.time_ns,
            severity_number=SeverityNumber(event.severity),
            severity_text="INFO" if event.severity <= SEVERITY_INFO else "WARN",
            body=event.body,
            attributes={"transform_name": event.transform, "node": event.node},
        )

    def close(self, timeout_s: float = _CLOSE_S) -> None:
        """Send what is left, within `timeout_s`."""
        if self._handler is not None:
            logger.removeHandler(self._handler)
        closing = threading.Thread(target=lambda: [close() for close in self._closers], daemon=True)
        closing.start()  # a collector that is away is waited for no longer than this
        closing.join(timeout_s)

    def _new_tracer(self) -> Any:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        provider = TracerProvider(resource=self._resource, shutdown_on_exit=False)
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._closers.append(provider.shutdown)
        return provider.get_tracer("rpkpy.host", __version__)

    def _open_logs(self) -> None:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.sdk._logs import LoggerProvider
        from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

        provider = LoggerProvider(resource=self._resource, shutdown_on_exit=False)
        provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
        self._closers.append(provider.shutdown)
        self._guests = provider.get_logger("rpkpy.transform", __version__)
        self._handler = _Handler(provider.get_logger("rpkpy.host", __version__))
        logger.addHandler(self._handler)


class _Handler(logging.Handler):
    """The host's own log as OpenTelemetry's records."""

    def __init__(self, target: Any) -> None:
        super().__init__()
        self._target = target

    def emit(self, record: logging.LogRecord) -> None:
        from opentelemetry._logs import SeverityNumber

        # INFO 20 is 9, WARNING 30 is 13, ERROR 40 is 17, CRITICAL 50 is 21 in OpenTelemetry's numbers.
        number = min(max(record.levelno // 10, 1), 5) * 4 + 1
        self._target.emit(
            timestamp=int(record.created * 1e9),
            observed_timestamp=int(record.created * 1e9),
            severity_number=SeverityNumber(number),
            severity_text=record.levelname,
            body=record.getMessage(),
            attributes={"code.function.name": f"{record.module}.{record.funcName}"},
        )


def of_environment(environ: Mapping[str, str]) -> Telemetry | None:
    """What the environment asks for; None where it asks for nothing, or its packages are not installed (said once)."""
    try:
        signals = wanted(environ)
        return Telemetry(signals) if signals else None
    except RpkpyError as error:
        logger.warning("no OpenTelemetry: %s %s %s", error.message, error.cause or "", error.fix or "")
    except ImportError:
        logger.warning('OTEL_ variables ask for OpenTelemetry, whose packages are missing: pip install "rpkpy[otel]"')
    return None
