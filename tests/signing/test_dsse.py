"""Envelopes: what is signed, and that any bytes are an envelope or an error for people."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpkpy.errors import InvalidError
from rpkpy.signing import dsse
from rpkpy.signing.dsse import Envelope, Signature


def test_what_is_signed_is_the_specifications_example() -> None:
    """DSSE, protocol.md: the test vector of PAE("http://example.com/HelloWorld", "hello world")."""
    expected = b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    assert dsse.signed_bytes("http://example.com/HelloWorld", b"hello world") == expected


@given(st.text(st.characters(exclude_categories=["Cs"])), st.binary(), st.lists(st.binary(), min_size=1, max_size=16))
def test_an_envelope_reads_back(kind: str, payload: bytes, contents: list[bytes]) -> None:
    envelope = Envelope(kind, payload, tuple(Signature(str(n), each) for n, each in enumerate(contents)))
    assert dsse.decode(envelope.encode()) == envelope


def test_url_safe_base64_is_taken() -> None:
    fields = {"payload": "_-8=", "payloadType": "t", "signatures": [{"sig": "-_8="}]}
    assert dsse.decode(json.dumps(fields).encode()) == Envelope("t", b"\xff\xef", (Signature("", b"\xfb\xff"),))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["AA==", "\ud800"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["payload", "payloadType", "signatures", "sig", "keyid"]), inner)
    ),
)


@given(st.binary(max_size=80) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_an_envelope_or_refused(data: bytes) -> None:
    try:
        assert dsse.decode(data).signatures
    except InvalidError as error:
        assert "signature file" in error.message


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[" * 100_000,
        b" " * (dsse.MAX_BYTES + 1),
        json.dumps({"payload": "AA==", "payloadType": "t", "signatures": []}).encode(),
        json.dumps({"payload": "AA==", "payloadType": "t", "signatures": [{"sig": "AA=="}] * 17}).encode(),
        json.dumps({"payload": "AA", "payloadType": "t", "signatures": [{"sig": "AA=="}]}).encode(),
        json.dumps({"payload": base64.b64encode(b"x").decode(), "signatures": [{"sig": "AA=="}]}).encode(),
    ],
    ids=["empty", "deep", "large", "none", "many", "padding", "type"],
)
def test_what_is_no_envelope(data: bytes) -> None:
    with pytest.raises(InvalidError):
        dsse.decode(data)
