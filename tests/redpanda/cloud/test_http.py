"""Requests to a cloud that is cut off, that is not whom it says, or that says secrets again."""

import time

import pytest

from rpkpy.errors import AuthError, RefusedError, UnreachableError
from rpkpy.redpanda.cloud import http
from rpkpy.redpanda.cloud.http import CloudHttp
from tests.fakes.certificates import Authority, server_context
from tests.redpanda.loopback import Asked, Reply, after, always, serving

SECRET = "hush-hush-hush"


@pytest.fixture(autouse=True)
def no_long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_FIRST_PAUSE_S", 0.002)


def test_https_with_a_certificate_that_is_trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(always(200, {}), server_context(authority.issue("broker"))) as server:
        api = CloudHttp(f"https://{server.address}", "the cloud")
        with pytest.raises(UnreachableError) as caught:
            api.request("GET", "/", action="look", token=SECRET)
        assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value.cause)
        assert "the operating system's certificates" in str(caught.value.fix)
        assert server.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca))
        assert CloudHttp(f"https://{server.address}", "x").request("GET", "/", action="look").json("look") == {}


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "https://127.0.0.1:1"])
def test_nobody_there(url: str) -> None:
    with pytest.raises(UnreachableError, match=f"unable to look: no answer from the cloud at {url}"):
        CloudHttp(url, "the cloud").request("GET", "/", action="look", token=SECRET)


def test_a_late_answer_ends_in_time() -> None:
    with serving(after(5, Reply(200, {}))) as server:
        began = time.monotonic()
        with pytest.raises(UnreachableError) as caught:
            CloudHttp(f"http://{server.address}", "the cloud", request_timeout_s=0.2).request("GET", "/", action="look")
        assert caught.value.cause == "nothing within 0.2 s."
        assert time.monotonic() - began < 4


def test_what_a_server_says_again_is_not_shown() -> None:
    said: list[str] = []

    def answer(asked: Asked) -> Reply:
        return Reply(400, {"message": f"Authorization: Bearer {SECRET} and pass=other-secret"})

    with serving(answer) as server:
        api = CloudHttp(f"http://{server.address}", "the cloud", say=said.append)
        with pytest.raises(RefusedError) as caught:
            api.request("POST", f"/?echo={SECRET}", action="look", token=SECRET, secrets=["other-secret"], json={})
    error = caught.value
    shown = " ".join([error.message, str(error.cause), *said])
    assert "Bearer [REDACTED] and pass=[REDACTED]" in shown
    assert SECRET not in shown
    assert "other-secret" not in shown


def test_a_wait_that_is_too_long_is_not_waited() -> None:
    with serving(always(503, "", {"Retry-After": "3600"})) as server:
        with pytest.raises(RefusedError):
            CloudHttp(f"http://{server.address}", "the cloud").request("GET", "/", action="look")
        assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "times"), [(400, 1), (401, 1), (404, 1), (501, 1), (429, 4), (500, 4), (503, 4)])
def test_how_often_is_asked(status: int, times: int) -> None:
    with serving(always(status, "")) as server:
        with pytest.raises((AuthError, RefusedError)):
            CloudHttp(f"http://{server.address}", "the cloud").request("GET", "/", action="look")
        assert len(server.asked) == times


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the world outside; what is on this machine is asked directly."""
    with serving(always(502, "not here")) as proxy, serving(always(200, {})) as near:
        for name in ("https_proxy", "http_proxy", "HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://{proxy.address}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert CloudHttp(f"http://{near.address}", "x").request("GET", "/", action="look").status == 200
        with pytest.raises(UnreachableError, match=r"no answer from the cloud at https://cloud\.example"):
            CloudHttp("https://cloud.example", "the cloud", request_timeout_s=5).request("GET", "/", action="look")


def test_a_time_to_wait_that_is_no_number() -> None:
    with serving(always(503, "", {"Retry-After": "²"})) as server, pytest.raises(RefusedError):
        CloudHttp(f"http://{server.address}", "x").request("GET", "/", action="look")
