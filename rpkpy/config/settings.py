"""The settings a command works with, after every source has been read and merged."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS of one API; its presence turns TLS on. Paths are PEM files."""

    ca_file: str | None = None
    cert_file: str | None = None
    key_file: str | None = None
    insecure_skip_verify: bool = False


OAUTHBEARER = "OAUTHBEARER"


@dataclass(frozen=True, slots=True)
class Sasl:
    """Kafka credentials; HTTP APIs take user and password as basic authentication, an OAUTHBEARER token as it is."""

    mechanism: str = "SCRAM-SHA-256"
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def token(self) -> str | None:
        """The bearer token of OAUTHBEARER: the password, with or without `token:` before it, as with rpk."""
        return self.password.removeprefix("token:") if self.mechanism.upper() == OAUTHBEARER else None


@dataclass(frozen=True, slots=True)
class CloudAuth:
    """A login to Redpanda Cloud, known by its organisation and its kind (`sso` or `client-credentials`)."""

    org_id: str = ""
    kind: str = ""
    name: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    auth_token: str = field(default="", repr=False)
    organization: str = ""
    refresh_token: str = field(default="", repr=False)


SERVERLESS = "TYPE_SERVERLESS"


@dataclass(frozen=True, slots=True)
class CloudCluster:
    """The cluster of Redpanda Cloud that a profile is for; `url` is that of its data plane.

    `kind` is TYPE_DEDICATED, TYPE_BYOC or TYPE_SERVERLESS.
    """

    id: str = ""
    name: str = ""
    resource_group: str = ""
    kind: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """The Kafka API: `brokers` as host:port.

    Times are in seconds: opening a connection, what a request may take beyond its own timeout, how long a request
    is retried, how long a fetch waits for data. Their defaults are rpk's.
    """

    brokers: tuple[str, ...] = ("127.0.0.1:9092",)
    tls: Tls | None = None
    sasl: Sasl | None = None
    client_id: str = "rpkpy"
    dial_timeout_s: float = 3.0
    request_overhead_s: float = 5.0
    retry_timeout_s: float = 11.0
    fetch_max_wait_s: float = 5.0


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """An HTTP API: `addresses` as host:port, or as URL with a scheme of its own."""

    addresses: tuple[str, ...] = ()
    tls: Tls | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """What every command needs to reach its cluster.

    `admin_known` says that the Admin API's address was given, not guessed. `cloud_cluster` is there where the
    profile is for a cluster of Redpanda Cloud, `cloud` is the login for it. `warnings` are for the person: files that
    others may read, files left out.
    """

    kafka: KafkaSettings = KafkaSettings()
    admin: HttpSettings = HttpSettings(("127.0.0.1:9644",))
    registry: HttpSettings = HttpSettings(("127.0.0.1:8081",))
    admin_known: bool = False
    cloud: CloudAuth = CloudAuth()
    cloud_cluster: CloudCluster | None = None
    profile: str | None = None
    dial_timeout_s: float = 3.0
    request_timeout_s: float = 10.0
    warnings: tuple[str, ...] = ()

    @property
    def signs_in_with_cloud_login(self) -> bool:
        """Whether Kafka is reached with the login's own token, as in the profile of a serverless cluster."""
        if self.cloud_cluster is None or self.cloud_cluster.kind != SERVERLESS:
            return False
        return self.kafka.sasl is None or self.kafka.sasl.token == self.cloud.auth_token
