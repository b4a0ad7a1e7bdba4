"""Passwords and tokens as they are kept: hashes from which neither can be read back."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

LOG2_N, BLOCK_SIZE, PARALLEL = 14, 8, 5
"""Of scrypt (RFC 7914): 16 MiB and some 100 to 200 ms for each password that is tried."""

_MOST_LOG2_N, _MOST_BLOCK_SIZE, _MOST_PARALLEL = 17, 16, 16
_SALT_BYTES, _HASH_BYTES = 16, 32
_SLACK_BYTES = 1024 * 1024
MOST_PASSWORD_BYTES = 1024
_MOST_EXPIRES_S = 253_402_300_799  # the end of the year 9999


@dataclass(frozen=True, slots=True)
class Password:
    """A password by scrypt. As text: `scrypt:LOG2_N:BLOCK_SIZE:PARALLEL:SALT:HASH`, the last two in base64."""

    log2_n: int
    block_size: int
    parallel: int
    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, password: str, *, log2_n: int = LOG2_N, parallel: int = PARALLEL) -> "Password":
        """`password` with a salt of its own."""
        salt = secrets.token_bytes(_SALT_BYTES)
        return cls(log2_n, BLOCK_SIZE, parallel, salt, _scrypt(password, salt, log2_n, BLOCK_SIZE, parallel))

    @classmethod
    def parse(cls, text: str) -> "Password":
        """The inverse of str(); ValueError for anything else, also for figures that would take minutes or gigabytes."""
        kind, log2_n, block_size, parallel, salt, digest = text.split(":")
        found = cls(int(log2_n), int(block_size), int(parallel), _decoded(salt), _decoded(digest))
        bounds = (
            (found.log2_n, _MOST_LOG2_N),
            (found.block_size, _MOST_BLOCK_SIZE),
            (found.parallel, _MOST_PARALLEL),
        )
        if kind != "scrypt" or not all(1 <= value <= most for value, most in bounds):
            raise ValueError("no scrypt hash")
        if len(found.digest) != _HASH_BYTES or len(found.salt) < _SALT_BYTES:
            raise ValueError("a salt or hash of another length")
        return found

    def __str__(self) -> str:
        figures = f"{self.log2_n}:{self.block_size}:{self.parallel}"
        return f"scrypt:{figures}:{_encoded(self.salt)}:{_encoded(self.digest)}"

    def fits(self, password: str) -> bool:
        """Whether it is this password; it takes as long either way."""
        return hmac.compare_digest(
            _scrypt(password, self.salt, self.log2_n, self.block_size, self.parallel), self.digest
        )


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token by SHA-256, which is enough for 256 random bits. As text: `token:HASH:EXPIRES`.

    HASH is in hex; EXPIRES in seconds since the epoch, 0 for never.
    """

    digest: str = field(repr=False)
    expires_s: int = 0

    @classmethod
    def made(cls, expires_s: int = 0) -> tuple[str, "Token"]:
        """A new token, and what is kept of it."""
        token = secrets.token_urlsafe(32)
        return token, cls(digest_of(token), expires_s)

    @classmethod
    def parse(cls, text: str) -> "Token":
        """The inverse of str(); ValueError for anything else."""
        kind, digest, expires = text.split(":")
        if (
            kind != "token"
            or len(bytes.fromhex(digest)) != hashlib.sha256().digest_size
            or not 0 <= int(expires) <= _MOST_EXPIRES_S
        ):
            raise ValueError("no token's hash")
        return cls(digest.lower(), int(expires))

    def __str__(self) -> str:
        return f"token:{self.digest}:{self.expires_s}"

    def expired(self, now_s: float) -> bool:
        """Whether it was good for some time that is over."""
        return 0 < self.expires_s <= now_s


def parse(text: str) -> Password | Token:
    """What a line of the users' file holds; ValueError for anything else."""
    return Password.parse(text) if text.startswith("scrypt:") else Token.parse(text)


def digest_of(token: str) -> str:
    """A token's hash."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _scrypt(password: str, salt: bytes, log2_n: int, block_size: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogateescape"),
        salt=salt,
        n=1 << log2_n,
        r=block_size,
        p=parallel,
        maxmem=128 * block_size * ((1 << log2_n) + parallel) + _SLACK_BYTES,
        dklen=_HASH_BYTES,
    )


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
