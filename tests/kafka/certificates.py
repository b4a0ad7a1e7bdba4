"""Certificates for tests: an authority, and what it signs, valid now or no longer."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PKCS8 = serialization.PrivateFormat.PKCS8  # what Kafka reads


@dataclass(frozen=True)
class Certificate:
    """A certificate and its key, PEM files; `store` holds both."""

    cert: Path
    key: Path
    store: Path


class Authority:
    """A certificate authority of its own; `file` is its certificate."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name)
        now = datetime.now(UTC)
        made = (
            x509.CertificateBuilder(self._name, self._name, self._key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=10))
            .not_valid_after(now + timedelta(days=10))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self.file = folder / f"{name}.pem"
        self.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))

    def issue(self, name: str, *, expired: bool = False) -> Certificate:
        """A certificate for `name` and the address 127.0.0.1, good for a day, or until yesterday."""
        key = ec.generate_private_key(ec.SECP256R1())
        end = datetime.now(UTC) + timedelta(days=-1 if expired else 1)
        made = (
            x509.CertificateBuilder(self._name, _name(name), key.public_key(), x509.random_serial_number())
            .not_valid_before(end - timedelta(days=5))
            .not_valid_after(end)
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
            .sign(self._key, hashes.SHA256())
        )
        files = Certificate(*(self._folder / f"{name}.{kind}.pem" for kind in ("cert", "key", "store")))
        secret = key.private_bytes(serialization.Encoding.PEM, _PKCS8, serialization.NoEncryption())
        files.key.write_bytes(secret)
        files.cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        files.store.write_bytes(secret + files.cert.read_bytes())
        return files


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
