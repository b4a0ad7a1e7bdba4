"""Every setting that `-X KEY=VALUE` and `RPK_*` variables can override, as one table (rpk's xflags)."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "list", "bool", "duration"]


@dataclass(frozen=True, slots=True)
class Key:
    """One setting.

    `name` is its `-X` key, `path` where it stands in rpk.yaml: in a profile, or under `globals`. `old_variables`
    are the `REDPANDA_*` names that older tools used, the first one set counts.
    """

    name: str
    path: tuple[str, ...]
    kind: Kind
    example: str
    text: str
    old_variables: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable: RPK_ and the name in capitals, dots as underscores."""
        return "RPK_" + self.name.upper().replace(".", "_")


def _tls(prefix: str, section: str, title: str, old: str | None) -> tuple[Key, ...]:
    def variables(*names: str) -> tuple[str, ...]:
        return tuple(f"{old}{name}" for name in names) if old else ()

    return (
        Key(f"{prefix}tls.enabled", (section, "tls"), "bool", "true", f"TLS to the {title}; false turns it off"),
        Key(
            f"{prefix}tls.insecure_skip_verify",
            (section, "tls", "insecure_skip_verify"),
            "bool",
            "false",
            f"do not verify the certificate of the {title}",
        ),
        Key(
            f"{prefix}tls.ca",
            (section, "tls", "ca_file"),
            "text",
            "/path/to/ca.pem",
            f"PEM file of the authority that signed the {title}'s certificate; turns TLS on",
            variables("CA", "TRUSTSTORE"),
        ),
        Key(
            f"{prefix}tls.cert",
            (section, "tls", "cert_file"),
            "text",
            "/path/to/cert.pem",
            f"PEM file of the client certificate for the {title}; turns TLS on",
            variables("CERT"),
        ),
        Key(
            f"{prefix}tls.key",
            (section, "tls", "key_file"),
            "text",
            "/path/to/key.pem",
            f"PEM file of the client certificate's key for the {title}; turns TLS on",
            variables("KEY"),
        ),
    )


KEYS: tuple[Key, ...] = (
    Key(
        "brokers",
        ("kafka_api", "brokers"),
        "list",
        "127.0.0.1:9092,localhost:9094",
        "Kafka brokers, comma separated host:port",
        ("REDPANDA_BROKERS",),
    ),
    *_tls("", "kafka_api", "Kafka API", "REDPANDA_TLS_"),
    Key(
        "sasl.mechanism",
        ("kafka_api", "sasl", "mechanism"),
        "text",
        "SCRAM-SHA-256",
        "SCRAM-SHA-256, SCRAM-SHA-512, PLAIN or OAUTHBEARER",
        ("REDPANDA_SASL_MECHANISM",),
    ),
    Key(
        "user",
        ("kafka_api", "sasl", "user"),
        "text",
        "username",
        "user for the Kafka API, and for basic authentication of the Admin API",
        ("REDPANDA_SASL_USERNAME",),
    ),
    Key(
        "pass",
        ("kafka_api", "sasl", "password"),
        "text",
        "password",
        "that user's password; with OAUTHBEARER the token, as token:TOKEN or alone",
        ("REDPANDA_SASL_PASSWORD",),
    ),
    Key(
        "admin.hosts",
        ("admin_api", "addresses"),
        "list",
        "localhost:9644,rp.example.com:9644",
        "Admin API hosts, comma separated host:port or http(s) URL",
        ("REDPANDA_API_ADMIN_ADDRS",),
    ),
    *_tls("admin.", "admin_api", "Admin API", "REDPANDA_ADMIN_TLS_"),
    Key(
        "registry.hosts",
        ("schema_registry", "addresses"),
        "list",
        "localhost:8081,rp.example.com:8081",
        "schema registry hosts, comma separated host:port or http(s) URL",
    ),
    *_tls("registry.", "schema_registry", "schema registry", None),
    Key("cloud.client_id", ("cloud", "client_id"), "text", "somestring", "OAuth client id for Redpanda Cloud"),
    Key("cloud.client_secret", ("cloud", "client_secret"), "text", "somelongerstring", "OAuth client secret"),
    Key("globals.prompt", ("globals", "prompt"), "text", 'bg-red "%n"', "prompt of profiles that have none"),
    Key(
        "globals.no_default_cluster",
        ("globals", "no_default_cluster"),
        "bool",
        "false",
        "do not fall back on 127.0.0.1 where no address is given",
    ),
    Key("globals.command_timeout", ("globals", "command_timeout"), "duration", "10s", "limit of one Admin API request"),
    Key("globals.dial_timeout", ("globals", "dial_timeout"), "duration", "3s", "limit of opening a connection"),
    Key(
        "globals.request_timeout_overhead",
        ("globals", "request_timeout_overhead"),
        "duration",
        "10s",
        "time a Kafka request may take beyond its own timeout",
    ),
    Key(
        "globals.retry_timeout", ("globals", "retry_timeout"), "duration", "30s", "how long Kafka requests are retried"
    ),
    Key(
        "globals.fetch_max_wait",
        ("globals", "fetch_max_wait"),
        "duration",
        "5s",
        "how long a Kafka fetch waits for data",
    ),
    Key(
        "globals.kafka_protocol_request_client_id",
        ("globals", "kafka_protocol_request_client_id"),
        "text",
        "rpk",
        "client id of Kafka requests",
    ),
)

_BY_NAME = {key.name: key for key in KEYS}


def find(name: str) -> Key | None:
    """The key called `name`, upper or lower case."""
    return _BY_NAME.get(name.strip().lower())


def listing() -> str:
    """What `-X list` prints: one example a line."""
    return "".join(f"{key.name}={key.example}\n" for key in KEYS)


def details() -> str:
    """What `-X help` prints: every key with its meaning and its environment variables."""
    lines = [
        "-X KEY=VALUE overrides one setting for one command; repeat it for more.",
        "Precedence, highest first: -X, RPK_* variables, REDPANDA_* variables, the profile,",
        "the rpk section of redpanda.yaml, its listeners, defaults on 127.0.0.1.",
        "",
    ]
    for key in KEYS:
        variables = " or ".join((key.variable, *key.old_variables))
        lines += [f"{key.name}={key.example}", f"    {key.text}", f"    variable {variables}", ""]
    return "\n".join(lines)
