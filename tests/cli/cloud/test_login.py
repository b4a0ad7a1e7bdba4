"""`rpkpy cloud login`: both ways, what is kept, what is refused."""

import os
from pathlib import Path

import pytest

from rpkpy.redpanda.cloud import oauth
from tests.cli.cloud.account import CLIENT, Account
from tests.fakes.cloud import SSO_CLIENT_ID, dedicated
from tests.redpanda.loopback import Reply

LOGGED_IN = 'Successfully logged into cloud organization "My Org" (org-1) via {}.\n\n'


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nothing is waited for; how long it would have been is kept, and the clock goes on by it."""
    found: list[float] = []
    finish = oauth.finish

    def at_once(*args: object, **kwargs: object) -> oauth.Tokens:
        return finish(*args, sleep=found.append, clock=lambda: sum(found))  # type: ignore[arg-type]

    monkeypatch.setattr(oauth, "finish", at_once)
    return found


def test_with_client_credentials(account: Account) -> None:
    outcome = account("cloud", "login", "--no-profile", env=CLIENT)
    assert (outcome.code, outcome.stdout[:75]) == (0, LOGGED_IN.format("client-credentials")[:75]), outcome.err
    assert account.asked == ["POST /oauth/token", "GET /.well-known/jwks.json", "GET /api/v1/organization"]
    (login,) = account.kept["cloud_auth"]
    token = login.pop("auth_token")
    assert token.count(".") == 2
    assert dict(login) == {
        "name": "org-1-client-credentials My Org",
        "organization": "My Org",
        "org_id": "org-1",
        "kind": "client-credentials",
        "client_id": "cid-123",
    }
    assert account.kept["current_cloud_auth_org_id"] == "org-1"
    assert account.kept["current_cloud_auth_kind"] == "client-credentials"


def test_a_secret_is_kept_when_asked_for_and_used_again(account: Account) -> None:
    assert account("cloud", "login", "--no-profile", "--save", env=CLIENT).code == 0
    assert account.kept["cloud_auth"][0]["client_secret"] == "sec-456"
    again = account("cloud", "login", "--no-profile")
    assert "via client-credentials" in again.stdout
    assert account.kept["cloud_auth"][0]["client_secret"] == "sec-456"
    account.fake.clients["other"] = "hush"
    assert account("cloud", "login", "--no-profile", "--client-id=other", "--client-secret=hush").code == 0
    (login,) = account.kept["cloud_auth"]
    assert (login["client_id"], "client_secret" in login) == ("other", False)  # the old one's secret goes with it


def test_flags_beat_variables(account: Account) -> None:
    account.fake.clients["flag-id"] = "flag-sec"
    args = ["--no-profile", "--client-id", "flag-id", "--client-secret", "flag-sec"]
    assert account("cloud", "login", *args, env=CLIENT).code == 0
    assert b"client_id=flag-id&client_secret=flag-sec" in account.server.asked[0].body


def test_the_secret_from_standard_input(account: Account) -> None:
    args = ["cloud", "login", "--no-profile", "--client-id", "cid-123", "--client-secret", "-"]
    assert account(*args, stdin=b"sec-456\n").code == 0
    outcome = account(*args)
    assert (outcome.code, "holds no secret" in outcome.err) == (2, True)
    assert account(*args, stdin=b"x" * 5000).code == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--client-secret", "sec-456"], "without a client id"),
        (["--client-id", "cid-123"], "--client-secret -"),
        (["--client-id", "cid-123", "-X", "nope=1"], "unknown key"),
    ],
)
def test_half_a_client(account: Account, args: list[str], said: str) -> None:
    outcome = account("cloud", "login", *args)
    assert (outcome.code, outcome.stdout, account.asked) == (2, "", [])
    assert said in outcome.err


def test_a_wrong_secret(account: Account) -> None:
    account.fake.clients.clear()
    outcome = account("cloud", "login", env=CLIENT)
    assert (outcome.code, outcome.stdout) == (4, "")
    assert "access_denied: Unauthorized" in outcome.err
    assert "rpkpy cloud logout --clear-credentials" in outcome.err
    assert not account.file.exists()


def test_in_a_browser(account: Account, waits: list[float]) -> None:
    account.fake.device = ["authorization_pending", "slow_down", "authorization_pending"]
    outcome = account("cloud", "login", "--no-browser", "--no-profile")
    page = 'Please proceed to the following URL to login:\n\n    "https://login.example/v?user_code=ABCD"\n\n'
    assert (outcome.code, outcome.stdout.startswith(page + LOGGED_IN.format("sso"))) == (0, True), outcome.err
    assert "must show the code ABCD" in outcome.err
    assert waits == [5.0, 10.0, 10.0]  # slow_down counts for all that follow
    (login,) = account.kept["cloud_auth"]
    assert (login["kind"], login["client_id"], login["name"]) == ("sso", SSO_CLIENT_ID, "org-1-sso My Org")


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        (["authorization_pending", "access_denied"], "the login was denied"),
        (["expired_token"], "not confirmed in time"),
        (["invalid_grant"], "invalid_grant: (invalid_grant)."),
    ],
)
def test_not_confirmed(account: Account, errors: list[str], said: str) -> None:
    account.fake.device = errors
    outcome = account("cloud", "login", "--no-browser")
    assert (outcome.code, said in outcome.err) == (4, True), outcome.err
    assert not account.file.exists()


def test_never_confirmed(account: Account, waits: list[float]) -> None:
    account.fake.device, account.fake.device_ends = ["authorization_pending"], False
    account.fake.device_answer = {"expires_in": 60, "interval": None}
    outcome = account("cloud", "login")
    assert (outcome.code, "not confirmed in time" in outcome.err) == (4, True)
    assert sum(waits) == 55.0  # every 5 s, where nothing is said


def test_a_server_that_falls_silent_is_asked_less_often(account: Account, waits: list[float]) -> None:
    account.fake.device = ["authorization_pending"]
    account.fake.fail("/oauth/token", *[Reply(closed=True)] * 4)
    assert account("cloud", "login", "--no-profile").code == 0
    assert waits == [10.0, 10.0]


@pytest.mark.parametrize(
    ("reply", "code", "said"),
    [
        (Reply(200, "<html><title>Sign in</title>"), 5, "a web page, 'Sign in'"),
        (Reply(200, {"token_type": "Bearer"}), 4, "holds no bearer token"),
        (Reply(200, {"access_token": "x", "token_type": "mac"}), 4, "holds no bearer token"),
        (Reply(302, "", {"Location": "https://elsewhere.example/"}), 5, "Redirects are not followed"),
        (Reply(400, "no JSON"), 4, "no JSON"),
        (Reply(401, {"error": "access_denied", "error_description": "sec-456 is wrong\x1b[31m"}), 4, "is wrong\\x1b"),
        (Reply(418, "sec-456"), 6, "[REDACTED]"),
    ],
)
def test_bad_answers(account: Account, reply: Reply, code: int, said: str) -> None:
    account.fake.fail("/oauth/token", reply)
    outcome = account("cloud", "login", env=CLIENT)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert said in outcome.err


def test_a_passing_failure_is_no_failure(account: Account) -> None:
    account.fake.fail("/oauth/token", Reply(500, "x"), Reply(429, "", {"Retry-After": "0"}), Reply(closed=True))
    assert account("cloud", "login", "--no-profile", env=CLIENT).code == 0


@pytest.mark.parametrize(
    ("token", "said"),
    [
        (lambda fake, client: fake.issue(client, ends_in_s=-10), "It has expired."),
        (lambda fake, client: fake.issue(client, audience="elsewhere"), "It is for elsewhere, not for"),
        (lambda fake, client: fake.issue(client, audience=[]), "It is for nobody"),
        (lambda fake, client: fake.issue("somebody"), "given to the client 'somebody'"),
        (lambda fake, client: fake.issue(client, key="two", kid="one"), "its signature is wrong"),
        (lambda fake, client: fake.issue(client, key="two"), "a key that its issuer does not have"),
        (lambda fake, client: fake.issue(client, exp="soon"), "does not say when it ends"),
        (lambda fake, client: "a.b", "not a JSON Web Token"),
        (lambda fake, client: "a.b.c", "not a JSON Web Token"),
        (lambda fake, client: "bnVsbA.bnVsbA.x", "not a JSON Web Token"),
        (lambda fake, client: "x" * 70_000, "not a JSON Web Token"),
    ],
)
def test_tokens_that_are_not_taken(account: Account, token: object, said: str) -> None:
    account.fake.token = token  # type: ignore[assignment]
    outcome = account("cloud", "login", env=CLIENT)
    assert (outcome.code, outcome.stdout) == (4, "")
    assert said.lower() in outcome.err.lower()
    assert not account.file.exists()


@pytest.mark.parametrize("keys", [None, ()])
def test_without_published_keys(account: Account, keys: tuple[str, ...] | None) -> None:
    account.fake.keys = keys
    outcome = account("cloud", "login", "-v", "--no-profile", env=CLIENT)
    assert outcome.code == 0
    assert "The token's signature is not verified: its issuer's keys cannot be had" in outcome.err


@pytest.mark.parametrize("variable", ["RPK_CLOUD_URL", "RPK_CLOUD_AUTH_URL", "RPK_PUBLIC_API_URL"])
@pytest.mark.parametrize("url", ["http://cloud.example", "ftp://x", "https://", "https://u:p@h", "https://h:99999"])
def test_secrets_go_over_https_alone(account: Account, variable: str, url: str) -> None:
    outcome = account("cloud", "login", env={**CLIENT, variable: url})
    assert (outcome.code, account.asked) == (2, [])
    assert variable in outcome.err


def test_what_follows(account: Account) -> None:
    """A profile is made for the only cluster; the next login finds it."""
    outcome = account("cloud", "login", env=CLIENT)
    assert (
        'Created and switched to a new profile "rpk-cloud" to talk to cloud cluster "default/mycluster".'
        in outcome.stdout
    )
    assert account.kept["current_profile"] == "rpk-cloud"
    again = account("cloud", "login", env=CLIENT)
    assert 'You are talking to the cloud cluster "default/mycluster" (rpkpy profile name: "rpk-cloud")' in again.stdout
    assert account("profile", "clear").code == 0
    assert 'Set current profile to "rpk-cloud".' in account("cloud", "login", env=CLIENT).stdout


@pytest.mark.parametrize(
    ("clusters", "said"),
    [
        ([], "There is no cluster yet"),
        ([dedicated(state="STATE_CREATING")], "There is no cluster yet"),
        ([dedicated("c1", "one"), dedicated("c2", "two")], "default/one: c1"),
    ],
)
def test_what_follows_where_it_is_not_clear(account: Account, clusters: list[dict[str, object]], said: str) -> None:
    account.fake.clusters = clusters
    outcome = account("cloud", "login", env=CLIENT)
    assert (outcome.code, said in outcome.err) == (0, True), outcome.err
    assert account.kept["current_profile"] == ""


def test_several_profiles(account: Account) -> None:
    account("cloud", "login", env=CLIENT)
    assert account("cloud", "cluster", "select", "mycluster", "--profile", "second").code == 0
    account("profile", "clear")
    outcome = account("cloud", "login", env=CLIENT)
    assert (outcome.code, "rpkpy profile use NAME`: rpk-cloud, second" in outcome.err) == (0, True)


def test_a_file_that_cannot_be_written(account: Account, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = account("cloud", "login", "--config", str(tmp_path / "file" / "rpk.yaml"), env=CLIENT)
    assert (outcome.code, "Traceback" in outcome.err) == (2, False)


def test_a_server_that_is_asked_too_often(account: Account, waits: list[float]) -> None:
    account.fake.fail("/oauth/token", Reply(429, "slow down"))
    assert account("cloud", "login", "--no-profile").code == 0
    assert waits == [10.0]


@pytest.mark.parametrize("organization", [{}, {"id": 3}, {"id": ""}])
def test_an_organisation_without_an_id(account: Account, organization: dict[str, object]) -> None:
    account.fake.organization = organization  # type: ignore[assignment]
    outcome = account("cloud", "login", env=CLIENT)
    assert (outcome.code, account.file.exists()) == (5, False)


@pytest.mark.parametrize("command", ["login", "logout"])
def test_under_sudo(account: Account, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    account.logged_in()
    before = account.file.stat()
    monkeypatch.setattr(os, "geteuid", lambda: before.st_uid + 1)
    outcome = account("cloud", command, env={**CLIENT, "SUDO_UID": "1000"})
    assert (outcome.code, "without sudo" in outcome.err, account.asked) == (2, True, [])
    assert account.file.stat().st_mtime_ns == before.st_mtime_ns


def test_a_browser_login_for_another_client(account: Account) -> None:
    account.fake.token = lambda cloud, client_id: cloud.issue("somebody")
    outcome = account("cloud", "login")
    assert (outcome.code, "given to the client 'somebody'" in outcome.err) == (4, True), outcome.err


def test_a_page_without_the_code_in_its_address(account: Account) -> None:
    account.fake.device_answer = {"verification_uri_complete": None}
    outcome = account("cloud", "login", "--no-profile")
    assert '    "https://login.example/v"\n' in outcome.stdout
    assert "The page must show the code ABCD." in outcome.err
    account.fake.device_answer = {"verification_uri_complete": None, "verification_uri": None}
    assert account("cloud", "login", "--no-profile").code == 5
