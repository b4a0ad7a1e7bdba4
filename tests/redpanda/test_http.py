"""Requests against servers that misbehave: each ends in a typed error with its way out, inside the time given."""

import gzip
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from rpkpy.config.settings import HttpSettings, KafkaSettings, Sasl, Settings, Tls
from rpkpy.errors import AuthError, ConfigError, RefusedError, RpkpyError, UnreachableError, UsageError
from rpkpy.redpanda import http
from rpkpy.redpanda.admin import AdminCluster, deploy_head, segment
from rpkpy.redpanda.cluster import DeploySpec, StartOffset
from rpkpy.redpanda.module import Module
from tests.fakes.certificates import Authority, server_context
from tests.redpanda.loopback import Asked, Reply, always, in_turn, serving

NOBODY_LISTENS = "127.0.0.1:1"


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)


def cluster(*addresses: str, sasl: Sasl | None = None, tls: Tls | None = None, timeout_s: float = 10.0) -> AdminCluster:
    return AdminCluster(
        Settings(
            kafka=KafkaSettings(sasl=sasl),
            admin=HttpSettings(addresses, tls),
            dial_timeout_s=1.0,
            request_timeout_s=timeout_s,
        )
    )


@pytest.mark.parametrize(
    ("reply", "kind", "said", "requests"),
    [
        (
            Reply(200, "<!DOCTYPE html><title>Please\n log in</title>"),
            UnreachableError,
            "a web page, 'Please log in'",
            1,
        ),
        (Reply(200, "[{]"), UnreachableError, "not the Admin API's: [{]", 1),
        (Reply(200, {"a": 1}), UnreachableError, "not the Admin API's", 1),
        (Reply(200, [{"input_topic": "x"}]), UnreachableError, "not the Admin API's", 1),
        (Reply(200, "[" * 5000), UnreachableError, "not the Admin API's", 1),
        (Reply(502, "<html><body>Bad gateway</body></html>"), UnreachableError, "a web page", 3),
        (Reply(504, {"message": "Timeout: x", "code": 504}), UnreachableError, "Timeout: x", 3),
        (Reply(200, "[" + " " * 100 + "]", cut=50), UnreachableError, "no answer", 3),
        (Reply(closed=True), UnreachableError, "no answer", 3),
        (Reply(429, {"message": "Too many requests: x"}, {"Retry-After": "7"}), RefusedError, "Try again in 7 s.", 1),
        (Reply(503, {"message": "x"}, {"Retry-After": "600"}), RefusedError, "x.", 1),
        (Reply(409, ""), RefusedError, "Conflict", 1),
        (Reply(599, b"\xff\x1b[31m"), RefusedError, "\\x1b[31m", 3),
        (Reply(401, {"message": "Unauthorized"}), AuthError, "-X user=NAME", 1),
    ],
    ids=lambda value: f"{value.status}" if isinstance(value, Reply) else None,
)
def test_bad_answers(reply: Reply, kind: type[RpkpyError], said: str, requests: int) -> None:
    with serving(always(reply.status, reply.body, reply.headers, closed=reply.closed, cut=reply.cut)) as server:
        with pytest.raises(kind) as caught:
            cluster(server.address).list()
        error = caught.value
        assert type(error) is kind
        assert said in f"{error.message} {error.cause} {error.fix}"
        assert "\x1b" not in error.message
        assert len(server.asked) == requests


def test_a_passing_failure_is_no_failure() -> None:
    with serving(in_turn(Reply(500, "x"), Reply(closed=True), Reply(200, []))) as server:
        assert cluster(server.address).list() == []
        assert len(server.asked) == 3


def test_a_slow_body_ends_at_the_deadline() -> None:
    with serving(always(200, "[" + " " * 1000 + "]", trickle_s=0.2)) as server:
        began = time.monotonic()
        with pytest.raises(UnreachableError, match="no answer"):
            cluster(server.address, timeout_s=1.0).list()
        assert time.monotonic() - began < 6  # the body would take 200 s


def test_an_endless_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_MAX_BODY_BYTES", 1000)
    with serving(always(200, " " * 2000)) as server, pytest.raises(UnreachableError, match="no answer"):
        cluster(server.address).list()


@pytest.mark.parametrize("encoding", ["gzip", "gzip, gzip", "x-\x1bown"])
def test_an_answer_that_would_have_to_be_unpacked(encoding: str) -> None:
    """None was asked to be packed: 10 KB of twice packed zeros are 10 GB."""
    bomb = gzip.compress(gzip.compress(b"[" + b" " * 20_000_000 + b"]"))
    with serving(always(200, bomb, {"Content-Encoding": encoding})) as server:
        tracemalloc.start()
        with pytest.raises(UnreachableError) as caught:
            cluster(server.address).list()
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert "which was not asked for" in str(caught.value.cause)
        assert len(server.asked) == 1
    assert peak < 10_000_000


def test_a_redirect_loop_ends() -> None:
    with serving(always(307, "", {"Location": "/v1/transform/"})) as server:
        with pytest.raises(UnreachableError) as caught:
            cluster(server.address).list()
        assert "redirects" in str(caught.value.cause)
        assert len(server.asked) == 6


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/x", "http://", "http://127.0.0.1:99999/", "//[bad", "//xn--a/"])
def test_a_redirect_to_nowhere(location: str) -> None:
    with serving(always(307, "", {"Location": location})) as server, pytest.raises(UnreachableError):
        cluster(server.address).list()


def test_a_password_in_a_redirect_is_neither_sent_nor_shown() -> None:
    said: list[str] = []
    with serving(always(403, "")) as leader:
        location = f"http://ada:s3cret@{leader.address}/v1/transform/"
        with serving(always(307, "", {"Location": location})) as server, pytest.raises(AuthError) as caught:
            settings = Settings(KafkaSettings(), HttpSettings((server.address,)))
            AdminCluster(settings, said.append).list()
        assert "authorization" not in leader.asked[0].headers
    assert "s3cret" not in f"{caught.value.cause}{caught.value.fix}{said}"


def test_a_moved_post_is_not_turned_into_a_get() -> None:
    with serving(always(302, "", {"Location": "/elsewhere"})) as server:
        with pytest.raises(RefusedError, match="Found"):
            cluster(server.address).pause("up")
        assert [asked.method for asked in server.asked] == ["PUT"]


def test_credentials_go_to_named_hosts_alone() -> None:
    sasl = Sasl(user="admin", password="s3cret")
    with serving(always(200, [])) as leader:
        port = leader.address.split(":")[1]
        redirected = Reply(307, "", {"Location": f"http://localhost:{port}/v1/transform/"})
        with serving(lambda asked: redirected) as first:
            cluster(first.address, sasl=sasl).list()
            assert "authorization" in first.asked[0].headers
            assert "authorization" not in leader.asked[0].headers
            cluster(f"localhost:{port}", first.address, sasl=sasl).list()
            assert "authorization" in leader.asked[-1].headers


def test_a_bearer_token_is_sent_as_one() -> None:
    with serving(always(200, [])) as server:
        cluster(server.address, sasl=Sasl("OAUTHBEARER", password="token:a.b.c")).list()
        assert server.asked[0].headers["authorization"] == "Bearer a.b.c"


def test_the_next_host_is_asked() -> None:
    with serving(always(200, [])) as server:
        assert cluster(NOBODY_LISTENS, server.address, "127.0.0.1:2").list() == []


def test_a_host_that_never_answers_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.sample", lambda hosts, count: list(hosts))
    with serving(always(200, "[" + " " * 1000 + "]", trickle_s=0.2)) as hung, serving(always(200, [])) as server:
        assert cluster(hung.address, server.address, timeout_s=4.0).list() == []
        assert len(hung.asked) == 1


def test_a_name_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def getaddrinfo(*args: object, **kwargs: object) -> list[object]:
        released.wait(60)
        return []

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="no answer from the Admin API at http://somewhere"):
        cluster("somewhere.example:9644", timeout_s=0.3).list()
    assert time.monotonic() - began < 20
    released.set()


def test_no_password_in_errors_and_remarks() -> None:
    said: list[str] = []
    with serving(always(401, {"message": "Unauthorized"})) as server:
        sasl = Sasl(user="admin", password="s3cret")
        settings = Settings(KafkaSettings(sasl=sasl), HttpSettings((server.address,)))
        with pytest.raises(AuthError) as caught:
            AdminCluster(settings, said.append).list()
        assert said == [f"GET http://{server.address}/v1/transform/: 401, 27 bytes"]
        error = caught.value
        assert "'admin'" in str(error.fix)
        assert "s3cret" not in f"{error.message}{error.cause}{error.fix}{error!r}"


@pytest.mark.parametrize("token", ["abc\ndef", "t\u00f6k", "a b", "\x00", "=", "a=b"])
def test_a_token_that_cannot_be_one_is_not_shown(token: str) -> None:
    with serving(always(200, [])) as server, pytest.raises(ConfigError) as caught:
        cluster(server.address, sasl=Sasl("OAUTHBEARER", password=f"token:{token}")).list()
    assert server.asked == []
    assert token not in caught.value.message


@pytest.mark.parametrize("address", ["[::zz]:1", "xn--a:1", "999.999.999.999:1"])
def test_an_address_that_cannot_be_one(address: str) -> None:
    with pytest.raises(ConfigError, match="cannot be an address"):
        cluster(address).list()


def test_a_host_given_twice_is_one() -> None:
    with serving(always(503, {"message": "x"})) as server:
        with pytest.raises(RefusedError):
            cluster(server.address, server.address).list()
        assert len(server.asked) == 3


def test_without_an_address() -> None:
    with pytest.raises(ConfigError, match="no Admin API address"):
        cluster().list()


def _leader(asked: Asked, node_id: int, leader_id: int) -> Reply:
    if asked.path.endswith("/controller/0"):
        return Reply(200, {"leader_id": leader_id})
    return Reply(200, {"node_id": node_id} if asked.path == "/v1/node_config" else "")


def test_deploy_goes_to_the_leader_and_to_others_when_it_is_down() -> None:
    spec = DeploySpec("up", "in", ("out",))
    with serving(lambda asked: _leader(asked, 1, 2)) as one, serving(lambda asked: _leader(asked, 2, 2)) as two:
        cluster(one.address, two.address, NOBODY_LISTENS).deploy(spec, Module(b"\0asm"))
        assert [asked.path for asked in two.asked][-1] == "/v1/transform/deploy"
        assert "/v1/transform/deploy" not in [asked.path for asked in one.asked]
    with serving(lambda asked: _leader(asked, 1, 2)) as one:  # the leader cannot be reached
        cluster(one.address, NOBODY_LISTENS).deploy(spec, Module(b"\0asm"))
        assert one.asked[-1].path == "/v1/transform/deploy"


def test_credentials_refused_while_the_leader_is_looked_for() -> None:
    with serving(always(403, {"message": "Forbidden (superuser role required)"})) as server:
        with pytest.raises(AuthError, match="superuser"):
            cluster(server.address, NOBODY_LISTENS, sasl=Sasl(user="u", password="p")).delete("up")
        assert all(asked.method == "GET" for asked in server.asked)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("my xf/é?&#%+x", "my%20xf%2F%C3%A9%3F&%23%25+x"),
        ("a:b@c=d$e~f", "a:b@c=d$e~f"),
        ("a,b;c", "a%2Cb%3Bc"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("...", "..."),
        ("%2F", "%252F"),
        ("\udcff", "%FF"),  # a byte of the command line that is no UTF-8
    ],
)
def test_a_name_is_one_segment(name: str, path: str) -> None:
    assert segment(name) == path
    with serving(always()) as server:
        cluster(server.address).delete(name)
        assert server.asked[0].path == f"/v1/transform/{path}"


def test_an_empty_name_is_never_sent() -> None:
    with pytest.raises(UsageError):
        cluster(NOBODY_LISTENS).delete("")


def test_the_head_of_a_deploy_body() -> None:
    spec = DeploySpec("up", "in", ("a", "b"), {"K": "<é>"}, "gzip", StartOffset("from_end", 3))
    assert deploy_head(spec) == (
        b'{"name":"up","input_topic":"in","output_topics":["a","b"],"environment":[{"key":"K","value":"<\\u00e9>"}],'
        b'"compression":"gzip","offset":{"format":"from_end","value":3}}'
    )


# TLS; which certificates are trusted is in test_faults.py.


def test_tls(authority: Authority) -> None:
    ca = str(authority.ca)
    with serving(always(200, []), server_context(authority.issue("broker"))) as server:
        assert cluster(server.address, tls=Tls(ca_file=ca)).list() == []
        assert cluster(server.address, tls=Tls(insecure_skip_verify=True)).list() == []
        assert cluster(f"https://{server.address}", tls=Tls(ca_file=ca)).list() == []
        with pytest.raises(UnreachableError) as caught:
            cluster(server.address).list()
        assert "admin.tls.enabled=true" in str(caught.value.fix)


def test_redirects_between_tls_and_plain(authority: Authority) -> None:
    speaking_tls = server_context(authority.issue("broker"))
    with serving(always(200, []), speaking_tls) as server, serving(always(200, [])) as plain:
        plain.answer = always(307, "", {"Location": f"https://{server.address}/"})
        with pytest.raises(UnreachableError) as caught:
            cluster(plain.address).list()
        assert "not trusted" in str(caught.value.cause)  # verification is not off because http was asked for
        server.answer = always(307, "", {"Location": f"http://{plain.address}/"})
        with pytest.raises(UnreachableError, match="no answer") as caught:
            cluster(server.address, tls=Tls(ca_file=str(authority.ca))).list()
        assert "from https to" in str(caught.value.cause)
        assert len(plain.asked) == 1


def test_tls_files_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    for tls in (
        Tls(ca_file=str(tmp_path / "missing.pem")),
        Tls(ca_file=str(tmp_path / "text.pem")),
        Tls(cert_file=str(tmp_path / "text.pem")),
    ):
        with pytest.raises(ConfigError, match=r"\.pem"):
            cluster(NOBODY_LISTENS, tls=tls).list()
