"""Schemas from a registry that speaks Confluent's HTTP API (Redpanda's own does), for guests that ask for them.

The requests are made by confluent-kafka's client. What it caches it keeps without bounds, and a subject's latest
version for ever; so its caches are emptied after each request, and this module keeps its own:

- a schema by its id for the life of the client (ids are never given again), within bounds;
- what is found under a subject for a second. A broker's registry is in its own memory and never stale; a second
  answers the two calls (length, then content) that a guest makes for one schema, and bounds the requests of a guest
  that asks at each record. What a guest registers is seen by it at once.
"""

import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from rpkpy.config.addresses import BadAddress
from rpkpy.config.settings import HttpSettings, Sasl, Settings
from rpkpy.config.sources import registry_address
from rpkpy.engine.schema_registry import (
    Definition,
    Failures,
    Pause,
    Reference,
    SchemaNotAvailable,
    SchemaRegistryAway,
    SchemaType,
    SubjectSchema,
)
from rpkpy.errors import ConfigError, MissingExtraError, UsageError

if TYPE_CHECKING:
    from confluent_kafka.schema_registry import RegisteredSchema, Schema

T = TypeVar("T")
_now = time.monotonic

SUBJECT_SECONDS = 1.0
"""How long an answer to a question for a subject is used again."""
DOWN_SECONDS = 5.0
"""How long after an answer that did not come nobody asks again: a guest may ask at each record."""
_HOST_TIMEOUT_S = 3.0
_PAUSE_S = 0.1
_MAX_ENTRIES = 1_000
_MAX_CHARS = 16 * 1024 * 1024
_RETRIES = 1
_RETRY_WAIT_MS = 200
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _SERVER_ERROR = 401, 403, 429, 500


class RegistryClient:
    """A registry at one or more addresses (the SchemaRegistry protocol).

    Each connection is bounded by `dial_timeout_s`, each call by `request_timeout_s`. `say` is told of each failure of
    a guest's call once. Raises ConfigError for settings that cannot be used, MissingExtraError without the packages.
    """

    def __init__(
        self,
        settings: HttpSettings,
        sasl: Sasl | None,
        *,
        dial_timeout_s: float,
        request_timeout_s: float,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        try:
            from confluent_kafka.schema_registry import SchemaRegistryClient
        except ImportError as error:
            raise MissingExtraError("A schema registry's client", "registry") from error
        self.failed = Failures(say)
        self._timeout_s = request_timeout_s
        self._where = ", ".join(settings.addresses)
        try:
            self._client = SchemaRegistryClient(_configuration(settings, sasl, dial_timeout_s, request_timeout_s))
        except (ValueError, OSError) as error:
            raise ConfigError("The schema registry's client cannot be set up.", cause=str(error)) from error
        self._by_id: _Cache[int, Definition] = _Cache(None)
        self._versions: _Cache[tuple[str, int | None], SubjectSchema] = _Cache(SUBJECT_SECONDS)
        self._down_until = 0.0
        self._down_reason = ""

    def definition(self, schema_id: int, pause: Pause) -> Definition:
        """See SchemaRegistry."""
        found = self._by_id.get(schema_id)
        if found is None:
            found = _definition(self._ask(lambda: self._client.get_schema(schema_id), pause))
            self._by_id.put(schema_id, found, len(found.text))
        return found

    def subject_schema(self, subject: str, version: int | None, pause: Pause) -> SubjectSchema:
        """See SchemaRegistry."""
        found = self._versions.get((subject, version))
        if found is None:
            found = _subject_schema(self._ask(lambda: self._version(subject, version), pause))
            self._versions.put((subject, version), found, len(found.definition.text))
        return found

    def create(self, subject: str, definition: Definition, pause: Pause) -> int:
        """See SchemaRegistry. The registry makes the text canonical: what is read back may differ."""
        from confluent_kafka.schema_registry import Schema, SchemaReference

        references = [SchemaReference(item.name, item.subject, item.version) for item in definition.references]
        schema = Schema(definition.text, definition.type.name, references)
        created = self._ask(lambda: self._client.register_schema(subject, schema), pause)
        self._versions.drop((subject, None))
        return _int(created, "id")

    def _version(self, subject: str, version: int | None) -> "RegisteredSchema":
        return self._client.get_version(subject) if version is None else self._client.get_version(subject, version)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, call: Callable[[], T], pause: Pause) -> T:
        """What `call` returns, in a thread of its own: so long as it waits, the guest's thread hears of signals."""
        now = _now()
        if now < self._down_until:
            raise SchemaRegistryAway(self._down_reason)
        answer: Future[T] = Future()

        def work() -> None:
            try:
                answer.set_result(call())
            except Exception as error:
                answer.set_exception(error)
            finally:
                self._client.clear_caches()

        threading.Thread(target=work, name="rpkpy-schema-registry", daemon=True).start()
        while not answer.done():
            wait([answer], _PAUSE_S)
            pause()
            if _now() > now + self._timeout_s and not answer.done():
                raise self._down(f"no answer within {self._timeout_s:g} s")
        error = answer.exception()
        if error is not None:
            raise self._translated(error) from error
        return answer.result()

    def _translated(self, error: BaseException) -> SchemaNotAvailable:
        from confluent_kafka.schema_registry import SchemaRegistryError

        if isinstance(error, SchemaRegistryError):
            status, said = error.http_status_code, error.error_message
            if status in (_UNAUTHORIZED, _FORBIDDEN):
                said = f"{said} (-X user and -X pass name who asks)"
            away = status in (_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY) or status >= _SERVER_ERROR
            kind = SchemaRegistryAway if away else SchemaNotAvailable
            return kind(f"the registry at {self._where} answered {status}: {said}")
        if isinstance(error, ValueError | TypeError | KeyError | AttributeError):
            return SchemaRegistryAway(f"the answer of {self._where} is no schema registry's")
        return self._down(str(error) or type(error).__name__)

    def _down(self, reason: str) -> SchemaNotAvailable:
        self._down_reason = f"no answer from the registry at {self._where}: {reason}"
        self._down_until = _now() + DOWN_SECONDS
        return SchemaRegistryAway(self._down_reason)


def connect(settings: Settings, say: Callable[[str], None] = lambda text: None) -> RegistryClient:
    """The client of the registry that `settings` lead to; nothing is asked before a guest asks."""
    if not settings.registry.addresses:
        raise ConfigError("No schema registry address is known.", fix="Pass -X registry.hosts=HOST:PORT.")
    return RegistryClient(
        settings.registry,
        settings.kafka.sasl,
        dial_timeout_s=settings.dial_timeout_s,
        request_timeout_s=settings.request_timeout_s,
        say=say,
    )


def for_host(settings: Settings, url: str, say: Callable[[str], None]) -> RegistryClient:
    """The client of the registry at `url`, with credentials and TLS of `settings`, for guests of a transform host.

    Its calls are short, for a host that stops waits for its guests a few seconds. UsageError for a bad address.
    """
    try:
        address = registry_address(url)
    except BadAddress as error:
        raise UsageError(f"--schema-registry: {error}.", fix="Pass a URL, or HOST:PORT.") from None
    timeout_s = min(settings.request_timeout_s, _HOST_TIMEOUT_S)
    registry = replace(settings.registry, addresses=(address,))
    return connect(replace(settings, registry=registry, request_timeout_s=timeout_s), say)


def _configuration(
    settings: HttpSettings, sasl: Sasl | None, dial_timeout_s: float, request_timeout_s: float
) -> dict[str, Any]:
    """confluent-kafka's configuration properties."""
    scheme = "https" if settings.tls is not None else "http"
    urls = [address if "://" in address else f"{scheme}://{address}" for address in settings.addresses]
    conf: dict[str, Any] = {
        "url": ",".join(urls),
        # connect, read, write, wait for a connection of the pool
        "timeout": (dial_timeout_s, request_timeout_s, request_timeout_s, request_timeout_s),
        "max.retries": _RETRIES,
        "retries.wait.ms": _RETRY_WAIT_MS,
        "cache.latest.ttl.sec": 0,
    }
    if sasl is not None and sasl.token is not None:
        conf |= {
            "bearer.auth.credentials.source": "STATIC_TOKEN",
            "bearer.auth.token": sasl.token,
            "bearer.auth.logical.cluster": "",  # asked for by the client, of use to Confluent's cloud alone
        }
    elif sasl is not None:
        conf["basic.auth.user.info"] = f"{sasl.user}:{sasl.password}"
    if any(url.startswith("https:") for url in urls):
        conf |= _tls(settings)
    return conf


def _tls(settings: HttpSettings) -> dict[str, Any]:
    from rpkpy.redpanda.http import tls_context

    tls_context(settings.tls)  # names a file that cannot be used
    paths = ssl.get_default_verify_paths()
    tls = settings.tls
    if tls is None:
        return {"ssl.ca.location": paths.cafile or paths.capath}
    # Without a CA file the system's are trusted, as for the Admin API; the client alone would take its own.
    conf: dict[str, Any] = {"ssl.ca.location": tls.ca_file or paths.cafile or paths.capath}
    if tls.insecure_skip_verify:
        conf["ssl.ca.location"] = False
    if tls.cert_file:
        # an empty password: a key with a passphrase must fail, not wait for a terminal
        conf |= {"ssl.certificate.location": tls.cert_file, "ssl.key.password": ""}
        if tls.key_file:
            conf["ssl.key.location"] = tls.key_file
    return conf


def _subject_schema(found: "RegisteredSchema") -> SubjectSchema:
    return SubjectSchema(_int(found.schema_id, "id"), _int(found.version, "version"), _definition(found.schema))


def _definition(schema: "Schema") -> Definition:
    """The client's form of a schema as ours; an Avro schema's type is often left out."""
    name = schema.schema_type or SchemaType.AVRO.name
    if name not in SchemaType.__members__:
        raise SchemaNotAvailable(f"the registry has it as {name}, which brokers do not know")
    if not isinstance(schema.schema_str, str):
        raise SchemaNotAvailable("the registry's answer holds no schema")
    references = []
    for item in schema.references or ():
        if not isinstance(item.name, str) or not isinstance(item.subject, str):
            raise SchemaNotAvailable("the registry's answer holds a reference without a name or subject")
        references.append(Reference(item.name, item.subject, _int(item.version, "reference's version")))
    return Definition(SchemaType[name], schema.schema_str, tuple(references))


def _int(value: Any, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise SchemaNotAvailable(f"the registry's answer holds no {what}")
    return value


K = TypeVar("K")


class _Cache(Generic[K, T]):
    """The values used last: at most a thousand, of at most 16 Mi characters, each for `seconds` (None: any time)."""

    def __init__(self, seconds: float | None) -> None:
        self._seconds = seconds
        self._entries: OrderedDict[K, tuple[T, float, int]] = OrderedDict()
        self._chars = 0
        self._lock = threading.Lock()

    def get(self, key: K) -> T | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            value, since, _ = entry
            if self._seconds is not None and _now() - since > self._seconds:
                self._drop(key)
                return None
            self._entries.move_to_end(key)
            return value

    def put(self, key: K, value: T, chars: int) -> None:
        with self._lock:
            self._drop(key)
            self._entries[key] = (value, _now(), chars)
            self._chars += chars
            while len(self._entries) > _MAX_ENTRIES or self._chars > _MAX_CHARS:
                self._drop(next(iter(self._entries)))

    def drop(self, key: K) -> None:
        with self._lock:
            self._drop(key)

    def _drop(self, key: K) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._chars -= entry[2]
