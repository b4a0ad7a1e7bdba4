"""What is read from tokens, and which signatures count."""

import base64
import builtins
import json
from collections.abc import Iterator
from typing import Any

import jwt  # noqa: TID253  # the tests need it, with the extra
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import AuthError
from rpkpy.redpanda.cloud import tokens
from rpkpy.redpanda.cloud.http import CloudHttp
from tests.fakes.cloud import AUDIENCE, FakeCloud, signing_key
from tests.redpanda.loopback import serving

FAKE = FakeCloud()


@pytest.fixture
def issuer() -> Iterator[CloudHttp]:
    with serving(FAKE) as server:
        yield CloudHttp(f"http://{server.address}", "the issuer")


def part(data: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def made_up(header: dict[str, Any]) -> str:
    return f"{part(header)}.{part({'exp': 4e9, 'aud': AUDIENCE, 'azp': 'me'})}.AAAA"


def problem(token: str, now: float = 0.0) -> str | None:
    return tokens.problem(token, audience=AUDIENCE, client_id="me", now=now)


def test_claims() -> None:
    token = FAKE.issue("me", audience=["other", AUDIENCE], exp=1000)
    assert tokens.read(token) == tokens.Claims(1000.0, ("other", AUDIENCE), "me")
    assert problem(token, now=1000 - tokens.LEEWAY_S - 1) is None
    assert problem(token, now=1000 - tokens.LEEWAY_S) == "it has expired"


def test_a_signature_that_is_right(issuer: CloudHttp) -> None:
    said: list[str] = []
    assert tokens.verify_signature(FAKE.issue("me"), issuer, said.append)
    assert said == []


@pytest.mark.parametrize("header", [{"alg": "none"}, {"alg": "NONE", "kid": "one"}, {"alg": 1}, {}])
def test_no_signature(issuer: CloudHttp, header: dict[str, Any]) -> None:
    with pytest.raises(AuthError) as caught:
        tokens.verify_signature(made_up(header), issuer, print)
    assert caught.value.cause == "it is not signed"


@pytest.mark.parametrize("header", [{"alg": "RS256", "kid": "one"}, {"alg": "ES256", "kid": "one"}, {"alg": "RS256"}])
def test_a_signature_that_is_wrong(issuer: CloudHttp, header: dict[str, Any]) -> None:
    """Also one that names another algorithm than its key has, or no key."""
    with pytest.raises(AuthError, match="cannot be used"):
        tokens.verify_signature(made_up(header), issuer, print)


def test_the_public_key_is_no_shared_secret(issuer: CloudHttp) -> None:
    """A token signed with HS256 says that nobody but the issuer can verify it: it is not tried with its public key."""
    said: list[str] = []
    token = jwt.encode({"exp": 4e9}, "a shared secret that is long enough for it", "HS256", {"kid": "one"})
    assert not tokens.verify_signature(token, issuer, said.append)
    assert said == ["The token's signature is not verified: HS256 has no public key."]


def test_without_the_extra(issuer: CloudHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    found = builtins.__import__

    def missing(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "jwt":
            raise ImportError(name)
        return found(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    said: list[str] = []
    assert not tokens.verify_signature(FAKE.issue("me"), issuer, said.append)
    assert said == ['The token\'s signature is not verified: that takes pip install "rpkpy[cloud]".']


@given(st.one_of(st.text(), st.lists(st.text(max_size=40), min_size=3, max_size=3).map(".".join)))
def test_any_text(text: str) -> None:
    assert problem(text) == "it is not a JSON Web Token"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["exp", "aud", "azp"]), inner),
    max_leaves=8,
)


@given(JSON, JSON)
def test_any_claims(header: Any, claims: Any) -> None:
    found = problem(f"{part(header)}.{part(claims)}.AAAA")
    assert found is None or isinstance(found, str)


def test_keys_are_made_once() -> None:
    assert signing_key("one") is signing_key("one")
