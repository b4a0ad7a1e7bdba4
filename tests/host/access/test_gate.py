"""Which requests are let in, by their heads: names, pages elsewhere, bounds. And where a host listens at all."""

import asyncio
from pathlib import Path

import pytest
from starlette.requests import Request  # noqa: TID253

from rpkpy.config.settings import KafkaSettings
from rpkpy.errors import ConfigError
from rpkpy.host.access import listening
from rpkpy.host.access.gate import Gate, Needs
from rpkpy.host.access.listening import Access, ServerTls
from rpkpy.host.rejection import Rejected
from rpkpy.host.settings import HostSettings
from tests.cli.harness import Cli
from tests.fakes.certificates import Authority

EVERYWHERE = "0.0.0.0"  # noqa: S104  # nothing listens there
TLS = ServerTls(Path("cert.pem"), Path("key.pem"))


def status(gate: Gate, *headers: tuple[str, str], scheme: str = "http") -> int:
    """200, or what the gate refuses with."""
    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "scheme": scheme, "path": "/", "headers": raw, "client": ("127.0.0.1", 1), "server": None}
    try:
        asyncio.run(gate.check(Request(scope), Needs.SUPERUSER))
    except Rejected as error:
        return error.status
    return 200


def gate_at(host: str, *names: str) -> Gate:
    return Gate(HostSettings(KafkaSettings(), host, access=Access(names=names)))


@pytest.mark.parametrize(
    ("listens", "host", "expected"),
    [
        ("127.0.0.1", "127.0.0.1:9644", 200),
        ("127.0.0.1", "localhost:1", 200),
        ("127.0.0.1", "[::1]:9644", 200),
        ("127.0.0.1", "192.0.2.1:9644", 403),
        ("127.0.0.1", "evil.example:9644", 403),
        ("127.0.0.1", "localhost.evil.example", 403),
        ("127.0.0.1", "127.0.0.1@evil.example", 403),
        ("127.0.0.1", "127.0.0.1/evil.example", 403),
        ("127.0.0.1", "[::1", 403),
        (EVERYWHERE, "192.0.2.1:9644", 200),
        (EVERYWHERE, "[2001:db8::1]:9644", 200),
        (EVERYWHERE, "evil.example:9644", 403),
        (EVERYWHERE, "rpkpy.example:9644", 200),
        (EVERYWHERE, "RPKPY.example", 200),
        (EVERYWHERE, "rpkpy.example.evil", 403),
        ("host-1.example", "host-1.example:9644", 200),
    ],
)
def test_a_name_that_was_made_to_point_here_is_refused(listens: str, host: str, expected: int) -> None:
    assert status(gate_at(listens, "rpkpy.example"), ("host", host)) == expected


@pytest.mark.parametrize(
    ("origin", "scheme", "expected"),
    [
        ("http://127.0.0.1:9644", "http", 200),
        ("https://127.0.0.1:9644", "https", 200),
        ("http://127.0.0.1:9644", "https", 403),
        ("http://127.0.0.1:9645", "http", 403),
        ("https://evil.example", "https", 403),
        ("null", "http", 403),
        ("", "http", 403),
    ],
)
def test_pages_elsewhere(origin: str, scheme: str, expected: int) -> None:
    headers = (("host", "127.0.0.1:9644"), ("origin", origin))
    assert status(gate_at("127.0.0.1"), *headers, scheme=scheme) == expected


def test_heads_are_bounded() -> None:
    gate = gate_at("127.0.0.1")
    own = ("host", "127.0.0.1")
    assert status(gate, own, *[("x-a", "b")] * 50) == 200
    assert status(gate, own, *[("x-a", "b")] * 150) == 431
    assert status(gate, own, ("x-a", "b" * 20_000)) == 431


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1", "host.example"])
def test_elsewhere_it_takes_users_and_tls(host: str) -> None:
    said: list[str] = []
    for access, missing in (
        (Access(), ("authentication", "TLS")),
        (Access(tls=TLS), ("authentication",)),
        (Access(users_file=Path("users")), ("TLS",)),
    ):
        with pytest.raises(ConfigError) as caught:
            listening.check(access, host, said.append)
        assert all(word in str(caught.value) for word in missing)
        assert "--insecure-listen" in (caught.value.fix or "")
    assert said == []
    listening.check(Access(users_file=Path("users"), tls=TLS), host, said.append)
    assert said == []


def test_what_is_risked_is_said() -> None:
    said: list[str] = []
    listening.check(Access(insecure=True), EVERYWHERE, said.append)
    assert "can deploy code and read your topics, without a password" in said[0]
    said.clear()
    listening.check(Access(users_file=Path("users"), insecure=True), EVERYWHERE, said.append)
    assert "in the clear" in said[0]
    said.clear()
    listening.check(Access(insecure=True), "127.0.0.5", said.append)
    assert said == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tls-cert", "a.pem"], "belong together"),
        (["--tls-client-ca", "a.pem"], "belong together"),
        (["--admin-name", "host.example:9644"], "without a port"),
        (["--admin-users", "none"], "cannot be read from"),
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "none.pem: No such file"),
        (["--tls-cert", "server.cert.pem", "--tls-key", "other.key.pem"], "not usable as TLS cert file"),
        (["--admin-listen", "no-such-name.invalid:1", "--insecure-listen"], "the name is not known"),
    ],
)
def test_a_host_that_cannot_be_as_asked_does_not_start(cli: Cli, arguments: list[str], words: str) -> None:
    authority = Authority(cli.cwd, "ca")
    authority.issue("server")
    authority.issue("other")
    outcome = cli("host", "run", *arguments)
    assert outcome.code == 2
    assert words in outcome.err
