"""Clients against a broker with TLS and SASL: credentials that are right, wrong or missing, and a CA not trusted."""

import base64
import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from rpkpy.config.settings import KafkaSettings, Sasl, Tls
from rpkpy.errors import AuthError, UnreachableError
from rpkpy.kafka import client
from rpkpy.kafka.local.broker import LocalBroker
from rpkpy.kafka.local.ports import choose
from tests.cli.harness import Cli
from tests.kafka.fixture import shared_cache

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@dataclass(frozen=True)
class Secured:
    """Addresses of the SASL listener and of the SASL-over-TLS one, and the CA's file."""

    sasl: str
    sasl_ssl: str
    ca_file: str

    def plain(self, user: str, password: str) -> KafkaSettings:
        return KafkaSettings((self.sasl,), sasl=Sasl("PLAIN", user, password))

    def encrypted(self, ca_file: str | None, *, insecure: bool = False) -> KafkaSettings:
        return KafkaSettings(
            (self.sasl_ssl,), tls=Tls(ca_file, insecure_skip_verify=insecure), sasl=Sasl("plain", "ann", "secret")
        )


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate, and it is not installed")
    folder = tmp_path_factory.mktemp("secured")
    key, cert, store = folder / "key.pem", folder / "cert.pem", folder / "store.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(cert)]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*request, *names], check=True, capture_output=True)
    store.write_text(key.read_text() + cert.read_text())
    sasl, sasl_ssl = choose(), choose()
    module = "org.apache.kafka.common.security.plain.PlainLoginModule"
    oauth = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
    jaas = f'{module} required username="ann" password="secret" user_ann="secret";'

    def settings() -> dict[str, str]:
        base = broker.storage.load()
        assert base is not None
        local = f"127.0.0.1:{base.port}"
        return {
            "listeners": f"PLAINTEXT://{local},CONTROLLER://127.0.0.1:{base.controller_port},"
            f"SASL://127.0.0.1:{sasl},SECURE://127.0.0.1:{sasl_ssl}",
            "advertised.listeners": f"PLAINTEXT://{local},SASL://127.0.0.1:{sasl},SECURE://127.0.0.1:{sasl_ssl}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
            "SASL:SASL_PLAINTEXT,SECURE:SASL_SSL",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl.plain.sasl.jaas.config": jaas,
            "listener.name.secure.plain.sasl.jaas.config": jaas,
            "listener.name.sasl.sasl.enabled.mechanisms": "PLAIN,OAUTHBEARER",
            "listener.name.sasl.oauthbearer.sasl.jaas.config": f"{oauth} required;",  # takes unsigned tokens
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(store),
        }

    broker = LocalBroker(folder / "broker", shared_cache(), preferred=None, settings=settings)
    broker.start()
    yield Secured(f"127.0.0.1:{sasl}", f"127.0.0.1:{sasl_ssl}", str(cert))
    broker.purge()


def test_right_credentials_connect(secured: Secured) -> None:
    assert client.admin(secured.plain("ann", "secret"), dial_timeout_s=10).metadata().brokers


@pytest.mark.parametrize("make", [client.admin, client.producer, client.consumer])
def test_wrong_credentials_are_told_from_an_absent_broker_and_soon(secured: Secured, make: object) -> None:
    begun = time.monotonic()
    conf = {"group_id": "g"} if make is client.consumer else {}
    with pytest.raises(AuthError) as caught:
        make(secured.plain("ann", "wrong"), dial_timeout_s=30, **conf)  # type: ignore[operator]
    assert time.monotonic() - begun < 15
    assert "Authentication failed" in str(caught.value.cause)


def unsigned_token(lifetime_s: int) -> str:
    """A JSON Web Token of "ann" without a signature (RFC 7515, unsecured)."""
    claims = {"sub": "ann", "iat": int(time.time()) - 60, "exp": int(time.time()) + lifetime_s}
    parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."


@pytest.mark.parametrize("make", [client.admin, client.producer, client.consumer])
def test_a_bearer_token(secured: Secured, make: object) -> None:
    conf = {"group_id": "g"} if make is client.consumer else {}

    def connect(token: str) -> None:
        settings = KafkaSettings((secured.sasl,), sasl=Sasl("OAUTHBEARER", password=f"token:{token}"))
        made = make(settings, dial_timeout_s=10, **conf)  # type: ignore[operator]
        if make is client.consumer:
            made.close()

    connect(unsigned_token(300))
    with pytest.raises(AuthError):
        connect(unsigned_token(-50))


def test_no_credentials_do_not_connect(secured: Secured) -> None:
    with pytest.raises((UnreachableError, AuthError)):
        client.admin(KafkaSettings((secured.sasl,)), dial_timeout_s=1)


def test_tls_with_the_ca_without_it_and_unverified(secured: Secured) -> None:
    assert client.admin(secured.encrypted(secured.ca_file), dial_timeout_s=10).metadata().brokers
    assert client.admin(secured.encrypted(None, insecure=True), dial_timeout_s=10).metadata().brokers
    with pytest.raises(UnreachableError) as caught:
        client.admin(secured.encrypted(None), dial_timeout_s=1.5)
    assert "certificate" in str(caught.value.cause)


def test_the_command_line_exits_with_the_authentication_code(secured: Secured, cli: Cli) -> None:
    flags = ["-X", f"brokers={secured.sasl}", "-X", "user=ann", "-X", "pass=wrong", "-X", "sasl.mechanism=PLAIN"]
    outcome = cli("topic", "list", *flags)
    assert (outcome.code, "The brokers refused the credentials" in outcome.err) == (4, True), outcome.err
    flags[5] = "pass=secret"
    assert cli("topic", "list", *flags).code == 0
