"""The registry's client, over real connections, against the registry of tests/fakes and against worse ones."""

import base64
import builtins
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

import pytest

from rpkpy.config.settings import HttpSettings, KafkaSettings, Sasl, Settings, Tls
from rpkpy.engine.schema_registry import (
    Definition,
    Reference,
    SchemaNotAvailable,
    SchemaType,
    SubjectSchema,
    encode_definition,
)
from rpkpy.errors import ConfigError, MissingExtraError
from rpkpy.redpanda import schema_registry
from rpkpy.redpanda.schema_registry import RegistryClient, connect
from tests.engine.guest import compile_guest, run, values
from tests.engine.test_schema_registry import OUT, SUBJECT, TEXT, call, data, number, show
from tests.fakes.certificates import Authority, server_context
from tests.fakes.schema_registry import FakeRegistry
from tests.redpanda.loopback import Asked, Loopback, Reply, serving

STRING = Definition(SchemaType.AVRO, '{"type":"string"}')


def always(reply: Reply) -> Callable[[Asked], Reply]:
    """A server with one answer."""
    return lambda asked: reply


def nothing() -> None:
    """No signal comes."""


def client(
    *addresses: str, sasl: Sasl | None = None, tls: Tls | None = None, timeout_s: float = 10.0
) -> RegistryClient:
    settings = Settings(
        kafka=KafkaSettings(sasl=sasl),
        registry=HttpSettings(addresses, tls),
        dial_timeout_s=1.0,
        request_timeout_s=timeout_s,
    )
    return connect(settings)


@contextmanager
def registry() -> Iterator[tuple[RegistryClient, Loopback]]:
    with serving(FakeRegistry()) as server, closing(client(server.address)) as connected:
        yield connected, server


def test_what_is_created_is_found_by_id_version_and_as_the_latest() -> None:
    with registry() as (client, _):
        assert client.create("customer", Definition(SchemaType.AVRO, ' {"type" : "string"} '), nothing) == 1
        assert client.definition(1, nothing) == STRING
        assert client.subject_schema("customer", 1, nothing) == SubjectSchema(1, 1, STRING)
        assert client.subject_schema("customer", None, nothing) == SubjectSchema(1, 1, STRING)


@pytest.mark.parametrize("subject", ["a/b?c#d e", "ä%20", ":.ctx:s", "x" * 200])
def test_subjects_are_encoded_in_paths(subject: str) -> None:
    with registry() as (client, _):
        assert client.create(subject, STRING, nothing) == 1
        assert client.subject_schema(subject, None, nothing).version == 1


def test_types_and_references() -> None:
    proto = Definition(SchemaType.PROTOBUF, 'syntax = "proto3";', (Reference("c.proto", "customer", 1),))
    with registry() as (client, _):
        client.create("customer", Definition(SchemaType.PROTOBUF, 'syntax = "proto3";message C {}'), nothing)
        assert client.create("order", proto, nothing) == 2
        assert client.definition(2, nothing) == proto
        assert client.create("doc", Definition(SchemaType.JSON, '{ "type": "object" }'), nothing) == 3
        assert client.subject_schema("doc", None, nothing).definition == Definition(
            SchemaType.JSON, '{"type":"object"}'
        )


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda client: client.definition(7, nothing), "answered 404: Schema 7 not found"),
        (lambda client: client.definition(-7, nothing), "answered 404"),
        (lambda client: client.subject_schema("s", None, nothing), "answered 404: Subject 's' not found."),
        (lambda client: client.subject_schema("known", 9, nothing), "answered 404: Version 9 not found."),
        (lambda client: client.subject_schema("known", -3, nothing), "answered 422"),
        (
            lambda client: client.create("s", Definition(SchemaType.AVRO, "{"), nothing),
            "answered 422: Invalid schema {",
        ),
        (
            lambda client: client.create("s", Definition(SchemaType.AVRO, "1", (Reference("n", "g", 1),)), nothing),
            "No schema reference found",
        ),
    ],
)
def test_refusals_say_the_registrys_words(ask: Callable[[RegistryClient], Any], words: str) -> None:
    with registry() as (client, _):
        client.create("known", STRING, nothing)
        with pytest.raises(SchemaNotAvailable) as caught:
            ask(client)
        assert words in str(caught.value)


# The cache.


def test_ids_are_asked_for_once() -> None:
    with registry() as (client, server):
        client.create("s", STRING, nothing)
        before = len(server.asked)
        for _ in range(5):
            client.definition(1, nothing)
        assert len(server.asked) == before + 1


def test_subjects_are_asked_for_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    with registry() as (client, server):
        client.create("s", STRING, nothing)
        before = len(server.asked)
        for _ in range(5):
            client.subject_schema("s", None, nothing)
            client.subject_schema("s", 1, nothing)
        assert len(server.asked) == before + 2
        later = time.monotonic() + schema_registry.SUBJECT_SECONDS + 0.1
        monkeypatch.setattr(schema_registry, "_now", lambda: later)
        client.subject_schema("s", None, nothing)
        client.subject_schema("s", 1, nothing)
        assert len(server.asked) == before + 4


def test_a_guest_sees_at_once_what_it_created() -> None:
    with registry() as (client, _):
        client.create("s", STRING, nothing)
        assert client.subject_schema("s", None, nothing).version == 1
        client.create("s", Definition(SchemaType.AVRO, '"long"'), nothing)
        assert client.subject_schema("s", None, nothing).version == 2


def test_what_is_not_there_is_asked_for_again() -> None:
    with registry() as (client, _):
        with pytest.raises(SchemaNotAvailable):
            client.definition(1, nothing)
        client.create("s", STRING, nothing)
        assert client.definition(1, nothing) == STRING


def test_the_cache_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_registry, "_MAX_ENTRIES", 3)
    monkeypatch.setattr(schema_registry, "_MAX_CHARS", 60)
    with registry() as (client, server):
        texts = [f'"{"x" * size}"' for size in (1, 2, 3, 4, 50)]
        for text in texts:
            client.create("s", Definition(SchemaType.AVRO, text), nothing)
        before = len(server.asked)
        for schema_id in (1, 2, 3, 1, 4, 1, 3):
            client.definition(schema_id, nothing)
        assert len(server.asked) == before + 4  # 2 had to go for 4
        client.definition(2, nothing)
        assert len(server.asked) == before + 5
        client.definition(5, nothing)  # 52 characters: the oldest make room
        client.definition(1, nothing)
        assert len(server.asked) == before + 7
        # The client below keeps nothing.
        assert client._client._cache.get_schema_by_id(None, 5) is None


# Registries that do not do as they should.


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(200, "<html>"), "no schema registry's"),
        (Reply(200, "[]"), "no schema registry's"),
        (Reply(200, "{}"), "holds no"),
        (Reply(200, {"schema": 5, "id": 1, "version": 1}), "holds no schema"),
        (Reply(200, {"schema": "1", "id": "1", "version": True}), "holds no id"),
        (Reply(200, {"schema": "1", "id": 1, "version": True}), "holds no version"),
        (Reply(200, {"schema": "1", "id": 1, "version": 1, "schemaType": "XML"}), "XML, which brokers do not know"),
        (Reply(200, {"schema": "1", "id": 1, "version": 1, "references": [{"name": "n"}]}), ""),
        (Reply(401, {"error_code": 401, "message": "Unauthorized"}), "answered 401: Unauthorized (-X user"),
        (Reply(500, "oops"), "answered 500"),
        (Reply(closed=True), "no answer"),
        (Reply(200, {"schema": "1"}, cut=3), "no answer"),
        (Reply(301, "", {"Location": "http://192.0.2.1/"}), "answered 301"),
    ],
)
def test_bad_answers_are_no_answers(reply: Reply, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_registry, "_RETRY_WAIT_MS", 1)
    with (
        serving(always(reply)) as server,
        closing(client(server.address)) as connected,
        pytest.raises(SchemaNotAvailable) as caught,
    ):
        connected.subject_schema("s", None, nothing)
    assert words in str(caught.value)


def test_a_registry_that_is_down_is_not_asked_at_each_record(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(always(Reply(closed=True))) as server, closing(client(server.address)) as connected:
        for _ in range(20):
            with pytest.raises(SchemaNotAvailable, match="no answer from the registry at"):
                connected.definition(1, nothing)
        assert len(server.asked) == 2  # one call, tried twice
        server.answer = FakeRegistry()
        later = time.monotonic() + schema_registry.DOWN_SECONDS
        monkeypatch.setattr(schema_registry, "_now", lambda: later)
        assert connected.create("s", STRING, nothing) == 1


def test_a_registry_that_trickles_is_given_up() -> None:
    with serving(always(Reply(200, {"schema": "1" * 100}, trickle_s=0.3))) as server:
        connected = client(server.address, timeout_s=1.0)
        began = time.monotonic()
        with pytest.raises(SchemaNotAvailable, match="no answer within 1 s"):
            connected.definition(1, nothing)
        assert time.monotonic() - began < 10


def test_the_next_address_is_tried() -> None:
    with serving(FakeRegistry()) as server, closing(client("127.0.0.1:1", server.address)) as connected:
        assert connected.create("s", STRING, nothing) == 1


def test_a_wait_hears_of_signals() -> None:
    pauses: list[int] = []

    def pause() -> None:
        pauses.append(1)
        if len(pauses) == 3:
            raise KeyboardInterrupt

    trickle = Reply(200, {"schema": "1" * 100}, trickle_s=1)
    with serving(always(trickle)) as server, pytest.raises(KeyboardInterrupt):
        client(server.address).definition(1, pause)
    assert len(pauses) == 3


# Settings.


def test_basic_authentication_is_the_users() -> None:
    sasl = Sasl(user="ada", password="p:w")
    with serving(FakeRegistry()) as server, closing(client(server.address, sasl=sasl)) as connected:
        connected.create("s", STRING, nothing)
        sent = server.asked[0].headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")) == b"ada:p:w"


def test_a_bearer_token_is_sent_as_one() -> None:
    sasl = Sasl("OAUTHBEARER", password="token:a.b.c")
    with serving(FakeRegistry()) as server, closing(client(server.address, sasl=sasl)) as connected:
        connected.create("s", STRING, nothing)
        assert server.asked[0].headers["authorization"] == "Bearer a.b.c"


def test_tls(authority: Authority) -> None:
    with serving(FakeRegistry(), server_context(authority.issue("registry"))) as server:
        for tls in (Tls(ca_file=str(authority.ca)), Tls(insecure_skip_verify=True)):
            with closing(client(server.address, tls=tls)) as connected:
                assert connected.create("s", STRING, nothing) == 1
        with (
            closing(client(server.address, tls=Tls())) as connected,
            pytest.raises(SchemaNotAvailable, match="CERTIFICATE_VERIFY_FAILED"),
        ):
            connected.create("s", STRING, nothing)


def test_client_certificates(authority: Authority) -> None:
    ours = authority.issue("client")
    tls = Tls(str(authority.ca), str(ours.cert), str(ours.key))
    wanting = server_context(authority.issue("registry"), clients=authority.ca)
    with serving(FakeRegistry(), wanting) as server, closing(client(server.address, tls=tls)) as connected:
        assert connected.create("s", STRING, nothing) == 1


@pytest.mark.parametrize(
    ("addresses", "tls", "words"),
    [
        ((), None, "No schema registry address"),
        (("127.0.0.1:1",), Tls(ca_file="/nonexistent/ca.pem"), "ca.pem"),
        (("127.0.0.1:1",), Tls(cert_file=__file__), "test_schema_registry.py: not usable"),
    ],
)
def test_settings_that_cannot_be_used(addresses: Sequence[str], tls: Tls | None, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        client(*addresses, tls=tls)
    assert words in caught.value.message


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any, **more: Any) -> Any:
        if name == "confluent_kafka.schema_registry":
            raise ImportError(name)
        return real(name, *arguments, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingExtraError) as caught:
        client("127.0.0.1:1")
    assert caught.value.fix == 'pip install "rpkpy[registry]"'


# With a guest.


def test_a_guest_creates_and_reads_back_over_http() -> None:
    encoded = encode_definition(Definition(SchemaType.AVRO, '{ "type":"string"}'))
    stored = b"\x02\x02" + encode_definition(STRING)
    body = call("create_subject_schema", SUBJECT, 8, TEXT, len(encoded), OUT)
    body += call("get_subject_schema", SUBJECT, 8, -1, OUT, 100) + show(OUT, len(stored))
    body += call("get_schema_definition", 2, OUT, 100)
    guest = compile_guest(body, declarations=data(SUBJECT, b"customer") + data(TEXT, encoded))
    with registry() as (client, _):
        output = run(guest, schema_registry=client)
    assert values(output) == [number(0), number(len(stored)), stored, number(-2)]
