"""Clients against a broker with SASL, TLS and client certificates: what is right connects, what is wrong says why."""

import base64
import json
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from rpkpy.config.settings import KafkaSettings, Sasl, Tls
from rpkpy.errors import AuthError, ConfigError, RpkpyError, UnreachableError
from rpkpy.kafka import client
from rpkpy.kafka.connection_failures import expiry
from rpkpy.kafka.local.ports import choose
from tests.fakes.certificates import Authority, Certificate
from tests.kafka.secured import PASSWORD, SUPER, Secured, store_of

pytestmark = pytest.mark.kafka

SCRAM = ("SCRAM-SHA-256", "SCRAM-SHA-512")


def mtls(secured: Secured, certificate: Certificate | None, key: Path | None = None) -> KafkaSettings:
    tls = Tls(str(secured.ca))
    if certificate is not None:
        tls = replace(tls, cert_file=str(certificate.cert), key_file=str(key or certificate.key))
    return KafkaSettings((secured.mtls,), tls=tls)


def failure(settings: KafkaSettings, dial_timeout_s: float = 30.0) -> RpkpyError:
    """What connecting raises, which must be long before the timeout."""
    begun = time.monotonic()
    with pytest.raises(RpkpyError) as caught:
        client.admin(settings, dial_timeout_s=dial_timeout_s)
    assert time.monotonic() - begun < 15
    assert PASSWORD not in f"{caught.value.message}{caught.value.cause}{caught.value.fix}"
    return caught.value


@pytest.mark.parametrize("mechanism", [*SCRAM, "PLAIN", "plain"])
@pytest.mark.parametrize("listener", ["sasl", "secure"])
def test_every_mechanism_connects(secured: Secured, mechanism: str, listener: str) -> None:
    settings = secured.settings(mechanism=mechanism)
    if listener == "sasl":
        settings = replace(settings, brokers=(secured.sasl,), tls=None)
    assert client.admin(settings, dial_timeout_s=10).metadata().brokers


@pytest.mark.parametrize("mechanism", [*SCRAM, "PLAIN"])
@pytest.mark.parametrize("make", [client.admin, client.producer, client.consumer])
def test_wrong_credentials_are_told_from_an_absent_broker_and_soon(
    secured: Secured, make: Callable[..., Any], mechanism: str
) -> None:
    begun = time.monotonic()
    conf = {"group_id": "g"} if make is client.consumer else {}
    with pytest.raises(AuthError) as caught:
        make(secured.settings(password="wrong", mechanism=mechanism), dial_timeout_s=30, **conf)
    assert time.monotonic() - begun < 15
    assert "Authentication failed" in str(caught.value.cause)
    assert "-X pass" in str(caught.value.fix)


def unsigned_token(lifetime_s: int) -> str:
    """A JSON Web Token of "ann" without a signature (RFC 7515, unsecured)."""
    claims = {"sub": SUPER, "iat": int(time.time()) - 60, "exp": int(time.time()) + lifetime_s}
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


@pytest.mark.parametrize("make", [client.admin, client.producer, client.consumer])
def test_a_bearer_token(secured: Secured, make: Callable[..., Any]) -> None:
    conf = {"group_id": "g"} if make is client.consumer else {}

    def connect(token: str) -> None:
        sasl = Sasl("OAUTHBEARER", password=f"token:{token}")
        made = make(replace(secured.settings(), sasl=sasl), dial_timeout_s=10, **conf)
        if make is client.consumer:
            made.close()

    connect(unsigned_token(300))
    with pytest.raises(AuthError):
        connect(unsigned_token(-50))


def test_a_mechanism_that_the_broker_has_not(secured: Secured) -> None:
    error = failure(replace(secured.settings(), brokers=(secured.open.bootstrap,), tls=None))
    assert isinstance(error, AuthError)


def test_an_authority_that_is_not_ours(secured: Secured) -> None:
    for tls in (Tls(), Tls(str(secured.stranger))):
        error = failure(replace(secured.settings(), tls=tls))
        assert isinstance(error, UnreachableError)
        assert "issuer certificate" in str(error.cause)
        assert "-X tls.ca=FILE" in str(error.fix)
    unverified = replace(secured.settings(), tls=Tls(insecure_skip_verify=True))
    assert client.admin(unverified, dial_timeout_s=10).metadata().brokers


def test_a_broker_whose_certificate_has_expired(secured: Secured) -> None:
    error = failure(KafkaSettings((secured.expired,), tls=Tls(str(secured.ca))))
    assert isinstance(error, UnreachableError)
    assert "certificate has expired" in str(error.cause)
    assert "renewed" in str(error.fix)


def test_a_broker_with_another_name(secured: Secured) -> None:
    error = failure(replace(secured.settings(), brokers=(secured.secure.replace("127.0.0.1", "localhost"),)))
    assert isinstance(error, UnreachableError)
    assert "ostname mismatch" in str(error.cause)
    assert "-X brokers" in str(error.fix)


def test_client_certificates(secured: Secured) -> None:
    assert client.admin(mtls(secured, secured.client), dial_timeout_s=10).metadata().brokers
    both = Tls(str(secured.ca), cert_file=str(store_of(secured.client)))
    assert client.admin(KafkaSettings((secured.mtls,), tls=both), dial_timeout_s=10).metadata().brokers
    for certificate, message, cause, fix in (
        (None, "wants a client certificate", "alert", "-X tls.cert=FILE -X tls.key=FILE"),
        (secured.late_client, "does not accept", "It expired at 20", "new one"),
        (secured.strange_client, "does not accept", "alert", "signed"),
    ):
        error = failure(mtls(secured, certificate))
        assert isinstance(error, AuthError)
        assert (message in error.message, cause in str(error.cause), fix in str(error.fix)) == (True, True, True), error


def test_files_that_do_not_fit_are_the_configurations_fault(secured: Secured) -> None:
    for settings in (
        mtls(secured, secured.client, secured.late_client.key),
        KafkaSettings((secured.mtls,), tls=Tls(str(secured.ca), cert_file=str(secured.client.cert))),
        KafkaSettings((secured.mtls,), tls=Tls(str(secured.client.key))),
        KafkaSettings((secured.mtls,), tls=Tls("/nowhere/ca.pem")),
    ):
        error = failure(settings)
        assert isinstance(error, ConfigError)
        assert "-X tls." in str(error.fix)


def test_what_the_listener_speaks_is_said(secured: Secured) -> None:
    error = failure(KafkaSettings((secured.open.bootstrap,), tls=Tls(str(secured.ca))))
    assert (type(error), "-X tls.enabled=false" in str(error.fix)) == (UnreachableError, True)
    error = failure(KafkaSettings((secured.mtls,)), 1.0)
    assert (type(error), "-X tls.enabled=true" in str(error.fix)) == (UnreachableError, True)
    error = failure(KafkaSettings((secured.sasl,)), 1.0)
    assert (type(error), "-X user=NAME" in str(error.fix)) == (UnreachableError, True)


def test_one_bad_broker_of_two_does_not_end_the_search(secured: Secured) -> None:
    two = (secured.expired, secured.mtls)
    settings = replace(mtls(secured, secured.client), brokers=two)
    assert client.admin(settings, dial_timeout_s=20).metadata().brokers
    nobody = replace(secured.settings(), brokers=(f"127.0.0.1:{choose()}",))
    assert isinstance(failure(nobody, 0.5), UnreachableError)


def test_when_a_certificate_expires(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    end = expiry(authority.issue("late", expired=True).cert)
    assert end is not None and 0.9 < (datetime.now(UTC) - end).total_seconds() / 86400 < 1.1
    whole = authority.ca.read_bytes()
    for content in (b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", whole[:200], b"\xff" * 99):
        (tmp_path / "broken.pem").write_bytes(content)
        assert expiry(tmp_path / "broken.pem") is None
    assert expiry(tmp_path / "none.pem") is None
    assert expiry(tmp_path) is None
