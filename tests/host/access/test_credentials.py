"""Passwords and tokens as they are kept."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpkpy.host.access import credentials
from rpkpy.host.access.credentials import Password, Token

SALT, HASH = "AAAAAAAAAAAAAAAAAAAAAA==", "A" * 43 + "="


@given(st.text(), st.text())
@settings(max_examples=30, deadline=None)
def test_a_password_fits_itself_alone(password: str, other: str) -> None:
    kept = credentials.parse(str(Password.of(password, log2_n=2, parallel=1)))
    assert isinstance(kept, Password)
    assert kept.fits(password)
    assert kept.fits(other) == (other == password)


def test_it_is_scrypt_of_rfc_7914() -> None:
    """The second vector of section 12, of which 32 bytes are kept."""
    digest = bytes.fromhex("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162")
    kept = Password(10, 8, 16, b"NaCl", digest)
    assert kept.fits("password")
    assert not kept.fits("Password")


def test_equal_passwords_are_kept_differently() -> None:
    assert str(Password.of("same", log2_n=2)) != str(Password.of("same", log2_n=2))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "scrypt:14:8:5",
        f"scrypt:30:8:5:{SALT}:{HASH}",
        f"scrypt:14:999999:5:{SALT}:{HASH}",
        f"scrypt:14:8:0:{SALT}:{HASH}",
        f"scrypt:x:8:5:{SALT}:{HASH}",
        f"scrypt:14:8:5:{SALT}:AAAA",
        f"scrypt:14:8:5:AAAA:{HASH}",
        f"scrypt:14:8:5:!{SALT}:{HASH}",
        "token:abcd:0",
        f"token:{'0' * 64}:-1",
        f"token:{'0' * 64}:{10**30}",
        f"token:{'z' * 64}:0",
    ],
)
def test_what_is_no_secret(text: str) -> None:
    with pytest.raises(ValueError):
        credentials.parse(text)


def test_tokens() -> None:
    token, kept = Token.made()
    assert len(token) >= 43
    assert credentials.parse(str(kept)) == kept
    assert kept.digest == credentials.digest_of(token)
    assert token not in str(kept)
    assert not kept.expired(time.time() + 10**9)
    _, short = Token.made(1_000)
    assert (short.expired(999), short.expired(1_000)) == (False, True)


def test_hashes_stay_out_of_what_is_printed() -> None:
    kept = Password.of("correct horse", log2_n=2)
    assert "salt" not in repr(kept)
    assert "digest" not in repr(kept)
