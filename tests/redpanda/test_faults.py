"""A cluster that misbehaves, seen from the command line: a typed error with its way out, in time, and no secret."""

import base64
import json
import time
from collections.abc import Sequence
from pathlib import Path
from ssl import SSLContext

import pytest

from rpkpy.redpanda import http
from tests.cli.harness import Cli, Outcome
from tests.fakes.admin_api import (
    CLOSED,
    HTML,
    HTML_ERROR,
    HUGE,
    HUGE_ERROR,
    HUNG,
    INVALID_JSON,
    SLOW,
    TOO_SHORT_A_LENGTH,
    TRUNCATED,
    Brokers,
    Fault,
    failing,
    first,
    redirecting,
    running,
)
from tests.fakes.certificates import Authority, server_context
from tests.redpanda.loopback import Reply, serving

PASSWORD = "hunter2-hunter2"
DEPLOY = ["deploy", "--file", "x.wasm", "--name", "x", "-i", "in", "-o", "out", "--no-validate"]
SECRETS = (PASSWORD, base64.b64encode(f"admin:{PASSWORD}".encode()).decode())


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)


def run(cli: Cli, args: Sequence[str], hosts: str, *settings: str, size: int = 1000, seconds: float = 20) -> Outcome:
    """`rpkpy transform ARGS -v` with a password and `seconds` of time; nothing on either stream shows the password."""
    (cli.cwd / "x.wasm").write_bytes(b"\0asm\1\0\0\0" + bytes(size))
    settings = (f"admin.hosts={hosts}", f"globals.command_timeout={seconds}s", *settings)
    env = {"RPK_BROKERS": "127.0.0.1:1", "RPK_USER": "admin", "RPK_PASS": PASSWORD}
    began = time.monotonic()
    outcome = cli("transform", *args, "-v", *(word for each in settings for word in ("-X", each)), env=env)
    assert time.monotonic() - began < seconds + 9  # the machine may be busy
    for secret in SECRETS:
        assert secret not in outcome.err + outcome.stdout
    return outcome


@pytest.mark.parametrize(
    ("fault", "code", "said", "fix"),
    [
        (HUNG, 5, "no answer within", "Is the cluster running?"),
        (SLOW, 5, "no answer within", "Is the cluster running?"),
        (CLOSED, 5, "the connection ended early", "admin.tls.enabled=true"),
        (TRUNCATED, 5, "the answer was cut off", "Try again"),
        (TOO_SHORT_A_LENGTH, 5, "not the Admin API's: [", "names the cluster's Admin API"),
        (INVALID_JSON, 5, "not the Admin API's: [{]", "names the cluster's Admin API"),
        (HTML, 5, "a web page, 'Please log in'", "names the cluster's Admin API"),
        (HTML_ERROR, 5, "a web page, '502 Bad Gateway'", "Try again"),
        (HUGE, 5, "an answer of more than 32 MiB", "names the cluster's Admin API"),
        (HUGE_ERROR, 6, "xxx…", ""),
        (failing(500), 6, "Leader not available", "the brokers' logs say more"),
        (failing(503), 6, "Leader not available", "Try again"),
    ],
    ids=["hung", "slow", "closed", "cut", "short", "invalid", "html", "html-502", "huge", "huge-400", "500", "503"],
)
def test_answers(cli: Cli, fault: Fault, code: int, said: str, fix: str) -> None:
    with running() as [node]:
        node.fault = fault
        outcome = run(cli, ["list"], node.address, seconds=1 if fault in (HUNG, SLOW) else 20)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert said in outcome.err
    assert fix in outcome.err.partition("\nFix: ")[2]
    assert len(outcome.err) < 8000


@pytest.mark.parametrize("args", [["list"], DEPLOY])
@pytest.mark.parametrize("status", [500, 503])
def test_a_failure_that_passes(cli: Cli, args: list[str], status: int) -> None:
    with running() as [node]:
        node.fault = first(1, failing(status))
        outcome = run(cli, args, node.address)
        assert outcome.code == 0, outcome.err
        assert f": {status}, " in outcome.err  # -v tells of it
        assert len(node.asked) == 2


@pytest.mark.parametrize("args", [["list"], DEPLOY])
def test_a_redirect_loop(cli: Cli, args: list[str]) -> None:
    with running() as [node]:
        node.fault = redirecting(node)
        outcome = run(cli, args, node.address)
        assert outcome.code == 5
        assert "more than 5 redirects" in outcome.err
        assert "Fix: Name the cluster's brokers themselves" in outcome.err
        assert len(node.asked) == 6


def test_a_proxy_that_takes_no_large_body(cli: Cli) -> None:
    page = Reply(413, "<html><head><title>413 Request Entity Too Large</title></head></html>")
    with serving(lambda asked: page) as proxy:
        proxy.reads_bodies = False
        outcome = run(cli, DEPLOY, proxy.address, size=8 << 20)
    assert (outcome.code, outcome.stdout) == (6, "")
    assert "a web page, '413 Request Entity Too Large'" in outcome.err
    assert "Fix: Make the module smaller" in outcome.err


def test_a_redirect_to_a_host_that_is_not_in_the_settings(cli: Cli) -> None:
    brokers = Brokers(users={"admin": PASSWORD}, superusers={"admin"})
    with running(2, brokers=brokers) as [node, leader]:
        node.fault = redirecting(leader)
        outcome = run(cli, DEPLOY, f"localhost:{node.address.rpartition(':')[2]}")  # the leader's host is 127.0.0.1
        assert "authorization" in node.asked[0].headers
        assert "authorization" not in leader.asked[0].headers
        assert (outcome.code, brokers.transforms) == (4, {})
        assert f"Fix: A redirect led to {leader.address}, and credentials go to hosts of the settings" in outcome.err


def test_nobody_listens_and_no_such_name(cli: Cli) -> None:
    refused = run(cli, ["list"], "127.0.0.1:1")
    assert (refused.code, refused.stdout) == (5, "")
    assert "Cause: Connection refused." in refused.err
    unknown = run(cli, DEPLOY, "no-such-host.invalid", seconds=3)
    assert (unknown.code, unknown.stdout) == (5, "")
    assert "no answer from the Admin API at http://no-such-host.invalid:9644." in unknown.err


# Credentials.


@pytest.mark.parametrize(
    ("brokers", "args", "said", "fix"),
    [
        (Brokers(users={"admin": "another"}), ["list"], "Unauthorized", "Check the password of 'admin'"),
        (Brokers(users={"admin": PASSWORD}), DEPLOY, "superuser role required", "cluster property superusers"),
    ],
    ids=["401", "403"],
)
def test_credentials_that_are_refused(cli: Cli, brokers: Brokers, args: list[str], said: str, fix: str) -> None:
    with running(brokers=brokers) as [node]:
        outcome = run(cli, args, node.address)
        assert (outcome.code, outcome.stdout) == (4, "")
        assert said in outcome.err
        assert fix in outcome.err
        assert len(node.asked) == 1


def token(**claims: object) -> str:
    """A JSON Web Token with these claims; its signature is made up."""
    parts = ({"alg": "RS256"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".sig"


@pytest.mark.parametrize(
    ("bearer", "fix"),
    [
        (token(exp=1_700_000_000), "The token expired at 2023-11-14T22:13:20Z: pass a new one"),
        (token(exp=4_000_000_000), "The token is not accepted"),
        (token(exp=10**400), "The token is not accepted"),
        (token(), "The token is not accepted"),
        ("opaque", "The token is not accepted"),
        ("a.-.c", "The token is not accepted"),
    ],
)
def test_a_token_that_is_refused(cli: Cli, bearer: str, fix: str) -> None:
    with running(brokers=Brokers(tokens={"another"})) as [node]:
        outcome = run(cli, ["list"], node.address, "sasl.mechanism=OAUTHBEARER", f"pass=token:{bearer}")
        assert node.asked[0].headers["authorization"] == f"Bearer {bearer}"
    assert (outcome.code, outcome.stdout) == (4, "")
    assert fix in outcome.err
    assert bearer not in outcome.err


def test_credentials_that_are_taken(cli: Cli) -> None:
    brokers = Brokers(users={"admin": PASSWORD}, superusers={"admin"}, tokens={"t"})
    with running(brokers=brokers) as [node]:
        assert run(cli, DEPLOY, node.address).code == 0
        assert run(cli, ["pause", "x"], node.address, "sasl.mechanism=OAUTHBEARER", "pass=token:t").code == 0
        assert brokers.transforms["x"]["is_paused"]


# TLS.


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another authority's certificate."""
    return Authority(tmp_path_factory.mktemp("tls"), "theirs").ca


def listed(cli: Cli, tls: SSLContext, *settings: str) -> Outcome:
    """`transform list` of a broker that speaks TLS."""
    with running(tls=tls) as [node]:
        return run(cli, ["list"], node.address, *settings)


def test_a_trusted_certificate(cli: Cli, authority: Authority) -> None:
    tls = server_context(authority.issue("broker"))
    assert listed(cli, tls, f"admin.tls.ca={authority.ca}").code == 0


def test_a_wrong_authority(cli: Cli, authority: Authority, other: Path) -> None:
    tls = server_context(authority.issue("broker"))
    for settings in ([f"admin.tls.ca={other}"], ["admin.tls.enabled=true"]):
        outcome = listed(cli, tls, *settings)
        assert (outcome.code, outcome.stdout) == (5, "")
        assert "its certificate is not trusted" in outcome.err
        assert "Fix: Name the authority that signed it: -X admin.tls.ca=FILE." in outcome.err


def test_an_expired_certificate(cli: Cli, authority: Authority) -> None:
    outcome = listed(cli, server_context(authority.issue("old", expired=True)), f"admin.tls.ca={authority.ca}")
    assert (outcome.code, outcome.stdout) == (5, "")
    assert "its certificate has expired" in outcome.err
    assert "Fix: Have it renewed on the broker" in outcome.err


def test_a_certificate_for_another_name(cli: Cli, authority: Authority) -> None:
    outcome = listed(cli, server_context(authority.issue("far", host="192.0.2.1")), f"admin.tls.ca={authority.ca}")
    assert outcome.code == 5
    assert "its certificate is for another name" in outcome.err


def test_a_client_certificate_is_wanted(cli: Cli, authority: Authority) -> None:
    tls = server_context(authority.issue("broker"), clients=authority.ca)
    ca, client = f"admin.tls.ca={authority.ca}", authority.issue("client")
    outcome = listed(cli, tls, ca)
    assert outcome.code in (4, 5)  # the server's alert may be lost behind the closed connection
    assert "admin.tls.cert=FILE" in outcome.err
    assert listed(cli, tls, ca, f"admin.tls.cert={client.cert}", f"admin.tls.key={client.key}").code == 0


def test_a_plain_server(cli: Cli) -> None:
    with running() as [node]:
        outcome = run(cli, ["list"], node.address, "admin.tls.enabled=true")
    assert outcome.code == 5
    assert "Fix: If it speaks plain HTTP, pass -X admin.tls.enabled=false." in outcome.err
