"""confluent-kafka clients made from settings, with its errors as rpkpy's.

librdkafka's calls block in C, where Ctrl-C does not reach: everything here waits in short polls.
"""

import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rpkpy.config.settings import OAUTHBEARER, KafkaSettings
from rpkpy.errors import ConfigError, RefusedError, RpkpyError
from rpkpy.kafka import codes, connection_failures, errors

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, Producer
    from confluent_kafka.admin import AdminClient

T = TypeVar("T")

POLL_S = 0.1
"""The longest time spent in librdkafka at a time, so that Ctrl-C is felt at once."""

LONGEST_POLL_S = 1.0
REQUEST_TIMEOUT_S = 10.0

_LOG = logging.getLogger("rpkpy.kafka")
_LOG.addHandler(logging.NullHandler())  # else logging's last resort writes librdkafka's warnings to stderr

_MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", OAUTHBEARER)
_TOKEN_LIFETIME_S = 3600.0


def configuration(settings: KafkaSettings, **conf: Any) -> dict[str, Any]:
    """librdkafka's configuration for `settings`; `conf` adds to it with `_` for `.` in its keys, callbacks' excepted.

    Raises ConfigError for a SASL mechanism that is not supported.
    """
    result: dict[str, Any] = {
        "bootstrap.servers": ",".join(settings.brokers),
        "client.id": settings.client_id,
        "broker.address.family": "any",
        "socket.connection.setup.timeout.ms": 10_000,
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1_000,
        "log_level": 6,
        "logger": _LOG,  # librdkafka writes to stderr otherwise
    }
    tls, sasl = settings.tls, settings.sasl
    for option, file in (("ca", tls.ca_file), ("cert", tls.cert_file), ("key", tls.key_file)) if tls else ():
        if file and not Path(file).is_file():  # librdkafka would say "BIO lib"
            raise ConfigError(f"{file} does not exist.", fix=f"Name a PEM file with -X tls.{option}=FILE.")
    result["security.protocol"] = ("SASL_" if sasl else "") + ("SSL" if tls else "PLAINTEXT")
    if tls:
        if tls.ca_file:
            result["ssl.ca.location"] = tls.ca_file
        if tls.cert_file:
            result["ssl.certificate.location"] = tls.cert_file
            result["ssl.key.location"] = tls.key_file or tls.cert_file  # one file may hold both
        if tls.insecure_skip_verify:
            result["enable.ssl.certificate.verification"] = False
            result["ssl.endpoint.identification.algorithm"] = "none"
    if sasl:
        mechanism = sasl.mechanism.upper()
        if mechanism not in _MECHANISMS:
            raise ConfigError(
                f'The SASL mechanism "{sasl.mechanism}" is not supported.', fix=f"Use one of {', '.join(_MECHANISMS)}."
            )
        result["sasl.mechanism"] = mechanism
        if (token := sasl.token) is not None:
            # the brokers judge how long a token is good; librdkafka asks for it again before the time given here
            result["oauth_cb"] = lambda _: (token, time.time() + _TOKEN_LIFETIME_S)
        else:
            result |= {"sasl.username": sasl.user, "sasl.password": sasl.password}
    return result | {key if key.endswith("_cb") else key.replace("_", "."): value for key, value in conf.items()}


class Watch:
    """What librdkafka reported of a client's connections: its error callback, and what to make of it."""

    def __init__(self, settings: KafkaSettings) -> None:
        self.settings = settings
        self.last: KafkaError | None = None
        self.auth: KafkaError | None = None

    def __call__(self, error: "KafkaError") -> None:
        if error.code() != codes.ALL_BROKERS_DOWN or self.last is None:  # it says less than what led to it
            self.last = error
        if error.code() == codes.AUTHENTICATION:
            self.auth = error

    def check(self) -> None:
        """Raise AuthError once the brokers have refused the credentials."""
        if self.auth is not None:
            raise errors.translate(self.auth, self.settings)

    def check_tls(self) -> None:
        """Raise what TLS failed of, where no other broker could do better."""
        if self.last is not None and len(self.settings.brokers) == 1:
            error = connection_failures.of(self.last.str(), self.settings)
            if error is not None:
                raise error

    def unreachable(self, waited_s: float) -> RpkpyError:
        """The error for brokers that did not answer within `waited_s`."""
        if self.auth is not None:
            return errors.translate(self.auth, self.settings)
        cause = self.last.str() if self.last is not None else f"No broker answered within {waited_s:g} s."
        return (
            connection_failures.of(cause, self.settings)
            or (connection_failures.of_silence(self.settings) if self.last is not None else None)
            or errors.unreachable(self.settings, cause)
        )


class Admin:
    """The admin API of a cluster whose brokers are known to answer: every call waits in short polls."""

    def __init__(self, settings: KafkaSettings, raw: "AdminClient", watch: Watch, request_timeout_s: float) -> None:
        self.raw = raw
        self.settings = settings
        self._watch = watch
        self._request_timeout_s = request_timeout_s

    def wait(self, future: "Future[T]", *, timeout_s: float | None = None) -> T:
        """The result of a confluent-kafka future; its KafkaException as rpkpy's error."""
        limit = timeout_s if timeout_s is not None else self._request_timeout_s
        deadline = time.monotonic() + limit
        with errors.translating(self.settings):
            while True:
                try:
                    return future.result(timeout=POLL_S)
                except FutureTimeout:
                    self.raw.poll(0)
                    self._watch.check()
                    if time.monotonic() > deadline:
                        raise self._watch.unreachable(limit) from None

    def retrying(self, ask: "Callable[[], Future[T]]", asked: "Future[T] | None" = None) -> T:
        """The result of what `ask` asks of a group's coordinator, asked again while the coordinator gets ready.

        `asked` is a question that is under way already.
        """
        deadline = time.monotonic() + self._request_timeout_s
        while True:
            try:
                return self.wait(asked if asked is not None else ask())
            except RefusedError as error:
                if errors.code_of(error) not in codes.COORDINATOR_NOT_READY or time.monotonic() > deadline:
                    raise
                asked = None
                time.sleep(POLL_S)

    def metadata(self, topic: str | None = None) -> Any:
        """Cluster metadata (confluent_kafka.admin.ClusterMetadata), of one topic or of all."""
        return metadata(self.raw, self._watch, topic=topic, timeout_s=self._request_timeout_s)


def admin(
    settings: KafkaSettings,
    *,
    dial_timeout_s: float | None = None,
    request_timeout_s: float = REQUEST_TIMEOUT_S,
    **conf: Any,
) -> Admin:
    """An admin client, connected.

    Raises AuthError, ConfigError, and UnreachableError after `dial_timeout_s` (the settings' when None).
    """
    from confluent_kafka.admin import AdminClient

    raw, watch = _make(AdminClient, settings, conf)
    connect(raw, watch, settings.dial_timeout_s if dial_timeout_s is None else dial_timeout_s)
    return Admin(settings, raw, watch, request_timeout_s)


def producer(settings: KafkaSettings, *, dial_timeout_s: float | None = None, **conf: Any) -> "Producer":
    """A producer, connected. Raises as `admin` does."""
    from confluent_kafka import Producer

    raw, watch = _make(Producer, settings, conf)
    connect(raw, watch, settings.dial_timeout_s if dial_timeout_s is None else dial_timeout_s)
    return raw


def consumer(settings: KafkaSettings, *, dial_timeout_s: float | None = None, **conf: Any) -> "Consumer":
    """A consumer, connected but not subscribed; `group_id` is needed. Raises as `admin` does."""
    from confluent_kafka import Consumer

    raw, watch = _make(Consumer, settings, conf)
    try:
        connect(raw, watch, settings.dial_timeout_s if dial_timeout_s is None else dial_timeout_s)
    except BaseException:
        raw.close()
        raise
    return raw


def connect(client: Any, watch: Watch, timeout_s: float) -> None:
    """Wait for a first answer of the cluster: UnreachableError after `timeout_s`, AuthError as soon as it is known."""
    metadata(client, watch, topic=None, timeout_s=timeout_s)


def metadata(client: Any, watch: Watch, *, topic: str | None, timeout_s: float) -> Any:
    """`client.list_topics` in short steps."""
    from confluent_kafka import KafkaException

    deadline = time.monotonic() + timeout_s
    step = POLL_S  # grows: an answer that comes after its step is lost, and distant clusters need longer ones
    waiting = (codes.TRANSPORT, codes.TIMED_OUT, codes.ALL_BROKERS_DOWN, codes.WAIT_COORD)
    while True:
        try:
            if topic is not None:
                return client.list_topics(topic, timeout=step)
            return client.list_topics(timeout=step)
        except KafkaException as error:
            code = error.args[0].code()
            client.poll(0)  # runs the error callback, which learns of refused credentials long before a timeout
            watch.check()
            watch.check_tls()
            if code not in waiting:
                raise errors.translate(error.args[0], watch.settings) from error
            if time.monotonic() > deadline:
                raise watch.unreachable(timeout_s) from error
            step = min(2 * step, LONGEST_POLL_S)


def _make(kind: Callable[[dict[str, Any]], T], settings: KafkaSettings, conf: dict[str, Any]) -> tuple[T, Watch]:
    from confluent_kafka import KafkaException

    watch = Watch(settings)
    try:
        return kind(configuration(settings, **conf) | {"error_cb": watch}), watch
    except KafkaException as error:
        cause = error.args[0].str()
        fix = "Check -X tls.ca, -X tls.cert and -X tls.key: PEM files, the key that of the certificate."
        raise ConfigError(
            "The Kafka client cannot be set up.", cause=cause, fix=fix if "ssl." in cause else None
        ) from error
