"""A host with users and TLS on a real Kafka, and rpkpy's own client against it."""

import base64
import json
import ssl
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx  # noqa: TID253
import pytest

from rpkpy.host.access import caller, users
from rpkpy.host.access.credentials import Password, Token
from rpkpy.host.access.listening import Access, ServerTls
from rpkpy.host.access.users import User
from tests.cli.harness import Cli, Outcome
from tests.fakes.certificates import Authority
from tests.host import guests
from tests.host.harness import running_host
from tests.host.page.browsing import Visitor
from tests.host.processes import host_process
from tests.kafka.fixture import TestKafka

pytestmark = pytest.mark.kafka

ADDRESS = "127.0.0.2"
ANN, BOB = ("ann", "correct horse: battery ü"), ("bob", "another password")


class Site:
    """A host's address, its users' file, its authority, and tokens by name."""

    def __init__(self, folder: Path) -> None:
        self.authority = Authority(folder, "ca")
        self.server = self.authority.issue("server", host=ADDRESS)
        self.file = folder / "users"
        self.tokens: dict[str, str] = {}
        self.url = ""
        found = {name: User(name, name == "ann", Password.of(password, log2_n=4)) for name, password in (ANN, BOB)}
        for name, expires_s in (("ci", 0), ("late", int(time.time()) - 10)):
            self.tokens[name], kept = Token.made(expires_s)
            found[name] = User(name, True, kept)
        users.write(self.file, found)

    def http(self, auth: Any = None) -> httpx.Client:
        """A client with these credentials that trusts the authority."""
        context = ssl.create_default_context(cafile=str(self.authority.ca))
        return httpx.Client(base_url=self.url, verify=context, auth=auth, trust_env=False, timeout=30)


@pytest.fixture(scope="module")
def site(kafka: TestKafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("access"))
    access = Access(site.file, ServerTls(site.server.cert, site.server.key))
    with running_host(kafka.settings, listen_host=ADDRESS, access=access) as api:
        site.url = api.url
        yield site


OPEN = ("/health/live", "/health/ready", "/v1/status/ready", "/v1/cluster/health_overview")
FOR_USERS = (
    "/v1/transform",
    "/v1/transform/",
    "/v1/features/license",
    "/v1/features/enterprise",
    "/public_metrics",
    "/openapi.json",
)
FOR_SUPERUSERS = ("/v1/transform/debug/committed_offsets", "/v1/node_config", "/v1/cluster_config")


def test_who_may_ask_what(site: Site) -> None:
    with site.http() as nobody, site.http(BOB) as bob, site.http(ANN) as ann:
        for path in OPEN:
            assert [client.get(path).status_code for client in (nobody, bob, ann)] == [200, 200, 200], path
        for path in FOR_USERS:
            assert [client.get(path).status_code for client in (nobody, bob, ann)] == [401, 200, 200], path
        for path in FOR_SUPERUSERS:
            assert [client.get(path).status_code for client in (nobody, bob, ann)] == [403, 403, 200], path
        answer = nobody.get("/v1/transform")
        assert answer.json() == {"message": "Forbidden (authentication is required)", "code": 401}
        assert answer.headers["www-authenticate"].startswith("Basic ")
        for method, path in (
            ("POST", "/v1/transform/deploy"),
            ("DELETE", "/v1/transform/n"),
            ("PUT", "/v1/transform/n/meta"),
            ("POST", "/v1/transform/debug/committed_offsets/garbage_collect"),
        ):
            for client in (nobody, bob):
                refused = client.request(method, path, content=b"{}")
                assert refused.status_code == 403
                assert refused.json()["message"] == "Forbidden (superuser role required)"


@pytest.mark.parametrize(
    ("header", "status", "message"),
    [
        ("Basic", 400, "Malformed Authorization header"),
        ("Basic !!!", 400, "Malformed Authorization header"),
        ("Basic " + base64.b64encode(b"nobody").decode(), 400, "Malformed Authorization header"),
        ("Basic " + base64.b64encode(b"\xff:x").decode(), 400, "Malformed Authorization header"),
        ("Digest x", 400, "Unsupported Authorization method"),
        ("", 400, "Unsupported Authorization method"),
    ],
)
def test_headers_that_are_none(site: Site, header: str, status: int, message: str) -> None:
    with site.http() as client:
        answer = client.get("/v1/transform", headers={"authorization": header})
        assert (answer.status_code, answer.json()["message"]) == (status, message)


def test_tokens(site: Site) -> None:
    with site.http() as client:

        def answer(token: str) -> httpx.Response:
            return client.get("/v1/node_config", headers={"authorization": f"Bearer {token}"})

        assert answer(site.tokens["ci"]).status_code == 200
        expired = answer(site.tokens["late"])
        assert (expired.status_code, expired.json()["message"]) == (401, "Unauthorized (the token has expired)")
        assert answer("x" * 43).json()["message"] == "Unauthorized (bad credentials)"
        kept = users.read(site.file)["ci"].secret
        assert isinstance(kept, Token)
        assert answer(kept.digest).status_code == 401, "what is in the file signs nobody in"


@pytest.fixture
def shell(cli: Cli, kafka: TestKafka, site: Site) -> Any:
    def run(*args: str, ca: bool = True, **settings: str) -> Outcome:
        given = {"brokers": kafka.bootstrap, "admin.hosts": site.url} | settings
        if ca:
            given["admin.tls.ca"] = str(site.authority.ca)
        options = [part for key, value in given.items() for part in ("-X", f"{key.replace('sasl_', 'sasl.')}={value}")]
        return cli("transform", *args, *options)

    return run


def test_the_client_signs_in(shell: Any, site: Site, kafka: TestKafka, cli: Cli) -> None:
    name, password = ANN
    source, target = kafka.topic(), kafka.topic()
    (cli.cwd / "log.wasm").write_bytes(guests.wasm(guests.LOG))
    document = json.dumps({"name": "by-ann", "input_topic": source, "output_topics": [target]}).encode()
    with site.http(ANN) as ann:
        assert ann.post("/v1/transform/deploy", content=document + guests.wasm(guests.LOG)).status_code == 200
    listed = shell("list", "--format", "json", user=name, **{"pass": password})
    assert listed.code == 0, listed.err
    assert [row["name"] for row in json.loads(listed.stdout)] == ["by-ann"]
    paused = shell("pause", "by-ann", user="bob", **{"pass": BOB[1]})
    assert paused.code == 4
    assert "Forbidden (superuser role required)" in paused.err
    bearer = {"sasl_mechanism": "OAUTHBEARER", "pass": f"token:{site.tokens['ci']}"}
    deleted = shell("delete", "by-ann", "--no-confirm", **bearer)
    assert deleted.code == 0, deleted.err


def test_the_client_says_what_is_wrong(shell: Any, site: Site) -> None:
    wrong = shell("list", user="ann", **{"pass": "wrong password"})
    assert wrong.code == 4
    assert "Unauthorized (bad credentials)" in wrong.err
    assert "Check the password of 'ann'" in wrong.err
    assert "wrong password" not in wrong.err
    nobody = shell("list")
    assert nobody.code == 4
    assert "-X user=NAME -X pass=PASSWORD" in nobody.err
    late = shell("list", sasl_mechanism="OAUTHBEARER", **{"pass": f"token:{site.tokens['late']}"})
    assert late.code == 4
    assert "the token has expired" in late.err
    assert site.tokens["late"] not in late.err
    untrusted = shell("list", ca=False, user="ann", **{"pass": ANN[1]})
    assert untrusted.code == 5
    assert "its certificate is not trusted" in untrusted.err
    plain = shell("list", user="ann", **{"pass": ANN[1], "admin.hosts": site.url.replace("https:", "http:")})
    assert plain.code == 5
    assert "-X admin.tls.enabled=true" in plain.err


def test_clients_with_certificates_alone(kafka: TestKafka, tmp_path: Path, cli: Cli) -> None:
    site = Site(tmp_path)
    clients = Authority(tmp_path, "clients")
    own = clients.issue("me")
    access = Access(site.file, ServerTls(site.server.cert, site.server.key, clients.ca))
    with running_host(kafka.settings, listen_host=ADDRESS, access=access) as api:
        options = ["-X", f"admin.hosts={api.url}", "-X", f"admin.tls.ca={site.authority.ca}", "-X", "user=bob"]
        options += ["-X", f"pass={BOB[1]}", "-X", f"brokers={kafka.bootstrap}"]
        without = cli("transform", "list", *options)
        assert without.code in (4, 5)
        assert "client certificate" in without.err
        certificate = ["-X", f"admin.tls.cert={own.cert}", "-X", f"admin.tls.key={own.key}"]
        assert cli("transform", "list", *options, *certificate).code == 0


def test_a_removed_user_is_out_within_seconds(kafka: TestKafka, tmp_path: Path) -> None:
    site = Site(tmp_path)
    access = Access(site.file)
    with running_host(kafka.settings, listen_host=ADDRESS, access=access) as api:
        client = httpx.Client(base_url=api.url, auth=BOB, trust_env=False)
        with client:
            assert client.get("/v1/transform").status_code == 200
            found = users.read(site.file)
            del found["bob"]
            users.write(site.file, found)
            time.sleep(1.2)
            assert client.get("/v1/transform").status_code == 401


def test_guessing_is_stopped_and_holds_nobody_up(kafka: TestKafka, tmp_path: Path) -> None:
    site = Site(tmp_path)
    with (
        running_host(kafka.settings, listen_host=ADDRESS, access=Access(site.file)) as api,
        httpx.Client(base_url=api.url, trust_env=False, timeout=30) as client,
    ):
        assert client.get("/v1/transform", auth=BOB).status_code == 200
        guesses = [client.get("/v1/transform", auth=("ann", f"guess {number}")) for number in range(15)]
        assert [answer.status_code for answer in guesses] == [401] * 10 + [429] * 5
        assert guesses[-1].headers["retry-after"] == "60"
        assert guesses[-1].json()["message"] == caller.TOO_MANY
        assert client.get("/v1/transform", auth=ANN).status_code == 429, "the right one is not told from wrong ones"
        assert client.get("/v1/transform", auth=BOB).status_code == 200, "who was right before is not kept out"


def test_the_page_is_for_users(kafka: TestKafka, tmp_path: Path) -> None:
    site = Site(tmp_path)
    with running_host(kafka.settings, listen_host=ADDRESS, access=Access(site.file), page_token="t" * 20) as api:
        source, target = kafka.topic(), kafka.topic()
        api.http.auth = httpx.BasicAuth(*ANN)
        assert api.deploy("shown", source, [target], guests.wasm()).status_code == 200
        visitor = Visitor(api.url)
        try:
            for path in ("/", "/ui/transform?name=shown", "/ui/playground"):
                sent = visitor.get(path)
                assert (sent.status_code, "shown" in sent.text) == (303, False)
                assert sent.headers["location"].startswith("/ui/sign-in?back=")
            assert visitor.get("/ui/logs", name="shown").status_code == 401
            assert visitor.send("/ui/pause", name="shown").status_code == 401
            assert visitor.get("/ui/static/page.css").status_code == 200
            assert visitor.sign_in("t" * 20).status_code == 403, "the token is for hosts without users"

            def sign_in(name: str, password: str) -> int:
                fields = {"name": name, "password": password, "back": "/"}
                answer = visitor.http.post("/ui/sign-in", data=fields, headers={"origin": visitor.url})
                if answer.status_code == 303:
                    visitor.csrf = visitor.page("/").field("csrf")
                return answer.status_code

            assert sign_in("ann", "wrong") == 403
            assert sign_in(*BOB) == 303
            page = visitor.page("/ui/transform", name="shown")
            assert "Only superusers see records" in page.text
            assert not any(form.get("action") == "/ui/pause" for form in page.all("form"))
            assert visitor.send("/ui/pause", name="shown").status_code == 403
            assert visitor.send("/ui/sign-out").status_code == 303
            assert sign_in(*ANN) == 303
            assert visitor.send("/ui/pause", name="shown").status_code == 303
            found = users.read(site.file)
            del found["ann"]
            users.write(site.file, found)
            time.sleep(1.2)
            assert visitor.send("/ui/resume", name="shown").status_code == 401, "a session ends with its user"
        finally:
            visitor.close()
            bearer = {"authorization": f"Bearer {site.tokens['ci']}"}
            assert api.http.delete("/v1/transform/shown", headers=bearer, auth=httpx.Auth()).status_code == 200


def test_the_whole_command(kafka: TestKafka, tmp_path: Path, cli: Cli) -> None:
    """As it is started by hand, on an address that is not the usual one, with users that were added by hand."""
    site = Site(tmp_path)
    cli.cwd = tmp_path
    added = cli("host", "user", "add", "eve", "--password-stdin", "--admin-users", "users", stdin=b"long enough\n")
    assert added.code == 0
    options = ("--admin-users", "users", "--tls-cert", str(site.server.cert), "--tls-key", str(site.server.key))
    with host_process(kafka, tmp_path, "--admin-listen", f"{ADDRESS}:0", *options) as (process, api):
        site.url = api.url
        assert site.url.startswith(f"https://{ADDRESS}:")
        said = (tmp_path / "host.stderr").read_text()
        assert f"Its users are those of {tmp_path / 'users'}" in said
        assert not (tmp_path / ".local" / "state" / "rpkpy").exists(), "no token for the page is made"
        with site.http(("eve", "long enough")) as eve, site.http() as nobody:
            assert eve.get("/v1/transform").status_code == 200
            assert nobody.get("/v1/transform").status_code == 401
            assert nobody.get("/v1/status/ready").json() == {"status": "ready"}
        process.terminate()
        assert process.wait(20) == 0
