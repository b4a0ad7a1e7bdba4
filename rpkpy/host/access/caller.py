"""Who sends a request, by its Authorization header: basic (RFC 7617) and bearer (RFC 6750), as clients of brokers do.

Statuses and texts are the broker's (src/v/utils/request_auth.cc).
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from rpkpy.host.access import credentials
from rpkpy.host.access.credentials import Password, Token
from rpkpy.host.access.users import User, Users
from rpkpy.host.rejection import Rejected, bad_request

_KNOWN = 256
"""Credentials that have been verified are known by a keyed hash, so that scrypt runs once for each."""
_WAITING = 16
"""Passwords that wait for their turn; more are sent away."""
_FAILURES, _WITHIN_S = 10, 60.0
_ADDRESSES = 4096

BAD_CREDENTIALS = "Unauthorized (bad credentials)"
TOO_MANY = "Too many requests: wrong credentials"


class Callers:
    """Tells users by their credentials. One password at a time is tried, on a thread that nothing else needs.

    Who was wrong ten times within a minute is sent away unheard for the rest of it, by address; credentials that were
    right before are not affected.
    """

    def __init__(
        self, users: Users, now: Callable[[], float] = time.monotonic, clock: Callable[[], float] = time.time
    ) -> None:
        self._users = users
        self._now = now
        self._clock = clock
        self._key = os.urandom(32)
        self._nobody = Password.of(os.urandom(16).hex())  # tried for names that there are not: it takes as long
        self._lock = threading.Lock()
        self._known: dict[bytes, User] = {}
        self._failed: dict[str, list[float]] = {}
        self._waiting = 0
        self._executor = ThreadPoolExecutor(1, "rpkpy-passwords")

    async def of(self, header: str, address: str) -> User:
        """The user. Raises Rejected: 400 for what is no such header, 401, 429."""
        scheme, _, given = header.strip().partition(" ")
        if scheme.lower() == "basic":
            name, password = _basic(given.strip())
            return await self.by_password(name, password, address)
        if scheme.lower() == "bearer":
            return self._by_token(given.strip(), address)
        raise bad_request("Unsupported Authorization method")

    async def by_password(self, name: str, password: str, address: str) -> User:
        """The user of that name and password. Raises Rejected: 401, 429."""
        user = self._users.all().get(name)
        mark = hmac.digest(
            self._key, f"{len(name)}:{name}{password}".encode("utf-8", "surrogateescape"), hashlib.sha256
        )
        with self._lock:
            if user is not None and self._known.get(mark) == user:
                return user
        self._check_allowed(address)
        kept = user.secret if user is not None and isinstance(user.secret, Password) else None
        with self._lock:
            if self._waiting >= _WAITING:
                raise Rejected(429, "Too many requests: passwords are waiting to be checked")
            self._waiting += 1
        try:
            fits = await asyncio.get_running_loop().run_in_executor(
                self._executor, (kept or self._nobody).fits, password[: credentials.MOST_PASSWORD_BYTES + 1]
            )
        finally:
            with self._lock:
                self._waiting -= 1
        if user is None or kept is None or not fits:
            raise self._wrong(address)
        with self._lock:
            while len(self._known) >= _KNOWN:
                del self._known[next(iter(self._known))]
            self._known[mark] = user
        return user

    def _by_token(self, token: str, address: str) -> User:
        digest = credentials.digest_of(token)
        found = None
        for user in self._users.all().values():  # all of them: how long it takes says nothing
            if isinstance(user.secret, Token) and hmac.compare_digest(user.secret.digest, digest):
                found = user
        if found is None:
            self._check_allowed(address)
            raise self._wrong(address)
        if isinstance(found.secret, Token) and found.secret.expired(self._clock()):
            raise Rejected(401, "Unauthorized (the token has expired)")
        return found

    def is_still(self, user: User) -> bool:
        """Whether a user that signed in before is there, unchanged and not expired."""
        expired = isinstance(user.secret, Token) and user.secret.expired(self._clock())
        return self._users.all().get(user.name) == user and not expired

    def _check_allowed(self, address: str) -> None:
        with self._lock:
            failed = self._recent(_network(address))
            if len(failed) >= _FAILURES:
                raise Rejected(429, TOO_MANY)

    def _wrong(self, address: str) -> Rejected:
        network = _network(address)
        with self._lock:
            failed = [*self._recent(network), self._now()]
            self._failed.pop(network, None)
            while len(self._failed) >= _ADDRESSES:
                del self._failed[next(iter(self._failed))]
            self._failed[network] = failed
        return Rejected(401, BAD_CREDENTIALS)

    def _recent(self, network: str) -> list[float]:
        return [at for at in self._failed.get(network, ()) if at > self._now() - _WITHIN_S]


def _basic(given: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(given, validate=True).decode()
    except (binascii.Error, ValueError):
        raise bad_request("Malformed Authorization header") from None
    name, colon, password = text.partition(":")
    if not colon:
        raise bad_request("Malformed Authorization header")
    return name, password


def _network(address: str) -> str:
    """What one client can choose its addresses from: with IPv6 that is 64 bits."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped or ipaddress.ip_network((found, 64), strict=False))
    return str(found)
