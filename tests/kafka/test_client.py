"""Clients against a real broker: what answers, what does not, what is refused."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from rpkpy.config.settings import KafkaSettings, Sasl, Tls
from rpkpy.errors import AuthError, ConfigError, RefusedError, UnreachableError
from rpkpy.kafka import client
from rpkpy.kafka.local.ports import choose
from tests.kafka.fixture import TestKafka


@pytest.mark.kafka
def test_round_trip_through_producer_and_consumer(kafka: TestKafka) -> None:
    topic = kafka.topic()
    producer = client.producer(kafka.settings)
    producer.produce(topic, value=b"v", key=b"k", headers=[("h", b"1")])
    assert producer.flush(10) == 0
    consumer = client.consumer(kafka.settings, group_id="g-" + topic, auto_offset_reset="earliest")
    consumer.subscribe([topic])
    message = None
    for _ in range(100):
        message = consumer.poll(0.1)
        if message is not None:
            break
    consumer.close()
    assert message is not None
    assert (message.key(), message.value(), message.headers()) == (b"k", b"v", [("h", b"1")])


@pytest.mark.kafka
def test_admin_reads_metadata(kafka: TestKafka) -> None:
    topic = kafka.topic(partitions=3)
    assert len(client.admin(kafka.settings).metadata().topics[topic].partitions) == 3


@pytest.mark.kafka
def test_a_refused_request_carries_the_brokers_words(kafka: TestKafka) -> None:
    from confluent_kafka.admin import NewTopic

    admin = client.admin(kafka.settings)
    (future,) = admin.raw.create_topics([NewTopic("not/a/name", 1, 1)]).values()
    with pytest.raises(RefusedError) as caught:
        admin.wait(future)
    assert "INVALID_TOPIC_EXCEPTION" in str(caught.value.cause)


@pytest.mark.parametrize("make", [client.admin, client.producer])
def test_nothing_listens(make: object) -> None:
    settings = KafkaSettings((f"127.0.0.1:{choose()}",))
    with pytest.raises(UnreachableError) as caught:
        make(settings, dial_timeout_s=0.3)  # type: ignore[operator]
    assert settings.brokers[0] in caught.value.message
    assert "rpkpy local start" in str(caught.value.fix)


def test_a_name_that_does_not_resolve() -> None:
    with pytest.raises(UnreachableError):
        client.consumer(KafkaSettings(("no-such-host.invalid:9092",)), dial_timeout_s=0.3, group_id="g")


@pytest.fixture
def mute_server() -> Iterator[str]:
    """Accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    held.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        for connection in held:
            connection.close()


def test_a_server_that_says_nothing(mute_server: str) -> None:
    with pytest.raises(UnreachableError):
        client.admin(KafkaSettings((mute_server,)), dial_timeout_s=0.5)


def test_an_unknown_mechanism_is_named() -> None:
    with pytest.raises(ConfigError, match="GSSAPI"):
        client.configuration(KafkaSettings(sasl=Sasl(mechanism="GSSAPI")))


def test_a_ca_file_that_is_not_there(tmp_path: Path) -> None:
    settings = KafkaSettings(tls=Tls(ca_file=f"{tmp_path}/none.pem"))
    with pytest.raises(ConfigError, match=r"none\.pem"):
        client.admin(settings)


@pytest.mark.kafka
def test_tls_to_a_plain_listener_is_an_error_in_time(kafka: TestKafka) -> None:
    with pytest.raises(UnreachableError):
        client.admin(KafkaSettings((kafka.bootstrap,), tls=Tls()), dial_timeout_s=0.5)


@pytest.mark.kafka
def test_credentials_to_a_listener_without_sasl_are_an_authentication_error(kafka: TestKafka) -> None:
    settings = KafkaSettings((kafka.bootstrap,), sasl=Sasl("PLAIN", "u", "p"))
    with pytest.raises((AuthError, UnreachableError)):
        client.admin(settings, dial_timeout_s=1.0)


def test_configuration_maps_tls_and_sasl(tmp_path: Path) -> None:
    ca, cert, key = (str(tmp_path / name) for name in ("ca.pem", "c.pem", "k.pem"))
    for name in (ca, cert, key):
        Path(name).touch()
    settings = KafkaSettings(
        ("a:1", "b:2"), Tls(ca, cert, key, insecure_skip_verify=True), Sasl("scram-sha-512", "u", "p")
    )
    conf = client.configuration(settings, group_id="g")
    assert conf["bootstrap.servers"] == "a:1,b:2"
    assert conf["security.protocol"] == "SASL_SSL"
    assert conf["sasl.mechanism"] == "SCRAM-SHA-512"
    assert conf["enable.ssl.certificate.verification"] is False
    assert conf["ssl.ca.location"] == ca
    assert conf["group.id"] == "g"
