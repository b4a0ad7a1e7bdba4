"""`rpkpy topic` and `rpkpy group` as somebody: who may, who may not, who is not who they say."""

import json
from collections.abc import Callable
from itertools import count

import pytest

from tests.cli.harness import Cli
from tests.kafka.secured import PASSWORD, SUPER, Secured

pytestmark = pytest.mark.kafka
_USERS = count()

Shell = Callable[..., Cli]


@pytest.fixture
def shell(cli: Cli, secured: Secured) -> Shell:
    """Makes `cli` somebody's: by the variables that scripts set."""

    def become(user: str = SUPER, password: str = PASSWORD, mechanism: str = "SCRAM-SHA-512") -> Cli:
        cli.env |= {
            "RPK_BROKERS": secured.secure,
            "RPK_TLS_CA": str(secured.ca),
            "RPK_USER": user,
            "RPK_PASS": password,
            "RPK_SASL_MECHANISM": mechanism,
        }
        return cli

    return become


@pytest.fixture
def bob(secured: Secured) -> str:
    """A user of this test's own, who may do nothing; the password is `hush-NAME`."""
    name = f"bob{next(_USERS)}"
    secured.user(name, f"hush-{name}")
    return name


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"])
def test_the_daily_work_over_sasl_and_tls(shell: Shell, mechanism: str) -> None:
    rpkpy = shell(mechanism=mechanism)
    topic = f"daily-{mechanism.lower()}"
    assert rpkpy("topic", "create", topic).code == 0
    assert rpkpy("topic", "produce", topic, stdin=b"one\ntwo\n").code == 0
    seen = rpkpy("topic", "consume", topic, "-g", f"g-{topic}", "-n", "2", "-f", "%v\\n")
    assert (seen.code, seen.stdout) == (0, "one\ntwo\n"), seen.err
    (group,) = json.loads(rpkpy("group", "describe", f"g-{topic}", "--format", "json").stdout)
    assert group["total_lag"] == 0
    assert rpkpy("group", "seek", f"g-{topic}", "--to", "start").code == 0
    assert rpkpy("topic", "alter-config", topic, "-s", "retention.ms=1000").code == 0
    assert rpkpy("topic", "delete", topic).code == 0


def test_the_daily_work_with_a_client_certificate(cli: Cli, secured: Secured) -> None:
    flags = ["-X", f"brokers={secured.mtls}", "-X", f"tls.ca={secured.ca}"]
    flags += ["-X", f"tls.cert={secured.client.cert}", "-X", f"tls.key={secured.client.key}"]
    assert cli("topic", "create", "by-certificate", *flags).code == 0
    assert cli("topic", "produce", "by-certificate", *flags, stdin=b"one\n").code == 0
    assert cli("topic", "consume", "by-certificate", "-o", ":end", "-f", "%v\\n", *flags).stdout == "one\n"


@pytest.mark.parametrize(
    "command",
    [
        ("topic", "list"),
        ("topic", "create", "t"),
        ("topic", "produce", "t"),
        ("topic", "consume", "t"),
        ("topic", "trim-prefix", "t", "-o", "1", "--no-confirm"),
        ("group", "list"),
        ("group", "seek", "g", "--to", "start"),
        ("cluster", "info"),
    ],
)
def test_a_wrong_password_is_exit_4_and_is_not_printed(shell: Shell, command: tuple[str, ...]) -> None:
    outcome = shell(password="not-the-password")(*command, "-v")
    assert (outcome.code, outcome.out) == (4, b""), outcome.err
    assert "Error: The brokers refused the credentials." in outcome.err
    assert "Fix: Check kafka_api.sasl of the profile, or -X user" in outcome.err
    assert "not-the-password" not in outcome.err


@pytest.mark.parametrize(
    ("files", "code", "says"),
    [
        (("stranger", None), 5, "Fix: Name the authority that signed it: -X tls.ca=FILE."),
        (("ca", None), 4, "Fix: Pass -X tls.cert=FILE -X tls.key=FILE."),
        (("ca", "late_client"), 4, "Cause: It expired at "),
        (("ca", "strange_client"), 4, "Fix: Use one that an authority of the broker signed"),
    ],
)
def test_certificates_that_are_wrong(
    cli: Cli, secured: Secured, files: tuple[str, str | None], code: int, says: str
) -> None:
    ca, certificate = files
    flags = ["-X", f"brokers={secured.mtls}", "-X", f"tls.ca={getattr(secured, ca)}"]
    if certificate is not None:
        held = getattr(secured, certificate)
        flags += ["-X", f"tls.cert={held.cert}", "-X", f"tls.key={held.key}"]
    outcome = cli("topic", "list", *flags)
    assert (outcome.code, says in outcome.err) == (code, True), outcome.err


def test_a_user_without_rights_is_told_which(shell: Shell, secured: Secured, bob: str) -> None:
    topic = secured.open.topic()
    rpkpy = shell(bob, f"hush-{bob}")
    assert topic not in rpkpy("topic", "list").stdout
    missing = rpkpy("topic", "consume", topic, "-o", ":end")
    assert (missing.code, "does not show it to this user" in missing.err) == (6, True)
    created = rpkpy("topic", "create", "new-of-bob")
    assert (created.code, "TOPIC_AUTHORIZATION_FAILED" in created.stdout) == (6, True)
    secured.allow(f"User:{bob}", "DESCRIBE", topic=topic)
    assert topic in rpkpy("topic", "list").stdout
    for command in (("produce", topic), ("consume", topic, "-o", "start", "-n", "1")):
        outcome = rpkpy("topic", *command, stdin=b"one\n")
        assert (outcome.code, "_AUTHORIZATION_FAILED" in outcome.err) == (6, True), outcome.err
        assert f"Fix: Have User:{bob} given an ACL for it" in outcome.err
    secured.allow(f"User:{bob}", "WRITE", topic=topic)
    secured.allow(f"User:{bob}", "READ", topic=topic)
    assert rpkpy("topic", "produce", topic, stdin=b"one\n").code == 0
    seen = rpkpy("topic", "consume", topic, "-n", "1", "-f", "%v\\n")
    assert seen.stdout == "one\n", seen.err


def test_a_group_needs_a_right_of_its_own(shell: Shell, secured: Secured, bob: str) -> None:
    topic, group = secured.open.topic(), f"group-of-{bob}"
    secured.allow(f"User:{bob}", "READ", topic=topic)
    rpkpy = shell(bob, f"hush-{bob}")
    commands = [
        ("topic", "consume", topic, "-g", group, "-n", "1"),
        ("group", "describe", group),
        ("group", "seek", group, "--to", "start", "--topics", topic, "--allow-new-topics"),
    ]
    for command in commands:
        outcome = rpkpy(*command)
        assert (outcome.code, "GROUP_AUTHORIZATION_FAILED" in outcome.err) == (6, True), outcome.err
        assert f"Have User:{bob} given an ACL" in outcome.err
    assert "GROUP_AUTHORIZATION_FAILED" in rpkpy("group", "delete", group).stdout
    secured.allow(f"User:{bob}", "READ", group=group)
    assert rpkpy(*commands[2]).code == 0
    assert rpkpy(*commands[1]).code == 0
