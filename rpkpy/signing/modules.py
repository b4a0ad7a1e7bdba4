"""Signing modules and checking them: a DSSE envelope around an in-toto Statement v1 (in-toto/attestation, spec/v1).

The statement names the module's sha256 and carries, as its predicate, what the module says of its origin (see
rpkpy.wasm.embed); whoever trusts the key may believe that.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpkpy import atomic
from rpkpy.errors import InvalidError, UsageError
from rpkpy.signing import dsse, keys
from rpkpy.text import printable
from rpkpy.wasm import custom
from rpkpy.wasm.binary import MalformedModule, parse

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SUFFIX = ".sig"
"""What the name of a module's signature file ends with: `mask.wasm.sig`."""
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:rpkpy:build-origin:v1"


@dataclass(frozen=True, slots=True)
class Verified:
    """A module whose signature holds: its `sha256` and `key` (its id) in hex, and the `origin` that was signed."""

    module: str
    sha256: str
    key: str
    origin: dict[str, Any]


def sign(module: bytes, name: str, key: "Ed25519PrivateKey") -> bytes:
    """The signature file of `module`, called `name` in it. Raises InvalidError for what is no module."""
    try:
        origin = custom.origin(parse(module), module) or {}
    except MalformedModule as error:
        raise InvalidError(f"{name} is not signed: {error.problem}.", fix="Build it again.") from error
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": hashlib.sha256(module).hexdigest()}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": origin,
    }
    payload = json.dumps(statement, sort_keys=True).encode()
    signature = key.sign(dsse.signed_bytes(PAYLOAD_TYPE, payload))
    return dsse.Envelope(PAYLOAD_TYPE, payload, (dsse.Signature(keys.key_id(key.public_key()), signature),)).encode()


def verify(module: bytes, name: str, envelope: bytes, key: "Ed25519PublicKey") -> Verified:
    """What was signed of `module`. Raises InvalidError unless `envelope` has a signature of it by `key`."""
    found = dsse.decode(envelope)
    if found.payload_type != PAYLOAD_TYPE:
        raise _refused(name, "The file signs something else than a module.")
    if not any(_holds(found, signature, key) for signature in found.signatures):
        signers = ", ".join(printable(each.keyid)[:16] or "an unnamed key" for each in found.signatures)
        raise _refused(name, f"It is signed by {signers}, not by {keys.key_id(key)[:16]}, or was changed since.")
    sha256 = hashlib.sha256(module).hexdigest()
    statement = _statement(found.payload, name)
    if sha256 not in _digests(statement):
        raise _refused(name, f"The signature is of another file; this one's sha256 is {sha256}.")
    predicate = statement.get("predicate") if statement.get("predicateType") == PREDICATE_TYPE else None
    return Verified(name, sha256, keys.key_id(key), predicate if isinstance(predicate, dict) else {})


def read_signature(path: Path, shown: str) -> bytes:
    """The bytes of a signature file. InvalidError where there is none, UsageError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(dsse.MAX_BYTES + 1)
    except FileNotFoundError:
        raise unsigned(shown) from None
    except OSError as error:
        raise UsageError(f"{shown} cannot be read.", cause=error.strerror) from error


def write_signature(path: Path, envelope: bytes) -> None:
    """Write a signature file, whole or not at all. UsageError where that fails."""
    try:
        atomic.replace(path, envelope, mode=0o644)
    except OSError as error:
        raise UsageError(f"{path} cannot be written.", cause=error.strerror) from error


def unsigned(shown: str) -> InvalidError:
    """The error for a module without a signature file `shown`."""
    return InvalidError(
        f"There is no signature {shown}.",
        cause="A key to verify the module with was given.",
        fix="Have it signed: rpkpy transform sign --key FILE, or name the file with --signature.",
    )


def _holds(envelope: dsse.Envelope, signature: dsse.Signature, key: "Ed25519PublicKey") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        key.verify(signature.content, dsse.signed_bytes(envelope.payload_type, envelope.payload))
    except InvalidSignature:
        return False
    return True


def _statement(payload: bytes, name: str) -> dict[str, Any]:
    """The statement, which is whoever holds the key's; read as carefully as if it were anybody's."""
    try:
        statement = json.loads(payload)
    except (ValueError, RecursionError):
        statement = None
    if not isinstance(statement, dict) or statement.get("_type") != STATEMENT_TYPE:
        raise _refused(name, "What is signed is no in-toto statement.")
    return statement


def _digests(statement: dict[str, Any]) -> list[Any]:
    subjects = statement.get("subject")
    listed = [each for each in subjects if isinstance(each, dict)] if isinstance(subjects, list) else []
    digests = [each.get("digest") for each in listed]
    return [each.get("sha256") for each in digests if isinstance(each, dict)]


def _refused(name: str, cause: str) -> InvalidError:
    return InvalidError(
        f"The signature of {name} does not hold.",
        cause=cause,
        fix="Do not deploy it; ask whoever signed it for module and signature once more.",
    )
