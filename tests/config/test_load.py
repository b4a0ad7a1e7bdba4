"""Every source of configuration, and which of them wins."""

import re
import time
import traceback
import warnings
from pathlib import Path

import pytest

from rpkpy.cli.context import GlobalOptions
from rpkpy.config import keys, load
from rpkpy.config.settings import CloudAuth, HttpSettings, KafkaSettings, Sasl, Settings, Tls
from rpkpy.errors import ConfigError


class Machine:
    """A folder to stand in, a configuration folder, an environment, flags."""

    def __init__(self, root: Path) -> None:
        self.cwd = root / "here"
        self.config_dir = root / "config"
        self.cwd.mkdir()
        self.environ: dict[str, str] = {}
        self.options = GlobalOptions()

    def rpk_yaml(self, text: str, mode: int = 0o600) -> Path:
        path = self.config_dir / "rpk" / "rpk.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    def settings(self, *overrides: str) -> Settings:
        self.options.overrides = list(overrides)
        return load.settings(self.environ, self.cwd, self.config_dir, self.options)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(load, "SYSTEM_REDPANDA_YAML", tmp_path / "etc" / "redpanda.yaml")
    return Machine(tmp_path)


TWO_PROFILES = """\
version: 6
current_profile: a
profiles:
    - name: a
      kafka_api:
          brokers: [127.0.0.5:1]
      admin_api:
          addresses: [127.0.0.5:2]
    - name: b
      kafka_api:
          brokers: 127.0.0.6
"""


def test_nothing_given(machine: Machine) -> None:
    settings = machine.settings()
    assert settings == Settings()
    assert settings.kafka.brokers == ("127.0.0.1:9092",)
    assert settings.admin.addresses == ("127.0.0.1:9644",)
    assert settings.registry.addresses == ("127.0.0.1:8081",)


def test_precedence(machine: Machine) -> None:
    (machine.cwd / "redpanda.yaml").write_text(
        "redpanda:\n  admin: [{address: 0.0.0.0, port: 1}]\nrpk:\n  admin_api: {addresses: [h2:2]}\n"
    )
    assert machine.settings().admin.addresses == ("h2:2",)
    machine.rpk_yaml("version: 6\ncurrent_profile: p\nprofiles: [{name: p, admin_api: {addresses: [h3:3]}}]\n")
    assert machine.settings().admin.addresses == ("h3:3",)
    machine.environ["REDPANDA_API_ADMIN_ADDRS"] = "h4:4"
    assert machine.settings().admin.addresses == ("h4:4",)
    machine.environ["RPK_ADMIN_HOSTS"] = "h5:5"
    assert machine.settings().admin.addresses == ("h5:5",)
    assert machine.settings("admin.hosts=h6:6").admin.addresses == ("h6:6",)
    assert machine.settings("admin.hosts=h6:6", "ADMIN.Hosts=h7:7,h8").admin.addresses == ("h7:7", "h8:9644")


def test_listeners_of_redpanda_yaml(machine: Machine) -> None:
    path = machine.cwd / "redpanda.yaml"
    path.write_text(
        "redpanda:\n  kafka_api: [{address: 8.8.8.8}, {address: 10.0.0.1}, {address: 0.0.0.0, port: 19092}]\n"
    )
    assert machine.settings().kafka.brokers == ("127.0.0.1:19092",)
    path.write_text(
        "redpanda:\n  kafka_api: [{name: s, address: localhost, port: 1}, {name: p, address: 10.0.0.1}]\n"
        "  kafka_api_tls: [{name: s, enabled: true, truststore_file: /ca}]\n"
    )
    assert machine.settings().kafka == KafkaSettings(brokers=("10.0.0.1:9092",))
    path.write_text(
        "redpanda:\n  admin: {address: '::1'}\n  admin_api_tls: {enabled: true, cert_file: c, key_file: k}\n"
    )
    here = machine.cwd
    assert machine.settings().admin == HttpSettings(
        ("[::1]:9644",), Tls(cert_file=str(here / "c"), key_file=str(here / "k"))
    )


def test_sections_fall_back_as_a_whole(machine: Machine) -> None:
    (machine.cwd / "redpanda.yaml").write_text(
        "rpk:\n  kafka_api: {brokers: [h1:1], sasl: {user: u, password: p, type: PLAIN}}\n  admin_api: {tls: {}}\n"
    )
    machine.rpk_yaml("current_profile: p\nprofiles: [{name: p, kafka_api: {brokers: [h2:2]}, admin_api: {}}]\n")
    settings = machine.settings()
    assert settings.kafka == KafkaSettings(brokers=("h2:2",))  # no user from the other file
    assert settings.admin == HttpSettings(("h2:9644",), Tls())


def test_a_profile_by_flag_variable_and_file(machine: Machine) -> None:
    machine.rpk_yaml(TWO_PROFILES)
    assert machine.settings().profile == "a"
    machine.environ["RPK_PROFILE"] = "b"
    assert machine.settings().profile == "b"
    assert machine.settings().kafka.brokers == ("127.0.0.6:9092",)
    machine.options.profile = "a"
    assert machine.settings().profile == "a"
    for asked, where in ((("zz", None), "--profile"), ((None, "zz"), "RPK_PROFILE")):
        machine.options.profile, machine.environ["RPK_PROFILE"] = asked[0], asked[1] or ""
        with pytest.raises(ConfigError) as caught:
            machine.settings()
        assert caught.value.message == f'{where}: profile "zz" does not exist.'
        assert "a, b" in str(caught.value.fix)


def test_a_current_profile_that_is_gone(machine: Machine) -> None:
    path = machine.rpk_yaml("version: 6\ncurrent_profile: gone\n")
    with pytest.raises(ConfigError, match="does not exist") as caught:
        machine.settings()
    assert caught.value.message.startswith(f"{path}:2:1: ")


def test_addresses_are_guessed_from_the_api_that_is_known(machine: Machine) -> None:
    settings = machine.settings("brokers=h1:1,h2:2", "tls.ca=/ca.pem")
    assert settings.admin == HttpSettings(("h1:9644",), Tls(ca_file="/ca.pem"))
    assert settings.registry == HttpSettings(("h1:8081",), Tls(ca_file="/ca.pem"))
    settings = machine.settings("admin.hosts=https://h3")
    assert settings.kafka.brokers == ("h3:9092",)
    assert settings.admin.addresses == ("https://h3",)  # an URL keeps its own port
    assert machine.settings("brokers=h1", "tls.enabled=true", "admin.tls.enabled=false").admin == HttpSettings(
        ("h1:9644",), None
    )


def test_no_default_cluster(machine: Machine) -> None:
    machine.rpk_yaml("globals: {no_default_cluster: true}\n")
    assert machine.settings().admin.addresses == ()
    assert machine.settings("globals.no_default_cluster=false").admin.addresses == ("127.0.0.1:9644",)


@pytest.mark.parametrize(
    ("overrides", "tls"),
    [
        ([], None),
        (["admin.tls.enabled=true"], Tls()),
        (["admin.tls.enabled=FALSE"], None),
        (["admin.tls.enabled=false", "admin.tls.ca=/x"], None),
        (["admin.tls.ca=/x"], Tls(ca_file="/x")),
        (["admin.tls.cert=/c", "admin.tls.key=/k"], Tls(cert_file="/c", key_file="/k")),
        (["admin.tls.insecure_skip_verify=true"], Tls(insecure_skip_verify=True)),
        (["admin.tls.insecure_skip_verify=false"], None),
    ],
)
def test_tls_is_on_when_meant(machine: Machine, overrides: list[str], tls: Tls | None) -> None:
    assert machine.settings("admin.hosts=h", *overrides).admin.tls == tls


def test_tls_of_a_profile(machine: Machine) -> None:
    machine.rpk_yaml(
        "current_profile: p\nprofiles: [{name: p, admin_api: {addresses: h, tls: {ca_file: ca.pem}}, "
        "schema_registry: {addresses: s, tls: {}}}]\n"
    )
    settings = machine.settings("admin.tls.key=/k")
    assert settings.admin.tls == Tls(ca_file=str(machine.cwd / "ca.pem"), key_file="/k")
    assert settings.registry == HttpSettings(("s:8081",), Tls())
    assert machine.settings("admin.tls.enabled=false").admin.tls is None


def test_sasl(machine: Machine) -> None:
    assert machine.settings("user=u", "pass=p").kafka.sasl == Sasl("SCRAM-SHA-256", "u", "p")
    assert machine.settings("user=u", "pass=a=b", "sasl.mechanism=plain").kafka.sasl == Sasl("PLAIN", "u", "a=b")
    machine.environ |= {"REDPANDA_SASL_USERNAME": "old", "REDPANDA_SASL_PASSWORD": "pw", "RPK_USER": "new"}
    assert machine.settings().kafka.sasl == Sasl("SCRAM-SHA-256", "new", "pw")
    assert "pw" not in repr(machine.settings())
    with pytest.raises(ConfigError, match=r"-X sasl\.mechanism: .*'NOPE'"):
        machine.settings("sasl.mechanism=nope")


def test_a_bearer_token(machine: Machine) -> None:
    for given in ("pass=token:a.b.c", "pass=a.b.c"):
        sasl = machine.settings("sasl.mechanism=oauthbearer", given).kafka.sasl
        assert sasl is not None
        assert (sasl.mechanism, sasl.token) == ("OAUTHBEARER", "a.b.c")
    for nothing in ((), ("pass=",), ("pass=token:",)):
        with pytest.raises(ConfigError, match="needs a token"):
            machine.settings("sasl.mechanism=OAUTHBEARER", *nothing)


CLOUD = """\
version: 6
current_profile: p
current_cloud_auth_org_id: o2
current_cloud_auth_kind: sso
profiles:
    - name: p
      from_cloud: true
      cloud_cluster: {auth_org_id: o1, auth_kind: client-credentials}
      kafka_api: {brokers: [h], tls: {}, sasl: {mechanism: CLOUD-OIDC}}
    - name: q
      kafka_api: {brokers: [h]}
cloud_auth:
    - {name: two, org_id: o2, kind: sso, auth_token: t2, client_id: c2}
    - {name: one, org_id: o1, kind: client-credentials, auth_token: t1, client_id: c1, client_secret: s1}
"""


def test_the_cloud_login(machine: Machine) -> None:
    machine.rpk_yaml(CLOUD)
    settings = machine.settings()
    assert settings.cloud == CloudAuth("o1", "client-credentials", "one", "c1", "s1", "t1")
    assert settings.kafka.sasl == Sasl("OAUTHBEARER", "", "t1")  # a serverless cluster's
    assert not {"s1", "t1"} & set(re.findall(r"\w+", repr(settings)))
    machine.options.profile = "q"
    assert machine.settings().cloud.name == "two"
    machine.environ["RPK_CLOUD_CLIENT_ID"] = "env"
    settings = machine.settings("cloud.client_secret=flag")
    assert (settings.cloud.client_id, settings.cloud.client_secret) == ("env", "flag")


def test_times(machine: Machine) -> None:
    machine.rpk_yaml("globals: {command_timeout: 0s, dial_timeout: 1m30s, retry_timeout: 250ms}\n")
    settings = machine.settings("globals.fetch_max_wait=2s", "globals.kafka_protocol_request_client_id=me")
    assert (settings.request_timeout_s, settings.dial_timeout_s) == (10.0, 90.0)
    assert settings.kafka.retry_timeout_s == 0.25
    assert (settings.kafka.fetch_max_wait_s, settings.kafka.client_id) == (2.0, "me")
    assert settings.kafka.dial_timeout_s == 90.0


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("nope=1", 'unknown key "nope"'),
        ("admin.hosts", '"admin.hosts" is not a key=value'),
        ("admin.hosts=", "-X admin.hosts: no address given"),
        ("admin.hosts=,", "no address given"),
        ("admin.hosts=h:99999", "ports are 1 to 65535"),
        ("admin.hosts=h:x", "not host:port"),
        ("admin.hosts=http://u:p@h", "-X user and -X pass"),
        ("admin.hosts=http://h/path", "not host:port"),
        ("admin.hosts=ftp://h", "http or https"),
        ("admin.tls.enabled=maybe", "-X admin.tls.enabled: 'maybe' is not true or false"),
        ("globals.dial_timeout=5", "-X globals.dial_timeout: '5' is not a duration"),
    ],
)
def test_flags_that_cannot_be_meant(machine: Machine, override: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        machine.settings(override)
    assert said in caught.value.message
    assert ":p@" not in caught.value.message


def test_an_empty_variable_counts(machine: Machine) -> None:
    machine.environ["RPK_ADMIN_HOSTS"] = ""
    with pytest.raises(ConfigError, match="RPK_ADMIN_HOSTS: no address given"):
        machine.settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("version: 7\n", ":1:1: version 7 is newer"),
        ("version: 0\n", ":1:1: version: expected 1 to 6"),
        ("version: six\n", ":1:1: version: expected a whole number"),
        ("profiles: 3\ncurrent_profile: p\n", ":1:1: profiles: expected a list of mappings"),
        (
            "current_profile: p\nprofiles:\n- name: p\n  admin_api:\n    addresses: 5\n",
            ":5:5: profiles[0].admin_api.addresses",
        ),
        (
            "current_profile: p\nprofiles:\n- name: p\n  kafka_api: x\n",
            ":4:3: profiles[0].kafka_api: expected a mapping",
        ),
        ("current_profile: p\nprofiles:\n- name: p\n  kafka_api: {brokers: ['a b']}\n", "'a b' is not host:port"),
        ("current_profile: p\nprofiles:\n- name: p\n- name: p\n", ":4:3: profiles[1].name: a second profile 'p'"),
        ("version: 6\nversion: 6\n", ":2:1: "),
        ("a:\n\t- b\n", ":2:1: "),
        ("a: [\n", ":2:1: "),
        ("- a\n", "holds no mapping"),
        ("globals: {dial_timeout: soon}\n", "globals.dial_timeout: 'soon' is not a duration"),
        ("a: !!binary x\n", ":1:4: "),
        ("a: " + "[" * 3000 + "\n", ":1:35: nested deeper"),
        ("a: b\nc: d\x01\n", ":2:5: U+0001"),
        ("a: &a\n  b: *a\n", ":2:6: an alias of what it stands in"),
        ("a:\n  ? b: [c]\n", ":2:5: a list or a mapping as a key"),
        ("a: 1\n? [b]\n: 2\n", ":2:3: a list or a mapping as a key"),
        ("{a: [1, {b: c}], [d]: 2}\n", ":1:18: a list or a mapping as a key"),
        ("a: &x [[b]]\n*x : 2\n", ":2:1: a list or a mapping as a key"),
    ],
)
def test_files_that_cannot_be_used(machine: Machine, text: str, said: str) -> None:
    path = machine.rpk_yaml(text)
    with pytest.raises(ConfigError) as caught:
        machine.settings()
    assert str(path) in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize("text", ["a: &x b\n*x : 2\n", "a: &x {b: c}\nd: {<<: *x}\n"])
def test_aliases_of_texts_are_keys_and_mappings_are_merged(machine: Machine, text: str) -> None:
    machine.rpk_yaml(text)
    assert machine.settings() == Settings()


@pytest.mark.parametrize(
    "text",
    [
        "profiles:\n- kafka_api: {sasl: {password: hush, password: hush2}}\n",
        "profiles:\n- kafka_api:\n    sasl:\n      password: hush\n     user: u\n",
        "auth_token: [hush\n",
        "auth_token: *hush\n",
        "auth_token: !!int hush\n",
        "auth_token: !hush!hush\n",
        "auth_token: @hush\n",
    ],
)
def test_errors_quote_no_line_of_the_file(machine: Machine, text: str) -> None:
    machine.rpk_yaml(text)
    try:
        machine.settings()
    except ConfigError as error:
        shown = "".join(traceback.format_exception(error))  # what -v prints
        assert "hush" not in shown
        assert "rpk.yaml" in error.message


def test_an_anchor_may_be_used_again_and_no_warning_quotes_it(machine: Machine) -> None:
    machine.rpk_yaml("profiles:\n- kafka_api: {sasl: {user: &x ann, password: &x hush}, brokers: [*x]}\n")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        machine.settings()


_DOUBLED = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 30))
BOMBS = {
    "aliases": f"a0: &a0 [x]\n{_DOUBLED}",
    "merges": "a0: &a0 {x: y}\n"
    + "".join(f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 30)),
    "brackets": "a: " + "[" * 100_000,
    "entries": "a: [" + "1," * 60_000 + "]",
    "keys": "".join(f"k{i}: 1\n" for i in range(30_000)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_end_at_once(machine: Machine, bomb: str) -> None:
    """What aliases stand for is counted, as what reads the file (for secrets, say) walks through all of it."""
    machine.rpk_yaml(BOMBS[bomb])
    began = time.process_time()
    with pytest.raises(ConfigError, match=r"rpk\.yaml:\d+:\d+: (more entries|nested deeper)"):
        machine.settings()
    assert time.process_time() - began < 1


def test_a_flag_that_is_no_pair_is_not_shown(machine: Machine) -> None:
    with pytest.raises(ConfigError) as caught:
        machine.settings("hunter2")
    assert "hunter2" not in caught.value.message


def test_a_folder_others_may_write_is_warned_about(machine: Machine) -> None:
    path = machine.rpk_yaml("cloud_auth: [{auth_token: hush}]\n")
    path.parent.chmod(0o777)
    (warning,) = machine.settings().warnings
    assert f"chmod 700 {path.parent}" in warning
    path.parent.chmod(0o1777)
    assert machine.settings().warnings == ()


def test_bytes_that_are_no_text(machine: Machine) -> None:
    path = machine.rpk_yaml("")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        machine.settings()
    path.write_bytes(b"\xef\xbb\xbfversion: 6\n")  # a byte order mark is no fault
    assert machine.settings().profile is None


def test_tags_make_no_objects(machine: Machine) -> None:
    machine.rpk_yaml("b: !!python/object/apply:os.system [exit]\nglobals: {dial_timeout: 1s}\n")
    assert machine.settings().dial_timeout_s == 1.0


def test_what_rpk_leaves_alone_is_left_alone(machine: Machine) -> None:
    machine.rpk_yaml("unknown: {a: [1]}\nprofiles:\n- name: p\n  kafka_api: null\n  mystery: 1\ncurrent_profile: p\n")
    assert machine.settings().kafka.brokers == ("127.0.0.1:9092",)
    machine.rpk_yaml("")
    assert machine.settings() == Settings()


def test_config_names_one_file_of_either_kind(machine: Machine) -> None:
    machine.rpk_yaml(TWO_PROFILES)
    (machine.cwd / "one.yaml").write_text("rpk: {admin_api: {addresses: [h9:9]}}\n")
    machine.options.config = "one.yaml"
    assert machine.settings().admin.addresses == ("h9:9",)
    (machine.cwd / "two.yaml").write_text(TWO_PROFILES)
    machine.options.config = "two.yaml"
    assert machine.settings().profile == "a"
    machine.options.config = "three.yaml"
    with pytest.raises(ConfigError, match=r"--config: .*three\.yaml does not exist"):
        machine.settings()


def test_others_may_not_read_secrets_unwarned(machine: Machine) -> None:
    secret = "current_profile: p\nprofiles: [{name: p, kafka_api: {brokers: [h], sasl: {user: u, password: hush}}}]\n"
    path = machine.rpk_yaml(secret, 0o644)
    (warning,) = machine.settings().warnings
    assert f"chmod 600 {path}" in warning
    assert "hush" not in warning
    path.chmod(0o600)
    assert machine.settings().warnings == ()
    machine.rpk_yaml("version: 6\n", 0o644)  # nothing to hide
    assert machine.settings().warnings == ()


def test_a_brokers_own_file_that_is_no_business_of_ours(machine: Machine) -> None:
    load.SYSTEM_REDPANDA_YAML.mkdir(parents=True)  # cannot be read as a file
    (warning,) = machine.settings().warnings
    assert "left out" in warning


def test_every_key_has_its_variable_and_text() -> None:
    names = [key.name for key in keys.KEYS]
    assert len(set(names)) == len(names) == 31
    assert keys.find("Admin.TLS.ca") is keys.find("admin.tls.ca") is not None
    by_name = {key.name: key for key in keys.KEYS}
    assert by_name["globals.dial_timeout"].variable == "RPK_GLOBALS_DIAL_TIMEOUT"
    assert by_name["admin.tls.ca"].old_variables == ("REDPANDA_ADMIN_TLS_CA", "REDPANDA_ADMIN_TLS_TRUSTSTORE")
    for key in keys.KEYS:
        assert f"{key.name}=" in keys.listing()
        assert key.variable in keys.details()
