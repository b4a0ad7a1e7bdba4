"""All sources of configuration merged into one Settings.

Precedence, highest first: -X, RPK_* variables, REDPANDA_* variables, the profile, the rpk section of redpanda.yaml,
its listeners, defaults on 127.0.0.1. A profile's kafka_api, admin_api and schema_registry fall back each as a
whole; -X and variables override single fields.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from rpkpy.config import addresses, cloud_auths, rpk_yaml, sources, system_keyring, yaml_file
from rpkpy.config.overrides import Overrides
from rpkpy.config.settings import OAUTHBEARER, CloudAuth, CloudCluster, HttpSettings, KafkaSettings, Sasl, Settings, Tls
from rpkpy.config.sources import Api, Apis
from rpkpy.config.yaml_file import Section
from rpkpy.errors import ConfigError

SYSTEM_REDPANDA_YAML = Path("/etc/redpanda/redpanda.yaml")
MECHANISMS = ("SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN", OAUTHBEARER)
SERVERLESS_MECHANISM = "CLOUD-OIDC"
"""What rpk writes into the profile of a serverless cluster: OAUTHBEARER with the token of the cloud login."""


class Options(Protocol):
    """The global flags that matter here: `--config`, each `-X`, `--profile`."""

    config: str | None
    overrides: list[str]
    profile: str | None


@dataclass(frozen=True, slots=True)
class Files:
    """What was found on disk: rpk.yaml and redpanda.yaml, each None where missing, and warnings about them."""

    rpk: Section | None
    redpanda: Section | None
    warnings: tuple[str, ...] = ()


def settings(environ: Mapping[str, str], cwd: Path, config_dir: Path, options: Options) -> Settings:
    """The settings of this run; ConfigError names the file and line, the flag or the variable that is wrong.

    `config_dir` is the user's configuration folder (rpk/rpk.yaml below it). Paths of TLS files are made absolute
    from `cwd`; the files themselves are read by whoever connects.
    """
    overrides = Overrides(environ, options.overrides)
    files = read_files(cwd, config_dir, options.config)
    profile = current_profile(files.rpk, options.profile, environ.get("RPK_PROFILE"))
    document = files.redpanda
    layers = [
        sources.of_profile(profile, cwd),
        sources.of_profile(document.section("rpk") if document else None, cwd),
        sources.of_listeners(document, cwd) if document else Apis(),
    ]
    kafka = _overridden(next((a.kafka for a in layers if a.kafka), Api()), overrides, "", addresses.kafka, cwd)
    admin = _overridden(
        next((a.admin for a in layers if a.admin), Api()), overrides, "admin.", sources.admin_address, cwd
    )
    registry = _overridden(
        next((a.registry for a in layers if a.registry), Api()), overrides, "registry.", sources.registry_address, cwd
    )
    globals_ = (files.rpk.section("globals") if files.rpk else None) or Section(Path("rpk.yaml"), {}, "globals")
    no_default = overrides.boolean("globals.no_default_cluster")
    if no_default is None:
        no_default = globals_.boolean("no_default_cluster")
    admin_known = bool(admin.addresses)
    kafka, admin, registry = _guessed(kafka, admin, registry, overrides, default=not no_default)

    def seconds(name: str, default: float) -> float:
        given = overrides.seconds(f"globals.{name}")
        given = globals_.seconds(name) if given is None else given
        return given or default  # 0 stands for the default

    base, base_kafka = Settings(), KafkaSettings()
    client_id = overrides.text("globals.kafka_protocol_request_client_id") or globals_.text(
        "kafka_protocol_request_client_id"
    )
    dial_timeout_s = seconds("dial_timeout", base.dial_timeout_s)
    cloud = _cloud(files.rpk, profile, overrides)
    return Settings(
        kafka=KafkaSettings(
            brokers=kafka.addresses,
            tls=kafka.tls,
            sasl=_sasl(kafka.sasl, overrides, cloud),
            client_id=client_id or base_kafka.client_id,
            dial_timeout_s=dial_timeout_s,
            request_overhead_s=seconds("request_timeout_overhead", base_kafka.request_overhead_s),
            retry_timeout_s=seconds("retry_timeout", base_kafka.retry_timeout_s),
            fetch_max_wait_s=seconds("fetch_max_wait", base_kafka.fetch_max_wait_s),
        ),
        admin=HttpSettings(admin.addresses, admin.tls),
        registry=HttpSettings(registry.addresses, registry.tls),
        admin_known=admin_known,
        cloud=cloud,
        cloud_cluster=_cloud_cluster(profile),
        profile=profile.text("name") if profile else None,
        dial_timeout_s=dial_timeout_s,
        request_timeout_s=seconds("command_timeout", base.request_timeout_s),
        warnings=files.warnings,
    )


def read_files(cwd: Path, config_dir: Path, config: str | None) -> Files:
    """Find and read rpk.yaml and redpanda.yaml; `config` (--config) names one file, taken as both kinds."""
    if config is not None:
        path = cwd / config
        document = yaml_file.read(path)
        if document is None:
            raise ConfigError(f"--config: {path} does not exist.")
        rpk_yaml.prepare(document)
        return Files(document, document, _warnings(document))
    rpk = rpk_yaml.read(rpk_yaml.path(config_dir))
    warnings = _warnings(rpk)
    for path in (cwd / "redpanda.yaml", SYSTEM_REDPANDA_YAML):
        try:
            redpanda = yaml_file.read(path)
        except ConfigError as error:
            if path != SYSTEM_REDPANDA_YAML:
                raise
            # the broker's own file: often readable by its user alone, and nobody named it
            warnings = (*warnings, f"{error.message} It is left out.")
            continue
        if redpanda is not None:
            return Files(rpk, redpanda, warnings)
    return Files(rpk, None, warnings)


def current_profile(document: Section | None, flag: str | None, variable: str | None) -> Section | None:
    """The profile of --profile, of RPK_PROFILE, or the file's current one; ConfigError where that one is missing."""
    wanted, origin = flag, "--profile"
    if not wanted:
        wanted, origin = variable, "RPK_PROFILE"
    if not wanted and document is not None:
        wanted, origin = document.text("current_profile"), document.where("current_profile")
    if not wanted:
        return None
    found = rpk_yaml.profiles(document) if document is not None else {}
    if wanted not in found:
        known = ", ".join(name for name in found if name)
        raise ConfigError(
            f'{origin}: profile "{wanted}" does not exist.',
            fix=f"Use one of {known}." if known else "No profile exists; without one, 127.0.0.1 is used.",
        )
    return found[wanted]


def _warnings(document: Section | None) -> tuple[str, ...]:
    exposure = rpk_yaml.exposure(document) if document is not None else None
    return (exposure,) if exposure else ()


def _overridden(api: Api, overrides: Overrides, prefix: str, complete: sources.Complete, cwd: Path) -> Api:
    found = overrides.addresses("brokers" if prefix == "" else f"{prefix}hosts", complete)
    return replace(
        api,
        addresses=api.addresses if found is None else found,
        tls=_tls(api.tls, overrides, f"{prefix}tls.", cwd),
    )


def _tls(tls: Tls | None, overrides: Overrides, prefix: str, cwd: Path) -> Tls | None:
    """The TLS of one API: any tls key turns it on, `tls.enabled=false` turns it off whatever else is set."""
    enabled = overrides.boolean(f"{prefix}enabled")
    if enabled is False:
        return None

    def file(name: str, before: str | None) -> str | None:
        text = overrides.text(prefix + name)
        return before if text is None else (str(cwd / text) if text else None)

    old = tls or Tls()
    insecure = overrides.boolean(f"{prefix}insecure_skip_verify")
    new = Tls(
        ca_file=file("ca", old.ca_file),
        cert_file=file("cert", old.cert_file),
        key_file=file("key", old.key_file),
        insecure_skip_verify=old.insecure_skip_verify if insecure is None else insecure,
    )
    return new if tls is not None or enabled or new != Tls() else None


def _cloud(document: Section | None, profile: Section | None, overrides: Overrides) -> CloudAuth:
    """The login of the profile's cluster, else the current one; -X and variables override its client."""
    cluster = profile.section("cloud_cluster") if profile is not None else None
    wanted = [(cluster.text("auth_org_id"), cluster.text("auth_kind"))] if cluster is not None else []
    if document is not None:
        wanted.append((document.text("current_cloud_auth_org_id"), document.text("current_cloud_auth_kind")))
    found = CloudAuth()
    for auth in document.sections("cloud_auth") if document is not None and any(map(any, wanted)) else ():
        known = (auth.text("org_id"), auth.text("kind"))
        if known in wanted and (not found.org_id or known == wanted[0]):
            found = cloud_auths.read(auth)
    return cloud_auths.overridden(found, overrides.text("cloud.client_id"), overrides.text("cloud.client_secret"))


def _cloud_cluster(profile: Section | None) -> CloudCluster | None:
    """The cloud cluster of a profile that says that it is for one."""
    cluster = profile.section("cloud_cluster") if profile is not None and profile.boolean("from_cloud") else None
    if cluster is None:
        return None
    fields = ("cluster_id", "cluster_name", "resource_group", "cluster_type", "cluster_url")
    return CloudCluster(*map(cluster.text, fields))


def _sasl(sasl: Sasl | None, overrides: Overrides, cloud: CloudAuth) -> Sasl | None:
    user, password = overrides.text("user"), overrides.text("pass")
    mechanism = overrides.text("sasl.mechanism")
    old = sasl or Sasl()
    chosen = (mechanism or old.mechanism).strip().upper()
    if chosen == SERVERLESS_MECHANISM:
        return Sasl(OAUTHBEARER, password=cloud.auth_token) if cloud.auth_token else None
    if chosen not in MECHANISMS:
        why = f"SASL mechanism {chosen!r} is not supported"
        fix = f"Use one of {', '.join(MECHANISMS)}."
        error = overrides.fail("sasl.mechanism", why) if mechanism else ConfigError(f"kafka_api.sasl.mechanism: {why}.")
        error.fix = fix
        raise error
    secret = system_keyring.resolved(old.password if password is None else password)
    new = Sasl(chosen, old.user if user is None else user, secret)
    if chosen == OAUTHBEARER and not new.token:
        raise ConfigError("SASL mechanism OAUTHBEARER needs a token.", fix="Pass it with -X pass=token:TOKEN.")
    return new if new.user or new.password else None


def _guessed(kafka: Api, admin: Api, registry: Api, overrides: Overrides, *, default: bool) -> tuple[Api, Api, Api]:
    """Fill missing addresses: from the host and TLS of the API that is known, else 127.0.0.1 where `default`."""

    def filled(api: Api, prefix: str, known: Api, port: int) -> Api:
        if api.addresses:
            return api
        if known.addresses:
            explicit = api.tls is not None or overrides.boolean(f"{prefix}tls.enabled") is False
            tls = api.tls if explicit else known.tls
            return replace(api, addresses=(f"{addresses.host_of(known.addresses[0])}:{port}",), tls=tls)
        return replace(api, addresses=(f"127.0.0.1:{port}",)) if default else api

    first = kafka if kafka.addresses else admin
    return (
        filled(kafka, "", admin, addresses.KAFKA_PORT),
        filled(admin, "admin.", kafka, addresses.ADMIN_PORT),
        filled(registry, "registry.", first, addresses.REGISTRY_PORT),
    )
