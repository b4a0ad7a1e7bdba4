"""Authorization headers by chance, and what is counted of wrong ones."""

import asyncio
import base64
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rpkpy.host.access import users
from rpkpy.host.access.caller import Callers
from rpkpy.host.access.credentials import Password, Token
from rpkpy.host.access.users import User, Users
from rpkpy.host.rejection import Rejected

TOKEN, KEPT = Token.made()
ANN = User("ann", True, Password.of("correct horse", log2_n=2, parallel=1))
CI = User("ci", True, KEPT)


@pytest.fixture
def callers(tmp_path: Path) -> Callers:
    users.write(tmp_path / "users", {"ann": ANN, "ci": CI})
    return Callers(Users(tmp_path / "users"))


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode("utf-8", "surrogatepass")).decode()


HEADERS = st.one_of(
    st.text(),
    st.text().map(basic),
    st.text().map(lambda text: basic(f"ann:{text}")),
    st.text().map(lambda text: f"Bearer {text}"),
    st.binary().map(lambda content: "basic " + base64.b64encode(content).decode()),
    st.builds("{}{}".format, st.sampled_from(["Basic", "Bearer", "bearer ", "BASIC  "]), st.text()),
)


@given(header=HEADERS, number=st.integers(0, 10**9))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_header_gets_in_by_chance(callers: Callers, header: str, number: int) -> None:
    with pytest.raises(Rejected) as caught:
        asyncio.run(callers.of(header, f"client-{number}"))
    assert caught.value.status in (400, 401, 429)


@pytest.mark.parametrize("header", [basic("ann:correct horse"), f"bearer  {TOKEN}", f"Bearer {TOKEN}"])
def test_the_right_ones_do(callers: Callers, header: str) -> None:
    assert asyncio.run(callers.of(header, "127.0.0.1")) in (ANN, CI)


def test_a_token_is_no_password_and_a_password_no_token(callers: Callers) -> None:
    for header in (basic(f"ci:{TOKEN}"), "Bearer correct horse", f"Bearer {KEPT.digest}", basic(f"ann:{ANN.secret}")):
        with pytest.raises(Rejected, match="bad credentials"):
            asyncio.run(callers.of(header, "127.0.0.1"))


@pytest.mark.parametrize(
    ("first", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
    ],
)
def test_wrong_ones_are_counted_by_network(tmp_path: Path, first: str, other: str, *, same: bool) -> None:
    now = [0.0]
    users.write(tmp_path / "users", {"ci": CI})
    callers = Callers(Users(tmp_path / "users"), lambda: now[0], time.time)

    def status(address: str) -> int:
        with pytest.raises(Rejected) as caught:
            asyncio.run(callers.of("Bearer wrong", address))
        return caught.value.status

    assert [status(first) for _ in range(12)] == [401] * 10 + [429] * 2
    assert status(other) == (429 if same else 401)
    assert asyncio.run(callers.of(f"Bearer {TOKEN}", first)) == CI
    now[0] += 61
    assert status(first) == 401
