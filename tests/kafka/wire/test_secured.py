"""The wire against a broker that asks who is there: every way to say it, and what is said to who may not."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest

from rpkpy.config.settings import KafkaSettings, Sasl, Tls
from rpkpy.errors import AuthError, RefusedError, RpkpyError, UnreachableError
from rpkpy.host.wire_source import WireSource
from rpkpy.kafka.wire.authentication import connect
from rpkpy.kafka.wire.connection import parse_address
from rpkpy.kafka.wire.errors import Unsupported
from rpkpy.kafka.wire.leaders import Leaders
from rpkpy.kafka.wire.produce import Producer
from rpkpy.kafka.wire.transactions import identity
from tests.host.harness import values
from tests.kafka.secured import PASSWORD, Secured
from tests.kafka.test_security import mtls, unsigned_token
from tests.kafka.wire.reading import Area, read_until
from tests.kafka.wire.test_produce import batch, send

pytestmark = pytest.mark.kafka


@contextmanager
def producing(kafka: KafkaSettings) -> Iterator[Producer]:
    producer = Producer(kafka, identity(kafka, "none"), None, 8.0)
    with closing(producer):
        yield producer


def there_and_back(secured: Secured, settings: KafkaSettings) -> None:
    """Write and read as `settings` say; more than one TLS record."""
    topic = secured.open.topic()
    texts = [f"{number}" * 40 for number in range(2_000)]
    with producing(settings) as producer:
        for start in range(0, len(texts), 500):
            send(producer, (topic, 0), batch(texts[start : start + 500]))
        assert producer.flush() == {}
    with closing(WireSource(settings, topic, 0, 0)) as source:
        assert [(record.value or b"").decode() for record in read_until(source, len(texts) - 1)] == texts
    assert values(secured.open.settings, topic) == texts


@pytest.mark.parametrize("listener", ["sasl", "secure"])
@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "scram-sha-512", "OAUTHBEARER"])
def test_every_mechanism(secured: Secured, listener: str, mechanism: str) -> None:
    settings = secured.settings(mechanism=mechanism)
    if mechanism == "OAUTHBEARER":
        settings = replace(settings, sasl=Sasl(mechanism, password=f"token:{unsigned_token(300)}"))
    if listener == "sasl":
        settings = replace(settings, brokers=(secured.sasl,), tls=None)
    if (listener, mechanism) == ("sasl", "SCRAM-SHA-256"):
        error = failure(settings)
        assert isinstance(error, AuthError) and "SCRAM-SHA-512" in str(error.fix)
        return
    there_and_back(secured, settings)


def test_client_certificates(secured: Secured) -> None:
    there_and_back(secured, mtls(secured, secured.client))


def failure(settings: KafkaSettings) -> RpkpyError:
    with pytest.raises(RpkpyError) as caught:
        Leaders(settings).probe()
    assert PASSWORD not in f"{caught.value.message}{caught.value.cause}{caught.value.fix}"
    return caught.value


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_wrong_credentials(secured: Secured, mechanism: str) -> None:
    error = failure(secured.settings(password="wrong", mechanism=mechanism))
    assert isinstance(error, AuthError) and "-X pass" in str(error.fix)
    with closing(WireSource(secured.settings(password="wrong"), "any", 0, 0)) as source, pytest.raises(AuthError):
        source.read(Area(), 0.1)


def test_a_token_that_is_old(secured: Secured) -> None:
    error = failure(replace(secured.settings(), sasl=Sasl("OAUTHBEARER", password=unsigned_token(-50))))
    assert isinstance(error, AuthError)


def test_a_mechanism_that_the_wire_does_not_know(secured: Secured) -> None:
    assert isinstance(failure(secured.settings(mechanism="GSSAPI")), Unsupported)


def test_whom_not_to_trust(secured: Secured) -> None:
    for settings, said in (
        (replace(secured.settings(), tls=Tls(str(secured.stranger))), "not trusted"),
        (KafkaSettings((secured.expired,), tls=Tls(str(secured.ca))), "not trusted"),
        (replace(secured.settings(), brokers=(secured.secure.replace("127.0.0.1", "localhost"),)), "not trusted"),
        (KafkaSettings((secured.open.bootstrap,), tls=Tls(str(secured.ca))), "does not speak TLS"),
    ):
        error = failure(settings)
        assert isinstance(error, UnreachableError) and said in f"{error.message}{error.cause}", error
    unverified = replace(secured.settings(), tls=Tls(insecure_skip_verify=True))
    connect(*parse_address(secured.secure), unverified, 5).close()


def test_credentials_for_a_port_that_takes_none(secured: Secured) -> None:
    error = failure(replace(secured.settings(), brokers=(secured.open.bootstrap,), tls=None))
    assert isinstance(error, AuthError) and "takes no credentials" in str(error.fix)


def test_who_may_not_read_or_write(secured: Secured) -> None:
    topic = secured.open.topic()
    secured.user("bob", "s3cret-of-bob")
    settings = secured.settings("bob", "s3cret-of-bob")
    with closing(WireSource(settings, topic, 0, 0)) as source, pytest.raises(RefusedError) as caught:
        source.read(Area(), 2)
    assert "ACL" in str(caught.value.fix)
    secured.allow("User:bob", "DESCRIBE", topic=topic)
    with closing(WireSource(settings, topic, 0, 0)) as source, pytest.raises(RefusedError):
        source.read(Area(), 2)
    secured.allow("User:bob", "READ", topic=topic)
    with closing(WireSource(settings, topic, 0, 0)) as source:
        assert source.read(Area(), 0.5) is None
    with pytest.raises(RefusedError) as caught, producing(settings):
        pass
    assert "ACL" in str(caught.value.fix)
    secured.allow("User:bob", "WRITE", topic=secured.open.topic())  # another one
    with producing(settings) as producer:
        send(producer, (topic, 0), batch(["a"]))
        (error,) = producer.flush().values()
    assert isinstance(error, RefusedError) and "ACL" in str(error.fix)
    secured.allow("User:bob", "WRITE", topic=topic)
    with producing(settings) as producer:
        send(producer, (topic, 0), batch(["a"]))
        assert producer.flush() == {}
