"""Envelopes with signatures: DSSE 1.0 (secure-systems-lab/dsse, envelope.md and protocol.md), in JSON.

    {"payload": BASE64, "payloadType": TYPE, "signatures": [{"keyid": TEXT, "sig": BASE64}, ...]}

What is signed is the pre-authentication encoding of type and payload, so that a signature says what it is of. A keyid
is a hint and proves nothing.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from rpkpy.errors import InvalidError

MAX_BYTES = 256 * 1024
_MAX_SIGNATURES = 16


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature, by the key that `keyid` may name."""

    keyid: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A payload of a type, and its signatures, none of which has been checked."""

    payload_type: str
    payload: bytes
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """The envelope as a line of JSON."""
        fields = {
            "payload": base64.b64encode(self.payload).decode(),
            "payloadType": self.payload_type,
            "signatures": [
                {"keyid": each.keyid, "sig": base64.b64encode(each.content).decode()} for each in self.signatures
            ],
        }
        return json.dumps(fields).encode() + b"\n"


def signed_bytes(payload_type: str, payload: bytes) -> bytes:
    """The pre-authentication encoding: `DSSEv1 LEN(type) type LEN(payload) payload`, lengths in decimal bytes."""
    kind = payload_type.encode()
    return b" ".join((b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload))


def decode(data: bytes) -> Envelope:
    """The envelope in `data`. Raises InvalidError, and nothing else, for bytes that are none."""
    if len(data) > MAX_BYTES:
        raise _malformed(f"It is larger than {MAX_BYTES >> 10} KiB.")
    try:
        return _envelope(json.loads(data))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _malformed(f"It does not read as a DSSE envelope ({type(error).__name__}).") from None


def _envelope(fields: Any) -> Envelope:
    kind, listed = fields["payloadType"], fields["signatures"]
    if not isinstance(kind, str) or not isinstance(listed, list) or not 1 <= len(listed) <= _MAX_SIGNATURES:
        raise TypeError
    signatures = tuple(Signature(str(each.get("keyid", ""))[:200], _bytes(each["sig"])) for each in map(dict, listed))
    kind.encode()  # lone surrogates
    return Envelope(kind, _bytes(fields["payload"]), signatures)


def _bytes(text: Any) -> bytes:
    """Standard or URL-safe Base64, both of which the format allows."""
    if not isinstance(text, str):
        raise TypeError
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error as error:
        raise ValueError from error


def _malformed(cause: str) -> InvalidError:
    return InvalidError(
        "The signature file cannot be read.", cause=cause, fix="Sign the module again: rpkpy transform sign."
    )
