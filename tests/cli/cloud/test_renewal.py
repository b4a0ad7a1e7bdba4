"""Tokens are renewed before they end, and once where the cloud no longer takes them; one rpkpy at a time does it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from rpkpy.config.settings import CloudAuth
from rpkpy.redpanda.cloud.endpoints import Endpoints
from rpkpy.redpanda.cloud.session import Session
from tests.cli.cloud.account import CLIENT, Account
from tests.redpanda.loopback import Reply

RENEWAL = ["POST /oauth/token", "GET /.well-known/jwks.json"]


def test_before_it_ends(account: Account) -> None:
    account.logged_in(account.fake.issue("cid-123", ends_in_s=30), secret="sec-456")
    assert account("transform", "list").code == 0
    assert account.asked == [*RENEWAL, "GET /v1/transforms"]
    token = account.kept["cloud_auth"][0]["auth_token"]
    assert account.server.asked[-1].headers["authorization"] == f"Bearer {token}"
    assert account("transform", "list").code == 0  # with the one that was kept
    assert account.asked[3:] == ["GET /v1/transforms"]


def test_once_where_it_is_not_taken(account: Account) -> None:
    account.fake.refuse(account.logged_in(secret="sec-456"))
    assert account("transform", "list").code == 0
    assert account.asked == ["GET /v1/transforms", *RENEWAL, "GET /v1/transforms"]
    account.fake.fail("/transforms", *[Reply(401, {"message": "still not"})] * 2)
    outcome = account("transform", "list")
    assert (outcome.code, "still not." in outcome.err, "rpkpy cloud login" in outcome.err) == (4, True, True)
    assert account.asked[4:] == ["GET /v1/transforms", *RENEWAL, "GET /v1/transforms"]


def test_with_the_secret_of_the_environment(account: Account) -> None:
    """As a CI job has it: the secret is in no file, and comes into none."""
    account.logged_in(account.fake.issue("cid-123", ends_in_s=-5))
    assert account("transform", "list", env=CLIENT).code == 0
    assert account("transform", "list").code == 0  # with the token that was kept
    assert "sec-456" not in account.file.read_text()


def test_with_another_client_of_the_environment(account: Account) -> None:
    account.logged_in(kind="sso")
    before = account.file.read_bytes()
    assert account("transform", "list", env=CLIENT).code == 0
    assert account.asked == [*RENEWAL, "GET /v1/transforms"]
    assert account.file.read_bytes() == before


def test_with_a_refresh_token(account: Account) -> None:
    account.fake.refresh_tokens = ["refresh-1"]
    account.logged_in(
        account.fake.issue("ehNhbNUwjPIWUinE2b7njFyE4VBrxXZm", ends_in_s=0), kind="sso", refresh="refresh-1"
    )
    account.fake.refresh_tokens.append("refresh-2")
    assert account("transform", "list").code == 0
    assert account.kept["cloud_auth"][0]["refresh_token"] == "refresh-2"
    account.fake.refuse(account.kept["cloud_auth"][0]["auth_token"])
    account.fake.fail("/oauth/token", Reply(closed=True))
    before = account.asked.count("POST /oauth/token")
    assert account("transform", "list").code == 5
    assert account.asked.count("POST /oauth/token") == before + 1  # a refresh token is not sent twice
    account.fake.refresh_tokens.clear()
    account.fake.refuse(account.kept["cloud_auth"][0]["auth_token"])
    outcome = account("transform", "list")
    assert (outcome.code, "token is revoked" in outcome.err) == (4, True)


@pytest.mark.parametrize("kind", ["sso", "client-credentials"])
def test_nothing_to_renew_with(account: Account, kind: str) -> None:
    client_id = "ehNhbNUwjPIWUinE2b7njFyE4VBrxXZm" if kind == "sso" else "cid-123"
    account.logged_in(account.fake.issue(client_id, ends_in_s=-5), kind=kind)
    outcome = account("transform", "list")
    assert (outcome.code, account.asked) == (4, [])
    assert "it has expired" in outcome.err
    assert "Fix: Log in again: rpkpy cloud login" in outcome.err


def test_after_logout_nothing_is_sent(account: Account) -> None:
    account.logged_in()
    account("cloud", "logout")
    outcome = account("transform", "list")
    assert (outcome.code, account.asked) == (4, [])
    assert "You are not logged in" in outcome.err


def test_a_wrong_token_is_not_kept(account: Account) -> None:
    account.logged_in(account.fake.issue("cid-123", ends_in_s=0), secret="sec-456")
    before = account.file.read_bytes()
    account.fake.token = lambda cloud, client_id: cloud.issue(client_id, audience="elsewhere")
    outcome = account("transform", "list")
    assert (outcome.code, "for elsewhere" in outcome.err) == (4, True)
    assert account.file.read_bytes() == before


def test_several_at_once_renew_once(account: Account) -> None:
    old = account.logged_in(account.fake.issue("cid-123", ends_in_s=0), secret="sec-456")
    endpoints = Endpoints(account.url, account.url, account.url)

    def token(_: int) -> str:
        auth = CloudAuth("org-1", "client-credentials", client_id="cid-123", client_secret="sec-456", auth_token=old)
        return Session(endpoints, auth, account.file).token()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(token, range(8)))
    assert account.asked == RENEWAL
    assert found == {account.kept["cloud_auth"][0]["auth_token"]}


def test_a_file_that_cannot_be_written(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command goes on with the new token; only keeping it fails."""
    from rpkpy import atomic

    account.logged_in(account.fake.issue("cid-123", ends_in_s=0), secret="sec-456")

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic, "replace", full)
    outcome = account("transform", "list", "-v")
    assert (outcome.code, "The new token is not kept" in outcome.err) == (0, True), outcome.err


def test_kafka_of_a_serverless_cluster_gets_a_fresh_token(account: Account) -> None:
    """Its profile signs in with the login's token, which is renewed like any other."""
    from rpkpy.config.settings import SERVERLESS

    account.logged_in(account.fake.issue("cid-123", ends_in_s=0), secret="sec-456", type=SERVERLESS)
    text = account.file.read_text().replace("[127.0.0.1:1]", "[127.0.0.1:1]\n        sasl: {mechanism: CLOUD-OIDC}")
    account.write(text)
    arguments = ["topic", "list", "-X", "globals.dial_timeout=200ms", "-X", "globals.retry_timeout=200ms"]
    assert account(*arguments).code == 5  # no broker is there
    assert account.asked == RENEWAL
    account.write(account.file.read_text().replace("client_secret: sec-456", "").replace("auth_token", "old"))
    outcome = account(*arguments)
    assert (outcome.code, "You are not logged in" in outcome.err) == (4, True)


def test_a_made_up_signature(account: Account) -> None:
    account.logged_in(account.fake.issue("cid-123", ends_in_s=0), secret="sec-456")
    account.fake.token = lambda cloud, client_id: cloud.issue(client_id, key="two", kid="one")
    outcome = account("transform", "list")
    assert (outcome.code, "its signature is wrong" in outcome.err, account.asked) == (4, True, RENEWAL)
