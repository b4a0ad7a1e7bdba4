"""The API sections of rpk.yaml profiles and of redpanda.yaml, read into one form."""

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from rpkpy.config import addresses
from rpkpy.config.addresses import BadAddress
from rpkpy.config.settings import Sasl, Tls
from rpkpy.config.yaml_file import Section

Complete = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Api:
    """One API's section: completed addresses, TLS where the section has it, Kafka credentials."""

    addresses: tuple[str, ...] = ()
    tls: Tls | None = None
    sasl: Sasl | None = None


@dataclass(frozen=True, slots=True)
class Apis:
    """The three APIs of one source; None where the source says nothing of it."""

    kafka: Api | None = None
    admin: Api | None = None
    registry: Api | None = None


def admin_address(text: str) -> str:
    """An Admin API address, completed."""
    return addresses.http(text, addresses.ADMIN_PORT)


def registry_address(text: str) -> str:
    """A schema registry address, completed."""
    return addresses.http(text, addresses.REGISTRY_PORT)


def of_profile(section: Section | None, cwd: Path) -> Apis:
    """The APIs of a profile, or of the `rpk` section of redpanda.yaml, which has the same form."""
    if section is None:
        return Apis()
    return Apis(
        _api(section.section("kafka_api"), "brokers", addresses.kafka, cwd),
        _api(section.section("admin_api"), "addresses", admin_address, cwd),
        _api(section.section("schema_registry"), "addresses", registry_address, cwd),
    )


def _api(section: Section | None, key: str, complete: Complete, cwd: Path) -> Api | None:
    if section is None:
        return None
    try:
        found = tuple(complete(text) for text in section.texts(key))
    except BadAddress as error:
        raise section.fail(key, str(error)) from None
    api = Api(found, _tls(section.section("tls"), cwd), _sasl(section.section("sasl")))
    return api if api != Api() else None  # an empty section falls back as a missing one


def _tls(section: Section | None, cwd: Path) -> Tls | None:
    """TLS of a `tls` mapping; its presence alone turns TLS on."""
    if section is None:
        return None

    def file(*names: str) -> str | None:
        text = next(filter(None, map(section.text, names)), "")
        return str(cwd / text) if text else None

    return Tls(
        ca_file=file("ca_file", "truststore_file"),
        cert_file=file("cert_file"),
        key_file=file("key_file"),
        insecure_skip_verify=section.boolean("insecure_skip_verify"),
    )


def _sasl(section: Section | None) -> Sasl | None:
    if section is None:
        return None
    user, password = section.text("user"), section.text("password")
    mechanism = section.text("mechanism") or section.text("type")
    if not (user or password or mechanism):
        return None
    return Sasl(mechanism or Sasl().mechanism, user, password)


def of_listeners(document: Section, cwd: Path) -> Apis:
    """The APIs that redpanda.yaml's listeners offer to a client on the broker's machine."""
    broker = document.section("redpanda")
    registry = document.section("schema_registry")
    return Apis(
        _listeners(broker, "kafka_api", addresses.KAFKA_PORT, cwd),
        _listeners(broker, "admin", addresses.ADMIN_PORT, cwd, tls_key="admin_api_tls"),
        _listeners(registry, "schema_registry_api", addresses.REGISTRY_PORT, cwd),
    )


def _listeners(
    section: Section | None, key: str, default_port: int, cwd: Path, tls_key: str | None = None
) -> Api | None:
    """The nearest listeners: by plain before TLS, then localhost, loopback, private, public; all of the best kind."""
    if section is None:
        return None
    tls_of = {tls.text("name"): tls for tls in section.sections(tls_key or f"{key}_tls") if tls.boolean("enabled")}
    ranked: list[tuple[bool, int, str, Tls | None]] = []
    for listener in section.sections(key):
        host = listener.text("address")
        if not host:
            continue
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # read, not bound
        tls = tls_of.get(listener.text("name"))
        shown = f"[{host}]" if ":" in host else host
        address = f"{shown}:{listener.integer('port', default_port)}"
        ranked.append((tls is not None, _distance(host), address, _tls(tls, cwd)))
    if not ranked:
        return None
    best = min(entry[:2] for entry in ranked)
    nearest = [entry for entry in ranked if entry[:2] == best]
    return Api(tuple(address for _, _, address, _ in nearest), nearest[0][3])


def _distance(host: str) -> int:
    """0 localhost, 1 loopback, 2 private, 3 everything else."""
    if host == "localhost":
        return 0
    try:
        address = ip_address(host)
    except ValueError:
        return 3
    if address.is_loopback:
        return 1
    return 2 if address.is_private else 3
