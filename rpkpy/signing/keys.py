"""Ed25519 keys (RFC 8032) in PEM files: PKCS #8 for private ones, SubjectPublicKeyInfo for public ones.

`openssl genpkey -algorithm ed25519` makes the same. The package `cryptography` belongs to the extra `sign`.
"""

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rpkpy import atomic
from rpkpy.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_MAX_FILE_BYTES = 16 * 1024


def generate(path: Path, password: str | None = None) -> Path:
    """Make a key pair: the private key at `path` (mode 0600, encrypted with `password` if any), the public one at
    `path`.pub, which is returned. Raises UsageError where one of the files is there or cannot be written.
    """
    serialization = _serialization()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    public_path = path.with_name(path.name + ".pub")
    for taken in (path, public_path):
        if os.path.lexists(taken):
            raise UsageError(f"{taken} is there already.", fix="Name another file: keys are not overwritten.")
    key = Ed25519PrivateKey.generate()
    encryption = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    try:
        atomic.replace(path, private, sync=True)
        atomic.replace(public_path, public, mode=0o644, sync=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written.", cause=error.strerror) from error
    return public_path


def private(path: Path, password: str | None = None) -> "Ed25519PrivateKey":
    """The private key in a PEM file. Raises UsageError for a file that holds none, or that `password` does not open."""
    data = _read(path)  # which needs the package, and says so
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        key = _serialization().load_pem_private_key(data, password.encode() if password else None)
    except TypeError as error:  # a password too few, or too many
        raise UsageError(f"{path} does not open.", cause=f"{error}.", fix="Set RPKPY_SIGN_PASSWORD.") from None
    except Exception as error:  # ValueError, UnsupportedAlgorithm: nothing of the file is shown
        raise _no_key(path, "private", error) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path, "private", None)
    return key


def public(path: Path) -> "Ed25519PublicKey":
    """The public key in a PEM file. Raises UsageError for a file that holds none."""
    data = _read(path)
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if b"PRIVATE KEY" in data:
        raise UsageError(f"{path} is a private key.", fix=f"Name the public one, such as {path}.pub.")
    try:
        key = _serialization().load_pem_public_key(data)
    except Exception as error:
        raise _no_key(path, "public", error) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path, "public", None)
    return key


def key_id(key: "Ed25519PublicKey") -> str:
    """SHA-256 (hex) of the public key's SubjectPublicKeyInfo in DER."""
    serialization = _serialization()
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _read(path: Path) -> bytes:
    _serialization()
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path} cannot be read.", cause=error.strerror) from error
    if len(data) > _MAX_FILE_BYTES:
        raise UsageError(f"{path} is no key: it is too large.")
    return data


def _no_key(path: Path, kind: str, error: Exception | None) -> UsageError:
    cause = "It is a key of another kind." if error is None else f"It does not read as one ({type(error).__name__})."
    fix = "Make a pair: rpkpy transform sign --new-key FILE."
    return UsageError(f"{path} holds no {kind} Ed25519 key in PEM.", cause=cause, fix=fix)


def _serialization() -> Any:
    try:
        from cryptography.hazmat.primitives import serialization
    except ImportError:
        raise MissingExtraError("Signing and verifying", "sign") from None
    return serialization
