"""A broker that asks who is there: SASL, TLS, client certificates, access control. One for the whole session."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rpkpy.config.settings import KafkaSettings, Sasl, Tls
from rpkpy.kafka import client
from rpkpy.kafka.local.broker import LocalBroker
from rpkpy.kafka.local.ports import choose
from tests.fakes.certificates import Authority, Certificate
from tests.kafka.fixture import TestKafka, running, shared_cache

_LOGIN = "org.apache.kafka.common.security"
SUPER, PASSWORD = "ann", "s3cret-of-ann"
"""Who may do everything, by every mechanism."""


@dataclass(frozen=True)
class Secured:
    """The broker's addresses by listener, and what its clients hold.

    `sasl` is in the clear, `secure` SASL over TLS, `mtls` wants a client certificate, `expired` shows a certificate
    that is good no more. `open` is a listener without questions, for the test's own work.
    """

    open: TestKafka
    sasl: str
    secure: str
    mtls: str
    expired: str
    ca: Path
    stranger: Path
    client: Certificate
    late_client: Certificate
    strange_client: Certificate

    def settings(self, user: str = SUPER, password: str = PASSWORD, mechanism: str = "SCRAM-SHA-256") -> KafkaSettings:
        """The SASL over TLS listener, with the right authority."""
        return KafkaSettings((self.secure,), tls=Tls(str(self.ca)), sasl=Sasl(mechanism, user, password))

    def user(self, name: str, password: str) -> None:
        """Make a user that may do nothing, for both SCRAM mechanisms."""
        from confluent_kafka.admin import ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

        admin = client.admin(self.open.settings)
        for mechanism in (ScramMechanism.SCRAM_SHA_256, ScramMechanism.SCRAM_SHA_512):
            info = ScramCredentialInfo(mechanism, 4096)
            upsertion = UserScramCredentialUpsertion(name, info, password.encode())
            (future,) = admin.raw.alter_user_scram_credentials([upsertion]).values()
            admin.wait(future)

    def allow(self, principal: str, operation: str, *, topic: str = "", group: str = "") -> None:
        """Let a principal (`User:...`) do an operation (`READ`, `WRITE`, ...) on a topic or a group."""
        from confluent_kafka.admin import (
            AclBinding,
            AclOperation,
            AclPermissionType,
            ResourcePatternType,
            ResourceType,
        )

        admin = client.admin(self.open.settings)
        binding = AclBinding(
            ResourceType.TOPIC if topic else ResourceType.GROUP,
            topic or group,
            ResourcePatternType.LITERAL,
            principal,
            "*",
            AclOperation[operation],
            AclPermissionType.ALLOW,
        )
        (future,) = admin.raw.create_acls([binding]).values()
        admin.wait(future)


def store_of(certificate: Certificate) -> Path:
    """A file with both the key and the certificate, as Kafka wants them."""
    store = certificate.cert.with_suffix(".store")
    store.write_bytes(certificate.key.read_bytes() + certificate.cert.read_bytes())
    return store


@contextmanager
def running_secured(folder: Path) -> Iterator[Secured]:
    """The broker, for the time of the block."""
    ours, theirs = Authority(folder, "ours"), Authority(folder, "theirs")
    server, late_server = ours.issue("broker"), ours.issue("late-broker", expired=True)
    ports = {name: choose() for name in ("SASL", "SECURE", "MTLS", "EXPIRED")}
    kinds = {"SASL": "SASL_PLAINTEXT", "SECURE": "SASL_SSL", "MTLS": "SSL", "EXPIRED": "SSL"}
    jaas = {
        "plain": f'{_LOGIN}.plain.PlainLoginModule required user_{SUPER}="{PASSWORD}";',
        "scram-sha-256": f"{_LOGIN}.scram.ScramLoginModule required;",
        "scram-sha-512": f"{_LOGIN}.scram.ScramLoginModule required;",
        "oauthbearer": f"{_LOGIN}.oauthbearer.OAuthBearerLoginModule required;",  # takes unsigned tokens
    }

    def settings() -> dict[str, str]:
        base = broker.storage.load()
        assert base is not None
        named = [f"PLAINTEXT://127.0.0.1:{base.port}"]
        named += [f"{name}://127.0.0.1:{port}" for name, port in ports.items()]
        found = {
            "listeners": ",".join([*named, f"CONTROLLER://127.0.0.1:{base.controller_port}"]),
            "advertised.listeners": ",".join(named),
            "listener.security.protocol.map": ",".join(
                ["PLAINTEXT:PLAINTEXT", "CONTROLLER:PLAINTEXT", *(f"{name}:{kind}" for name, kind in kinds.items())]
            ),
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(store_of(server)),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(ours.ca),
            "listener.name.mtls.ssl.client.auth": "required",
            "listener.name.expired.ssl.keystore.type": "PEM",
            "listener.name.expired.ssl.keystore.location": str(store_of(late_server)),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:{SUPER};User:CN=client",
        }
        for listener in ("sasl", "secure"):
            found[f"listener.name.{listener}.sasl.enabled.mechanisms"] = ",".join(jaas).upper()
            for mechanism, line in jaas.items():
                found[f"listener.name.{listener}.{mechanism}.sasl.jaas.config"] = line
        return found

    broker = LocalBroker(folder / "broker", shared_cache(), preferred=None, settings=settings)
    with running(broker) as kafka:
        address = {name: f"127.0.0.1:{port}" for name, port in ports.items()}
        secured = Secured(
            kafka,
            address["SASL"],
            address["SECURE"],
            address["MTLS"],
            address["EXPIRED"],
            ours.ca,
            theirs.ca,
            ours.issue("client"),
            ours.issue("late-client", expired=True),
            theirs.issue("strange-client"),
        )
        secured.user(SUPER, PASSWORD)
        yield secured
